#include <fmt/format.h>

#include "controller/journal/journal.hpp"
#include "controller/output_lines.hpp"
#include "controller/report/plot.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/response_surface.hpp"
#include "controller/report/sections.hpp"

namespace nocturne {
namespace {

ContourMap with_experiments(HeatMap map, const ResponseSurface& surface, const LoggedNight& night) {
  const Variable &across = surface.influences[0].variable, &up = surface.influences[1].variable;
  ContourMap drawn;
  drawn.map = std::move(map);
  drawn.x_logarithmic = across.scale == Scale::logarithmic;
  drawn.y_logarithmic = up.scale == Scale::logarithmic;
  for (const auto& [experiment, outcome] : night.record.outcomes) {
    const Conditions& tried = night.record.decisions.at(experiment).suggestion.conditions;
    drawn.x.push_back(tried.at(across.name));
    drawn.y.push_back(tried.at(up.name));
  }
  drawn.place = std::pair{surface.around.at(across.name), surface.around.at(up.name)};
  return drawn;
}

TextTable surface_table(const ResponseSurface& surface) {
  const HeatMap& mean = surface.mean;
  TextTable table{{surface.influences[0].variable.name, surface.influences[1].variable.name, "peak_nm",
                   "half_width_90_nm"},
                  {}};
  for (std::size_t j = 0; j < mean.y.size(); ++j)
    for (std::size_t i = 0; i < mean.x.size(); ++i) {
      const std::size_t k = j * mean.x.size() + i;
      table.rows.push_back({digits(mean.x[i]), digits(mean.y[j]), digits(mean.value[k], 6),
                            digits(surface.half_width.value[k])});
    }
  return table;
}

Html influences_table(const ResponseSurface& surface) {
  TextTable table{{"variable", "range", "moves the expected peak by"}, {}};
  for (const Influence& one : surface.influences)
    table.rows.push_back({with_unit_name(one.variable.name),
                          fmt::format("{} to {}{}", digits(one.variable.low), digits(one.variable.high),
                                      one.variable.unit.empty() ? "" : " " + one.variable.unit),
                          digits(one.span_nm, 3) + " nm"});
  return html_of(table);
}

Html maps(const ResponseSurface& surface, const LoggedNight& night) {
  const TextTable table = surface_table(surface);
  Conditions held = surface.around;
  for (int i = 0; i < 2; ++i) held.erase(surface.influences[static_cast<std::size_t>(i)].variable.name);
  const std::string where =
      held.empty() ? "" : " Held as at the best product: " + conditions_in_words(held) + ".";
  const std::string marks =
      " Circles: the experiments, also those made at other values of what is held; diamond: the best "
      "product.";
  return element(
      "div", {{"class", "figures"}},
      figure_of(svg_of(with_experiments(surface.mean, surface, night)),
                "Expected emission peak, with contour lines in nm." + where + marks, table, "surface.csv") +
          figure_of(svg_of(with_experiments(surface.half_width, surface, night)),
                    "Half width of its 90 % interval, with contour lines in nm: where the model is sure and "
                    "where it is not." +
                        where,
                    table, "surface_uncertainty.csv"));
}

}  // namespace

Html surface_section(const LoggedNight& night) {
  const char* title = "Response surfaces";
  const std::string why_not = why_no_surface(night);
  if (!why_not.empty()) return section("surfaces", title, paragraph(why_not));
  try {
    const ResponseSurface surface = response_surface(night);
    return section(
        "surfaces", title,
        paragraph(
            "What the optimizer's model, told everything that is in the log, expects around the best product"
            " by the first target. The two variables that move it most span the maps.") +
            influences_table(surface) + maps(surface, night));
  } catch (const std::runtime_error& error) {
    return section("surfaces", title,
                   paragraph(std::string{"The model could not be restored: "} + error.what()));
  }
}

}  // namespace nocturne
