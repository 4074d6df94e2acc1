#include "recipes/yield_file.hpp"

#include "recipes/document.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

double nanometres(const Table& table, const std::string& key) {
  return table.at(key).in("nm", 150.0, 3000.0);
}

MeasuredSolution solution_of(const Table& table, const fs::path& folder) {
  MeasuredSolution solution;
  solution.name = table.at("name").filled();
  solution.emission = folder / table.at("emission").filled();
  solution.absorbance = folder / table.at("absorbance").filled();
  if (table.find("emission_blank")) solution.emission_blank = folder / table.at("emission_blank").filled();
  solution.refractive_index = table.read_between<double>("refractive_index", "1", "3");
  solution.line = table.line();
  return solution;
}

YieldSettings settings_of(const Table& root) {
  YieldSettings settings;
  settings.excitation_nm = nanometres(root, "excitation");
  settings.low_nm = nanometres(root, "integrate_from");
  settings.high_nm = nanometres(root, "integrate_to");
  if (settings.high_nm <= settings.low_nm)
    root.at("integrate_to").refuse("'integrate_to' is not above 'integrate_from'");
  if (settings.excitation_nm >= settings.low_nm && settings.excitation_nm <= settings.high_nm)
    root.at("excitation").refuse("the excitation lies within the integral, which must hold emission only");
  if (const auto width = root.find("absorbance_width"))
    settings.excitation_width_nm = width->in("nm", 0.1, 50.0);
  if (const auto how = root.find("absorbed_light"))
    settings.absorbed = how->one_of({"fraction", "absorbance"}) == "fraction" ? AbsorbedLight::fraction
                                                                              : AbsorbedLight::absorbance;
  if (root.find("highest_absorbance"))
    settings.highest_absorbance = root.read_between<double>("highest_absorbance", "0.001", "3");
  return settings;
}

void read_baseline(const Table& root, YieldMeasurement& measurement) {
  if (!root.find("baseline_from") && !root.find("baseline_to")) return;
  measurement.baseline_low_nm = nanometres(root, "baseline_from");
  measurement.baseline_high_nm = nanometres(root, "baseline_to");
  if (*measurement.baseline_high_nm <= *measurement.baseline_low_nm)
    root.at("baseline_to").refuse("'baseline_to' is not above 'baseline_from'");
}

void read_reference(const Table& table, const fs::path& folder, YieldMeasurement& measurement) {
  measurement.reference = solution_of(table, folder);
  measurement.dye.name = measurement.reference.name;
  measurement.dye.source = table.at("source").filled();
  measurement.dye.plqy.value = table.read_between<double>("plqy", "0.0001", "1");
  if (table.find("plqy_error"))
    measurement.dye.plqy.standard_error = table.read_between<double>("plqy_error", "0", "1");
  if (const auto earlier = table.find("earlier_integrals"))
    for (const Value& item : earlier->items())
      measurement.earlier_integrals.push_back(item.between<double>("1e-9", "1e15"));
}

YieldMeasurement measurement_of(const Document& document, const fs::path& folder) {
  const Table root = document.root();
  YieldMeasurement measurement;
  measurement.file = document.name();
  measurement.settings = settings_of(root);
  read_baseline(root, measurement);
  read_reference(root.table("reference"), folder, measurement);
  refuse_duplicates(root.tables("sample"), "name");
  for (const Table& table : root.tables("sample")) measurement.samples.push_back(solution_of(table, folder));
  root.finish();
  if (measurement.samples.empty()) root.refuse("the measurement names no [[sample]]");
  return measurement;
}

}  // namespace

YieldMeasurement read_yield_measurement(const fs::path& file) {
  return measurement_of(Document::read(file), file.parent_path());
}

YieldMeasurement parse_yield_measurement(const std::string& text, const std::string& name,
                                         const fs::path& folder) {
  return measurement_of(Document::parse(text, name), folder);
}

}  // namespace nocturne
