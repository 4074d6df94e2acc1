#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nocturne {

/// A curve or a set of points of a chart. Points that are not finite leave a gap.
struct Curve {
  enum class Style { line, thin_line, dashed, points, band };
  std::string label;  ///< empty = not in the legend
  Style style = Style::line;
  std::vector<double> x, y;
  std::vector<double> high;                         ///< band: its upper border over `y`
  std::optional<std::size_t> color = std::nullopt;  ///< which one; empty = by its place in the panel
};

/// A vertical mark with a word.
struct Mark {
  double x = 0.0;
  std::string label;
};

/// One pair of axes.
struct Panel {
  std::string x_label, y_label;
  std::vector<Curve> curves;
  std::vector<Mark> marks;
  double height = 1.0;  ///< against the other panels of the chart
  enum class Legend { inside, beside };
  Legend legend = Legend::inside;  ///< beside: all panels of the chart leave room for it
  std::optional<std::pair<double, double>> y_range = std::nullopt;  ///< empty = as the curves need
};

/// Panels above one another, with one title.
struct Chart {
  std::string title;
  std::vector<Panel> panels;
};

/// Colours over a grid. Values that are not finite stay white.
struct HeatMap {
  std::string title, x_label, y_label, value_label;
  std::vector<double> x, y;   ///< ascending
  std::vector<double> value;  ///< row by row of y
};

/// The chart cannot be drawn: no gnuplot, or no place for the file.
struct ChartError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Draws the chart as SVG with gnuplot. Colours are told apart by colour-blind eyes too (Okabe and Ito 2008).
/// The file appears whole or not at all. Throws ChartError.
void draw_svg(const Chart& chart, const std::filesystem::path& file);
/// The same for a map.
void draw_svg(const HeatMap& map, const std::filesystem::path& file);

}  // namespace nocturne
