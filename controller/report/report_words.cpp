#include "controller/report/report_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "controller/campaign/outlook.hpp"
#include "controller/journal/journal.hpp"
#include "controller/output_lines.hpp"
#include "recipes/quantity_words.hpp"

namespace nocturne {
namespace {

/// Ratios are moles over moles of lead.
std::string unit_in_report(const std::string& name) {
  return name.ends_with("_pb") ? "mol/mol" : unit_text_in_name(name);
}

}  // namespace

std::string title_of_output(const std::string& name) {
  static const std::map<std::string, std::string> titles{
      {"peak_nm", "emission peak"},
      {"fwhm_meV", "width at half maximum"},
      {"intensity", "emitted light"},
      {"absorbance", "absorbance at the excitation"},
      {"first_exciton_nm", "first exciton"},
      {"plqy", "quantum yield (PLQY, 0 to 1)"},
      {"yield", "share of the fed lead in crystals (0 to 1)"},
      {"nanoplatelet_fraction", "platelets' share of the emission (0 to 1)"},
      {"edge_length_nm", "edge length"}};
  const auto found = titles.find(name);
  return found == titles.end() ? spoken(name) : found->second;
}

std::string quantity(const std::string& name, const Estimate& estimate) {
  return with_unit(text_of(estimate), name);
}

std::string with_unit_name(const std::string& name) {
  const std::string unit = unit_in_report(name);
  return unit.empty() ? name : spoken(name) + ", " + unit;
}

std::string condition(const std::string& name, double value) {
  const std::string unit = unit_in_report(name);
  return unit.empty() ? digits(value) : digits(value) + " " + unit;
}

std::string failure_in_words(FailureKind kind) {
  std::string text = name_of(kind);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string outcome_in_words(const LoggedNight& night, int experiment) {
  const auto found = night.record.outcomes.find(experiment);
  if (found == night.record.outcomes.end()) return "not finished";
  if (const auto* failure = std::get_if<Failure>(&found->second)) return failure_in_words(failure->kind);
  const Observation& seen = std::get<Observation>(found->second);
  return seen.peak_nm ? quantity("peak_nm", *seen.peak_nm) : "no peak";
}

Html section(const std::string& id, const std::string& title, const Html& content) {
  return element("section", {{"id", id}}, element("h2", Html{title}) + content);
}

Html figure_of(const Html& drawing, const std::string& caption, const TextTable& data,
               const std::string& file) {
  return element("figure", drawing + element("figcaption", Html{caption + " "} + data_link(data, file)));
}

}  // namespace nocturne
