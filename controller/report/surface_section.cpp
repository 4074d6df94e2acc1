#include <fmt/format.h>

#include "controller/journal/journal.hpp"
#include "controller/knowledge/response_surface.hpp"
#include "controller/output_lines.hpp"
#include "controller/report/plot.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/sections.hpp"

namespace nocturne {
namespace {

constexpr int kGridSteps = 25;

/// What is drawn over the two variables, and what it is called.
struct Drawn {
  const std::vector<double>& values;
  const char *title, *label;
};

ContourMap with_experiments(const ResponseSurface& surface, const Drawn& what, const LoggedNight& night) {
  const Variable &across = surface.across, &up = surface.up;
  ContourMap drawn;
  drawn.map = {
      what.title, with_unit_name(across.name), with_unit_name(up.name), what.label, surface.x, surface.y,
      what.values};
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
  TextTable table{{surface.across.name, surface.up.name, "peak_nm", "half_width_90_nm"}, {}};
  for (std::size_t j = 0; j < surface.y.size(); ++j)
    for (std::size_t i = 0; i < surface.x.size(); ++i) {
      const std::size_t k = j * surface.x.size() + i;
      table.rows.push_back({digits(surface.x[i]), digits(surface.y[j]), digits(surface.mean_nm[k], 6),
                            digits(surface.half_width_nm[k])});
    }
  return table;
}

Html influences_table(const std::vector<Influence>& all) {
  TextTable table{{"variable", "range", "moves the expected peak by"}, {}};
  for (const Influence& one : all)
    table.rows.push_back({with_unit_name(one.variable.name),
                          fmt::format("{} to {}{}", digits(one.variable.low), digits(one.variable.high),
                                      one.variable.unit.empty() ? "" : " " + one.variable.unit),
                          digits(one.span_nm, 3) + " nm"});
  return html_of(table);
}

Html maps(const ResponseSurface& surface, const LoggedNight& night) {
  const TextTable table = surface_table(surface);
  const Drawn mean{surface.mean_nm, "Expected emission peak", "expected peak, nm"},
      half_width{surface.half_width_nm, "Uncertainty of the expected peak", "± (90 %), nm"};
  Conditions held = surface.around;
  for (const Variable* spanning : {&surface.across, &surface.up}) held.erase(spanning->name);
  const std::string where =
      held.empty() ? "" : " Held as at the best product: " + conditions_in_words(held) + ".";
  const std::string marks =
      " Circles: the experiments, also those made at other values of what is held; diamond: the best "
      "product.";
  return element(
      "div", {{"class", "figures"}},
      figure_of(svg_of(with_experiments(surface, mean, night)),
                "Expected emission peak, with contour lines in nm." + where + marks, table, "surface.csv") +
          figure_of(svg_of(with_experiments(surface, half_width, night)),
                    "Half width of its 90 % interval, with contour lines in nm: where the model is sure and "
                    "where it is not." +
                        where,
                    table, "surface_uncertainty.csv"));
}

std::string why_no_surface_of(const LoggedNight& night) {
  if (night.imported())
    return "The experiments were imported: no optimizer of a campaign can be restored from this log "
           "(nocturne design answers requests from it).";
  return why_no_surface(night.campaign->files.recipe.variables.size(), night.products());
}

}  // namespace

Html surface_section(const LoggedNight& night) {
  const char* title = "Response surfaces";
  const std::string why_not = why_no_surface_of(night);
  if (!why_not.empty()) return section("surfaces", title, paragraph(why_not));
  try {
    const Optimizer& optimizer = *night.optimizer;
    const Conditions around = optimizer.best(0)->first;
    const std::vector<Influence> all = influences(optimizer, night.campaign->files.recipe.variables, around);
    const ResponseSurface surface =
        response_surface(optimizer, all[0].variable, all[1].variable, around, kGridSteps);
    return section(
        "surfaces", title,
        paragraph(
            "What the optimizer's model, told everything that is in the log, expects around the best product"
            " by the first target. The two variables that move it most span the maps.") +
            influences_table(all) + maps(surface, night));
  } catch (const std::runtime_error& error) {
    return section("surfaces", title,
                   paragraph(std::string{"The model could not be restored: "} + error.what()));
  }
}

}  // namespace nocturne
