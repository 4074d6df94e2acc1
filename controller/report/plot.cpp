#include "controller/report/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

// In units of the drawing, which is as wide as a telephone and grows with the page.
constexpr double kPlotWidth = 460, kPlotHeight = 300, kPlotLeft = 72, kPlotRight = 12, kPlotTop = 12,
                 kPlotBelow = 46, kLegendLine = 18;
constexpr double kLetter = 7.4;  // of the text, on the safe side
constexpr int kShapes = 6;

/// From the values of an axis to the drawing.
struct Ruler {
  Axis axis;
  double from = 0.0, to = 1.0;

  double at(double value) const {
    const double share = axis.logarithmic ? std::log(value / axis.low) / std::log(axis.high / axis.low)
                                          : (value - axis.low) / (axis.high - axis.low);
    return from + share * (to - from);
  }
  bool can_show(double value) const { return std::isfinite(value) && (!axis.logarithmic || value > 0.0); }
};

struct Frame2D {
  Ruler x, y;
};

std::string text_at(double x, double y, const char* attributes, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>", x, y, attributes, Html{text}.text());
}

std::string line_between(double x0, double y0, double x1, double y1, const std::string& style) {
  return fmt::format("<path class=\"{}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>", style, x0, y0, x1, y1);
}

std::string tick_text(double value) { return std::abs(value) < 1e-12 ? "0" : digits(value, 5); }

std::string axes_of(const Frame2D& frame) {
  const auto& [x, y] = frame;
  std::string text;
  for (const double tick : ticks_of(x.axis, 6)) {
    text += line_between(x.at(tick), y.from, x.at(tick), y.to, "grid");
    text += text_at(x.at(tick), y.from + 16, "text-anchor=\"middle\"", tick_text(tick));
  }
  for (const double tick : ticks_of(y.axis, 6)) {
    text += line_between(x.from, y.at(tick), x.to, y.at(tick), "grid");
    text += text_at(x.from - 6, y.at(tick) + 4, "text-anchor=\"end\"", tick_text(tick));
  }
  text += fmt::format("<path class=\"axis\" d=\"M{0:.1f} {2:.1f}V{3:.1f}H{1:.1f}V{2:.1f}Z\"/>", x.from, x.to,
                      y.to, y.from);
  text += text_at(0.5 * (x.from + x.to), y.from + 36, "text-anchor=\"middle\"", x.axis.label);
  return text +
         fmt::format("<text transform=\"translate(14 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
                     0.5 * (y.from + y.to), Html{y.axis.label}.text());
}

std::string curve_path(const Frame2D& frame, const PlotSeries& series) {
  std::string path;
  bool lifted = true;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!frame.x.can_show(series.x[i]) || !frame.y.can_show(series.y[i])) {
      lifted = true;
      continue;
    }
    path +=
        fmt::format("{}{:.1f} {:.1f}", lifted ? "M" : "L", frame.x.at(series.x[i]), frame.y.at(series.y[i]));
    lifted = false;
  }
  return path;
}

/// One mark of a shape that no other look of the same figure has.
std::string shape_at(double x, double y, int look) {
  switch (look % kShapes) {
    case 0:
      return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.2\"", x, y);
    case 1:
      return fmt::format("<path d=\"M{:.1f} {:.1f}h6.4v6.4h-6.4z\"", x - 3.2, y - 3.2);
    case 2:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l4 7h-8z\"", x, y - 4.5);
    case 3:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l4.4 4.4l-4.4 4.4l-4.4 -4.4z\"", x, y - 4.4);
    case 4:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l4 -7h-8z\"", x, y + 4.5);
    default:
      return fmt::format("<path d=\"M{:.1f} {:.1f}h8M{:.1f} {:.1f}v8\" class=\"open\"", x - 4, y, x, y - 4);
  }
}

std::string points_of(const Frame2D& frame, const PlotSeries& series) {
  std::string text;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!frame.x.can_show(series.x[i]) || !frame.y.can_show(series.y[i])) continue;
    const double x = frame.x.at(series.x[i]);
    if (!series.low.empty()) {
      const double low = std::clamp(series.low[i], frame.y.axis.low, frame.y.axis.high),
                   high = std::clamp(series.high[i], frame.y.axis.low, frame.y.axis.high);
      text += line_between(x, frame.y.at(low), x, frame.y.at(high), "bar");
    }
    text += shape_at(x, frame.y.at(series.y[i]), series.look);
    text += series.words.empty() ? "/>"
                                 : "><title>" + Html{series.words[i]}.text() + "</title></" +
                                       (series.look % kShapes == 0 ? "circle>" : "path>");
  }
  return text;
}

std::string series_in(const Frame2D& frame, const PlotSeries& series) {
  std::string inside;
  if (series.style == PlotSeries::Style::points)
    inside = points_of(frame, series);
  else
    inside =
        fmt::format("<path class=\"curve{}\" d=\"{}\"/>",
                    series.style == PlotSeries::Style::dashed ? " dashed" : "", curve_path(frame, series));
  return fmt::format("<g class=\"look{}\">{}</g>", series.look, inside);
}

/// A stretch of the abscissa, or a dashed line where it has no width; its label where there is room for it.
std::string upright_band(const Frame2D& frame, const PlotBand& band, double low, double high) {
  if (band.low == band.high)
    return line_between(low, frame.y.from, low, frame.y.to, "axis dashed") +
           text_at(low + 4, frame.y.to + 13, "class=\"small\"", band.label);
  const double wide = std::max(1.0, high - low), of_label = kLetter * static_cast<double>(band.label.size());
  return fmt::format("<rect class=\"band\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                     low, frame.y.to, wide, frame.y.from - frame.y.to) +
         text_at(low + 3, frame.y.to + 13, "class=\"small\"", wide > of_label ? band.label : "");
}

std::string band_in(const Frame2D& frame, const PlotBand& band) {
  const Ruler& across = band.upright ? frame.x : frame.y;
  const double low = across.at(std::clamp(band.low, across.axis.low, across.axis.high)),
               high = across.at(std::clamp(band.high, across.axis.low, across.axis.high));
  if (band.upright) return upright_band(frame, band, low, high);
  return fmt::format("<rect class=\"band\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                     frame.x.from, high, frame.x.to - frame.x.from, std::max(1.0, low - high)) +
         text_at(frame.x.to - 4, std::max(high - 3, frame.y.to + 12), "class=\"small\" text-anchor=\"end\"",
                 band.label);
}

std::string mark_of(const PlotSeries& series, double x, double y) {
  const std::string inside =
      series.style == PlotSeries::Style::points
          ? shape_at(x + 8, y, series.look) + "/>"
          : fmt::format("<path class=\"curve{}\" d=\"M{:.1f} {:.1f}h16\"/>",
                        series.style == PlotSeries::Style::dashed ? " dashed" : "", x, y);
  return fmt::format("<g class=\"look{}\">{}</g>", series.look, inside);
}

/// Below the figure, as many lines as it takes; their height is added to `height`.
std::string legend_of(const Plot& plot, double& height) {
  std::string text;
  double x = kPlotLeft;
  bool begun = false;
  for (const PlotSeries& series : plot.series) {
    if (series.label.empty()) continue;
    const double wide = 34 + kLetter * static_cast<double>(series.label.size());
    if (!begun || x + wide > kPlotWidth) {
      height += kLegendLine;
      x = kPlotLeft;
      begun = true;
    }
    text += mark_of(series, x, height - 10);
    text += text_at(x + 20, height - 6, "", series.label);
    x += wide;
  }
  return text;
}

std::string svg_frame(const std::string& title, double height, const std::string& inside) {
  return fmt::format("<svg viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"{}\">{}</svg>\n", kPlotWidth,
                     height, Html{title}.text(), inside);
}

/// Dark to light, even in lightness and safe for colour-blind eyes (cividis; Nunez et al. 2018,
/// 10.1371/journal.pone.0199239).
std::string shade_of(double share) {
  constexpr int kStops[][3] = {{0, 34, 78}, {67, 78, 108}, {125, 124, 120}, {188, 174, 108}, {254, 232, 56}};
  const double place = 4.0 * std::clamp(share, 0.0, 1.0);
  const int stop = std::min(3, static_cast<int>(place));
  const auto mixed = [&](int channel) {
    const double part = place - stop;
    return static_cast<int>(
        std::lround((1.0 - part) * kStops[stop][channel] + part * kStops[stop + 1][channel]));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", mixed(0), mixed(1), mixed(2));
}

std::pair<double, double> finite_range(const std::vector<double>& values) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : values)
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  if (!(low <= high)) throw ChartError{"there is nothing to draw"};
  return {low, high};
}

/// The rulers of a map: its first and last columns are the middle of theirs.
Frame2D frame_of(const ContourMap& map, double below) {
  return {{{map.map.x_label, map.map.x.front(), map.map.x.back(), map.x_logarithmic},
           kPlotLeft,
           kPlotWidth - kPlotRight},
          {{map.map.y_label, map.map.y.front(), map.map.y.back(), map.y_logarithmic}, below, kPlotTop}};
}

/// Where on the drawing a place in grid steps is, within it.
double along(const std::vector<double>& grid, const Ruler& ruler, double steps) {
  const double share = std::clamp(steps / static_cast<double>(grid.size() - 1), 0.0, 1.0);
  return ruler.from + share * (ruler.to - ruler.from);
}

/// A cell of colour around each place of the grid.
std::string cells_of(const ContourMap& map, const Frame2D& frame, std::pair<double, double> range) {
  const HeatMap& grid = map.map;
  const double span = range.second > range.first ? range.second - range.first : 1.0;
  std::string text = "<g shape-rendering=\"crispEdges\">";
  for (std::size_t j = 0; j < grid.y.size(); ++j)
    for (std::size_t i = 0; i < grid.x.size(); ++i) {
      const double here = grid.value[j * grid.x.size() + i], column = static_cast<double>(i),
                   row = static_cast<double>(j);
      if (!std::isfinite(here)) continue;
      const double left = along(grid.x, frame.x, column - 0.5), right = along(grid.x, frame.x, column + 0.5),
                   low = along(grid.y, frame.y, row - 0.5), top = along(grid.y, frame.y, row + 0.5);
      text +=
          fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>",
                      left, top, right - left + 0.1, low - top + 0.1, shade_of((here - range.first) / span));
    }
  return text + "</g>";
}

/// The lines of one value, and the value beside the piece nearest to the middle.
std::string contour_line(const ContourMap& map, const Frame2D& frame, double level) {
  const std::vector<ContourPiece> pieces = contour_of(map.map, level);
  if (pieces.empty()) return {};
  std::string path;
  const auto x = [&](double steps) { return along(map.map.x, frame.x, steps); };
  const auto y = [&](double steps) { return along(map.map.y, frame.y, steps); };
  for (const ContourPiece& piece : pieces)
    path += fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}", x(piece.x0), y(piece.y0), x(piece.x1), y(piece.y1));
  const ContourPiece& middle = pieces[pieces.size() / 2];
  const double at = std::clamp(x(middle.x0), frame.x.from + 20.0, frame.x.to - 20.0);
  return fmt::format("<path class=\"contour\" d=\"{}\"/>", path) +
         text_at(at, std::clamp(y(middle.y0) + 4, frame.y.to + 12.0, frame.y.from - 4.0),
                 "class=\"onmap\" text-anchor=\"middle\"", tick_text(level));
}

/// The colours with the values at their ends.
std::string scale_of(const ContourMap& map, const Frame2D& frame, double top,
                     std::pair<double, double> range) {
  constexpr int kSteps = 24;
  const double wide = (frame.x.to - frame.x.from) / kSteps;
  std::string text;
  for (int i = 0; i < kSteps; ++i)
    text += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"10\" fill=\"{}\"/>",
                        frame.x.from + wide * i, top, wide + 0.3, shade_of(i / (kSteps - 1.0)));
  text += text_at(frame.x.from, top + 24, "", digits(range.first, 4));
  text += text_at(frame.x.to, top + 24, "text-anchor=\"end\"", digits(range.second, 4));
  return text +
         text_at(0.5 * (frame.x.from + frame.x.to), top + 24, "text-anchor=\"middle\"", map.map.value_label);
}

std::string points_on(const ContourMap& map, const Frame2D& frame) {
  constexpr std::size_t kMany = 60;
  const double radius = map.x.size() > kMany ? 2.0 : 3.0;
  std::string text;
  for (std::size_t i = 0; i < map.x.size(); ++i)
    text += fmt::format("<circle class=\"tried\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>",
                        frame.x.at(map.x[i]), frame.y.at(map.y[i]), radius);
  if (map.place)
    text += fmt::format("<path class=\"tried\" d=\"M{:.1f} {:.1f}l5 5l-5 5l-5 -5z\"/>",
                        frame.x.at(map.place->first), frame.y.at(map.place->second) - 5);
  return text;
}

}  // namespace

Axis axis_over(std::string label, const std::vector<double>& values, bool logarithmic) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : values) {
    if (!std::isfinite(value) || (logarithmic && !(value > 0.0))) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (!(low <= high)) return {std::move(label), logarithmic ? 0.1 : 0.0, 1.0, logarithmic};
  if (logarithmic) return {std::move(label), low / 1.3, high * 1.3, true};
  const double margin = high > low ? 0.05 * (high - low) : std::max(0.5, 1e-6 * std::abs(low));
  return {std::move(label), low - margin, high + margin, false};
}

std::vector<double> ticks_of(const Axis& axis, int count) {
  std::vector<double> ticks;
  if (axis.logarithmic && axis.high > 20.0 * axis.low) {
    for (double tick = std::pow(10.0, std::ceil(std::log10(axis.low) - 1e-9)); tick <= axis.high * (1 + 1e-9);
         tick *= 10.0)
      ticks.push_back(tick);
    return ticks;
  }
  const double rough = (axis.high - axis.low) / count;
  const double decade = std::pow(10.0, std::floor(std::log10(rough)));
  const double step = decade * (rough <= 1.0 * decade   ? 1
                                : rough <= 2.0 * decade ? 2
                                : rough <= 5.0 * decade ? 5
                                                        : 10);
  const double slack = 1e-9 * step;
  for (double k = std::ceil((axis.low - slack) / step); k * step <= axis.high + slack; ++k)
    ticks.push_back(k * step);
  return ticks;
}

Html svg_of(const Plot& plot) {
  const double below = kPlotHeight - kPlotBelow;
  const Frame2D frame{{plot.x, kPlotLeft, kPlotWidth - kPlotRight}, {plot.y, below, kPlotTop}};
  std::string inside, over;
  for (const PlotBand& band : plot.bands) inside += band_in(frame, band);
  inside += axes_of(frame);
  for (const PlotSeries& series : plot.series) inside += series_in(frame, series);
  for (const PlotWord& word : plot.words)
    over += fmt::format(
        "<text class=\"word\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}<title>{}</title></text>",
        frame.x.at(word.x), frame.y.at(word.y), Html{word.text}.text(), Html{word.words}.text());
  double height = kPlotHeight;
  const std::string legend = legend_of(plot, height);
  return Html::markup(svg_frame(plot.title, height + 4, inside + over + legend));
}

Html svg_of(const ContourMap& map) {
  constexpr double kMapBelow = 330, kScaleTop = kMapBelow + 46;
  const std::pair<double, double> range = finite_range(map.map.value);
  const Frame2D frame = frame_of(map, kMapBelow);
  std::string inside = axes_of(frame) + cells_of(map, frame, range) + points_on(map, frame);
  for (const double level : ticks_of({"", range.first, range.second, false}, 7))
    inside += contour_line(map, frame, level);
  inside += scale_of(map, frame, kScaleTop, range);
  return Html::markup(svg_frame(map.map.title, kScaleTop + 32, inside));
}

Html spark_of(const std::vector<double>& x, const std::vector<double>& y, const std::string& title) {
  std::string path;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::isfinite(y[i]))
      path += fmt::format("{}{:.0f} {:.0f}", path.empty() ? "M" : "L", 120 * x[i], 56 - 52 * y[i]);
  return Html::markup(fmt::format(
      "<svg viewBox=\"0 0 120 60\" role=\"img\" aria-label=\"{}\"><path class=\"axis\" d=\"M0 57H120\"/>"
      "<g class=\"look0\"><path class=\"curve\" d=\"{}\"/></g></svg>",
      Html{title}.text(), path));
}

}  // namespace nocturne
