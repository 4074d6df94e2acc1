#include <doctest/doctest.h>

#include "controller/report/html.hpp"
#include "controller/report/page.hpp"
#include "controller/report/plot.hpp"
#include "controller/report/report_words.hpp"
#include "controller/thinned_curve.hpp"
#include "support/markup.hpp"

namespace nocturne::test {
namespace {

const std::string kHostile = "<script>alert(\"1\")</script> & 'so' \x01\xff ]]>";

std::string whole(const Html& content) {
  return page_of(kHostile, kHostile, {{"result", kHostile}}, content);
}

}  // namespace

TEST_CASE("html: text is never taken for markup, in elements, attributes and tables") {
  const Html told = element("p", {{"title", kHostile}}, Html{kHostile}) + facts({{kHostile, kHostile}}) +
                    html_of({{kHostile}, {{kHostile}}}, "t") + folded(kHostile, Html{kHostile}) +
                    data_link({{kHostile}, {{kHostile}}}, kHostile);
  const std::string page = whole(told);
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find('\x01') == std::string::npos);
  CHECK(page.find('\xff') == std::string::npos);
  CHECK(page.find("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;so&#39;") !=
        std::string::npos);
  CHECK(unbalanced(page) == "");
}

TEST_CASE("html: a figure escapes its words, and gives names to nothing twice") {
  Plot plot;
  plot.title = kHostile;
  plot.x = {kHostile, 0.0, 10.0, false};
  plot.y = {kHostile, 0.1, 10.0, true};
  PlotSeries points;
  points.label = kHostile;
  points.style = PlotSeries::Style::points;
  points.x = {1.0, 2.0, NAN};
  points.y = {1.0, -2.0, 3.0};
  points.low = {0.5, 0.0, 0.0};
  points.high = {2.0, 0.0, 0.0};
  points.words = {kHostile, kHostile, kHostile};
  for (int look = 0; look < 6; ++look) {
    points.look = look;
    plot.series.push_back(points);
  }
  plot.bands = {{1.0, 2.0, kHostile, false}, {1.0, 9.0, kHostile, true}};
  plot.words = {{5.0, 1.0, kHostile, kHostile}};
  const std::string page = whole(svg_of(plot) + svg_of(plot));
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find(" id=") == std::string::npos);
  CHECK(page.find("nan") == std::string::npos);
  CHECK(unbalanced(page) == "");
}

TEST_CASE("html: comma-separated values keep commas, quotes and line breaks within their cells") {
  const TextTable table{{"a", "b"}, {{"1,5", "he said \"so\""}, {"two\nlines", ""}}};
  CHECK(csv_of(table) == "a,b\n\"1,5\",\"he said \"\"so\"\"\"\n\"two\nlines\",\n");
  const std::string link = data_link(table, "x.csv").text();
  CHECK(link.find("href=\"data:text/csv;charset=utf-8,a,b%0A%221,5%22") != std::string::npos);
  CHECK(link.find("%0A%22two%0Alines%22,%0A\"") != std::string::npos);
  CHECK(csv_of({{"", "b"}, {}}) == ",b\n");
}

TEST_CASE("html: ticks are round numbers within the axis") {
  CHECK(ticks_of({"", 0.0, 10.0, false}, 5) == std::vector<double>{0.0, 2.0, 4.0, 6.0, 8.0, 10.0});
  CHECK(ticks_of({"", 471.0, 512.0, false}, 5) == std::vector<double>{480.0, 490.0, 500.0, 510.0});
  CHECK(ticks_of({"", 0.05, 20.0, true}, 5) == std::vector<double>{0.1, 1.0, 10.0});
}

TEST_CASE("html: an axis holds every finite value, and one value has room around it") {
  const Axis axis = axis_over("", {3.0, NAN, 5.0});
  CHECK(axis.low < 3.0);
  CHECK(axis.high > 5.0);
  CHECK(axis_over("", {7.0}).high - axis_over("", {7.0}).low == doctest::Approx(1.0));
  CHECK(axis_over("", {}).high == 1.0);
  CHECK(axis_over("", {-1.0, 2.0}, true).low > 0.0);
}

TEST_CASE("html: the contour of a plane is the straight line of its value") {
  HeatMap map;
  map.x = {0.0, 1.0, 2.0, 3.0};
  map.y = {0.0, 1.0, 2.0};
  for (const double y : map.y)
    for (const double x : map.x) map.value.push_back(x + y);
  const auto pieces = contour_of(map, 2.3);
  double length = 0.0;
  for (const auto& piece : pieces) {
    CHECK(piece.x0 + piece.y0 == doctest::Approx(2.3));
    CHECK(piece.x1 + piece.y1 == doctest::Approx(2.3));
    length += std::hypot(piece.x1 - piece.x0, piece.y1 - piece.y0);
  }
  CHECK(length == doctest::Approx(2.0 * std::sqrt(2.0)));
  CHECK(contour_of(map, 99.0).empty());
  map.value[5] = NAN;
  CHECK(contour_of(map, 2.3).size() < pieces.size());
}

TEST_CASE("html: a map without a finite value is refused") {
  ContourMap map;
  map.map.x = map.map.y = {0.0, 1.0};
  map.map.value = {NAN, NAN, NAN, NAN};
  CHECK_THROWS_AS(svg_of(map), ChartError);
}

TEST_CASE("html: a thinned curve keeps its ends' order, its peak and its valley") {
  std::vector<double> x, y;
  for (int i = 0; i < 10'000; ++i) {
    x.push_back(i);
    y.push_back(std::sin(i / 500.0));
  }
  y[1234] = 5.0;
  y[7777] = -5.0;
  const ThinnedCurve curve = thinned(x, y, 100);
  CHECK(curve.x.size() <= 100);
  CHECK(curve.x.size() > 50);
  CHECK(std::ranges::is_sorted(curve.x));
  CHECK(std::ranges::count(curve.y, 5.0) == 1);
  CHECK(std::ranges::count(curve.y, -5.0) == 1);
  CHECK(thinned({1.0, 2.0}, {3.0, 4.0}, 100).x.size() == 2);
}

}  // namespace nocturne::test
