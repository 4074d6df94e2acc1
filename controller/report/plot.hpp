#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/chart.hpp"
#include "controller/report/html.hpp"

// Figures that live within a page: their colours follow the page's, light or dark, and their text stays
// readable on a telephone.
namespace nocturne {

/// A range of numbers along one side of a figure.
struct Axis {
  std::string label;
  double low = 0.0, high = 1.0;
  bool logarithmic = false;
};

/// An axis that holds all finite values and a margin; with ten steps around where there is only one value.
Axis axis_over(std::string label, const std::vector<double>& values, bool logarithmic = false);

/// One kind of mark in a figure, told from the others by colour and by shape.
struct PlotSeries {
  enum class Style { line, dashed, points };
  std::string label;  ///< empty = not in the legend
  Style style = Style::line;
  int look = 0;  ///< which colour and which shape
  std::vector<double> x, y;
  std::vector<double> low, high;   ///< error bars; empty = none
  std::vector<std::string> words;  ///< what each point is; empty = nothing
};

/// A stretch of one axis.
struct PlotBand {
  double low = 0.0, high = 0.0;
  std::string label;
  bool upright = false;  ///< of the abscissa, instead of the ordinate
};

/// A word at a place.
struct PlotWord {
  double x = 0.0, y = 0.0;
  std::string text, words;  ///< and what it means
};

struct Plot {
  std::string title;  ///< for who cannot see it
  Axis x, y;
  std::vector<PlotSeries> series;
  std::vector<PlotBand> bands;
  std::vector<PlotWord> words;
};

Html svg_of(const Plot& plot);

/// A map with contour lines, their values, and points on it. The map must have two columns and rows.
struct ContourMap {
  HeatMap map;
  bool x_logarithmic = false, y_logarithmic = false;
  std::vector<double> x, y;                        ///< the points
  std::optional<std::pair<double, double>> place;  ///< one that counts most
};
Html svg_of(const ContourMap& map);

/// A small curve without axes, between 0 and 1 in both directions.
Html spark_of(const std::vector<double>& x, const std::vector<double>& y, const std::string& title);

/// Round numbers within an axis, about `count` of them.
std::vector<double> ticks_of(const Axis& axis, int count);
/// The stretches of the line on which a map has this value, each from x0, y0 to x1, y1 in grid steps.
struct ContourPiece {
  double x0 = 0.0, y0 = 0.0, x1 = 0.0, y1 = 0.0;
};
std::vector<ContourPiece> contour_of(const HeatMap& map, double level);

}  // namespace nocturne
