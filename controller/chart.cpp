#include "controller/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/process.hpp>
#include <cmath>
#include <limits>

#include "controller/unfinished.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;
namespace process = boost::process;

constexpr int kNoSuchProgram = 127;  // as env says it
constexpr int kWidth = 900, kHeightOfOne = 320;
constexpr double kLeft = 0.11, kRight = 0.97, kLeftOfLegend = 0.79, kRightOfLegend = 0.99, kGap = 0.02;
constexpr int kAbove = 40, kBelow = 60;  // for the title and the lowest abscissa
constexpr int kMapHeight = 640;
// Dark to light, even in lightness and safe for colour-blind eyes (cividis; Nunez et al. 2018,
// 10.1371/journal.pone.0199239).
constexpr const char* kPerceptual = "0 '#00224e', 0.25 '#434e6c', 0.5 '#7d7c78', 0.75 '#bcae6c', 1 '#fee838'";
constexpr const char* kColors[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                   "#E69F00", "#56B4E9", "#000000"};

/// Text between double quotes of a gnuplot command, taken as it is.
std::string quoted_in_gnuplot(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' || c == '`' ? ' ' : c;
  }
  return result + "\"";
}

std::string style_of(const Curve& curve, std::size_t index) {
  const std::string color =
      fmt::format("rgb \"{}\"", kColors[curve.color.value_or(index) % std::size(kColors)]);
  switch (curve.style) {
    case Curve::Style::line:
      return "with lines lw 2 lc " + color;
    case Curve::Style::thin_line:
      return "with lines lw 1 lc " + color;
    case Curve::Style::dashed:
      return "with lines lw 1.5 dt 2 lc " + color;
    case Curve::Style::points:
      return "with points pt 7 ps 0.5 lc " + color;
    case Curve::Style::band:
      return "with filledcurves fs transparent solid 0.25 lc " + color;
  }
  return "";
}

std::string number(double value) { return std::isfinite(value) ? fmt::format("{:.9g}", value) : "NaN"; }

std::string block_of(const Curve& curve, const std::string& name) {
  std::string text = name + " << EOD\n";
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    text += number(curve.x[i]) + " " + number(curve.y[i]);
    if (curve.style == Curve::Style::band) text += " " + number(curve.high[i]);
    text += "\n";
  }
  return text + "EOD\n";
}

/// The common stretch of all abscissas, so that the panels stand under one another.
std::pair<double, double> extent(const Chart& chart) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Panel& panel : chart.panels)
    for (const Curve& curve : panel.curves)
      for (const double x : curve.x)
        if (std::isfinite(x)) {
          low = std::min(low, x);
          high = std::max(high, x);
        }
  if (!(low < high)) throw ChartError{"there is nothing to draw"};
  return {low, high};
}

std::string marks_of(const Panel& panel) {
  std::string text = "unset arrow\nunset label\n";
  for (const Mark& mark : panel.marks) {
    text += fmt::format(
        "set arrow from first {0}, graph 0 to first {0}, graph 1 nohead dt 3 lc rgb \"#666666\"\n",
        number(mark.x));
    text += fmt::format(
        "set label {} at first {}, graph 0.98 right rotate by 90 offset -0.7,0 textcolor rgb \"#333333\" "
        "font \",11\" noenhanced\n",
        quoted_in_gnuplot(mark.label), number(mark.x));
  }
  return text;
}

std::string script_of(const Chart& chart, const fs::path& file) {
  const auto [low, high] = extent(chart);
  const bool beside = std::ranges::any_of(
      chart.panels, [](const Panel& panel) { return panel.legend == Panel::Legend::beside; });
  double heights = 0.0;
  for (const Panel& panel : chart.panels) heights += panel.height;
  const double panels = kHeightOfOne * heights, height = kAbove + panels + kBelow;
  std::string text = fmt::format(
      "set terminal svg size {},{} font \"sans-serif,13\" background rgb \"white\"\nset output {}\n", kWidth,
      static_cast<int>(height), quoted_in_gnuplot(file.string()));
  text +=
      fmt::format("set multiplot title {} noenhanced\nset lmargin at screen {}\nset rmargin at screen {}\n",
                  quoted_in_gnuplot(chart.title), kLeft, beside ? kLeftOfLegend : kRight);
  text += fmt::format("set grid lc rgb \"#dddddd\"\nset key top right noenhanced\nset xrange [{}:{}]\n",
                      number(low), number(high));
  double top = 1.0 - kAbove / height;
  for (std::size_t p = 0; p < chart.panels.size(); ++p) {
    const Panel& panel = chart.panels[p];
    const bool last = p + 1 == chart.panels.size();
    const double bottom = top - panels / height * panel.height / heights;
    text += fmt::format("set tmargin at screen {:.4f}\nset bmargin at screen {:.4f}\n", top,
                        bottom + (last ? 0.0 : kGap));
    text += last ? "set format x\nset xlabel " + quoted_in_gnuplot(panel.x_label) + " noenhanced\n"
                 : "set format x \"\"\nunset xlabel\n";
    text += "set ylabel " + quoted_in_gnuplot(panel.y_label) + " noenhanced\n" + marks_of(panel);
    text += panel.legend == Panel::Legend::inside
                ? "set key inside top right\n"
                : fmt::format("set key at screen {}, screen {:.4f} right top\n", kRightOfLegend, top);
    text += panel.y_range ? fmt::format("set yrange [{}:{}]\n", number(panel.y_range->first),
                                        number(panel.y_range->second))
                          : "set yrange [*:*]\n";
    std::string plots;
    for (std::size_t c = 0; c < panel.curves.size(); ++c) {
      const Curve& curve = panel.curves[c];
      const std::string name = fmt::format("$data_{}_{}", p, c);
      text += block_of(curve, name);
      plots += fmt::format("{}{} using {} {} {}", plots.empty() ? "plot " : ", ", name,
                           curve.style == Curve::Style::band ? "1:2:3" : "1:2", style_of(curve, c),
                           curve.label.empty() ? "notitle" : "title " + quoted_in_gnuplot(curve.label));
    }
    text += plots + "\n";
    top = bottom;
  }
  return text + "unset multiplot\nset output\n";
}

std::string script_of(const HeatMap& map, const fs::path& file) {
  std::string text = fmt::format(
      "set terminal svg size {},{} font \"sans-serif,13\" background rgb \"white\"\nset output {}\n", kWidth,
      kMapHeight, quoted_in_gnuplot(file.string()));
  text += fmt::format("set title {} noenhanced\nset xlabel {} noenhanced\nset ylabel {} noenhanced\n",
                      quoted_in_gnuplot(map.title), quoted_in_gnuplot(map.x_label),
                      quoted_in_gnuplot(map.y_label));
  text += fmt::format("set cblabel {} noenhanced\nset palette defined ({})\nunset key\n",
                      quoted_in_gnuplot(map.value_label), kPerceptual);
  text += fmt::format("set xrange [{}:{}]\nset yrange [{}:{}]\n", number(map.x.front()), number(map.x.back()),
                      number(map.y.front()), number(map.y.back()));
  text += "$map << EOD\n";
  for (std::size_t j = 0; j < map.y.size(); ++j) {
    for (std::size_t i = 0; i < map.x.size(); ++i)
      text +=
          number(map.x[i]) + " " + number(map.y[j]) + " " + number(map.value[j * map.x.size() + i]) + "\n";
    text += "\n";
  }
  return text + "EOD\nset pm3d map corners2color mean\nsplot $map using 1:2:3 with pm3d\nset output\n";
}

/// Has gnuplot carry out the script that makes a file of a drawing.
void draw(const auto& drawing, const fs::path& file) {
  Unfinished unfinished{file};
  const std::string script = script_of(drawing, unfinished.path());
  process::opstream commands;
  process::ipstream complaints;
  process::child child{"/usr/bin/env", "gnuplot", process::std_in<commands, process::std_out> process::null,
                       process::std_err > complaints};
  commands << script;
  commands.flush();
  commands.pipe().close();
  std::string complaint, line;
  while (std::getline(complaints, line))
    if (complaint.empty() && line.find_first_not_of(" \t^") != std::string::npos) complaint = line;
  child.wait();
  if (child.exit_code() == kNoSuchProgram)
    throw ChartError{"charts need the program gnuplot (Debian package gnuplot-nox)"};
  if (child.exit_code() != 0 || !fs::exists(unfinished.path()))
    throw ChartError{file.string() + ": the chart could not be drawn" +
                     (complaint.empty() ? "" : " (" + complaint + ")")};
  unfinished.finish();
}

}  // namespace

void draw_svg(const Chart& chart, const fs::path& file) { draw(chart, file); }

void draw_svg(const HeatMap& map, const fs::path& file) {
  const auto finite = std::ranges::count_if(map.value, [](double v) { return std::isfinite(v); });
  if (map.x.size() < 2 || map.y.size() < 2 || finite == 0) throw ChartError{"there is nothing to draw"};
  draw(map, file);
}

}  // namespace nocturne
