#pragma once

#include <optional>
#include <string>

#include "controller/report/html.hpp"
#include "controller/report/logged_night.hpp"

// How a report says things, the same in all its sections.
namespace nocturne {

/// "emission peak" for "peak_nm"; an unknown name as spoken.
std::string title_of_output(const std::string& name);
/// "498.12 ± 0.03 nm", "0.67 ± 0.05"
std::string quantity(const std::string& name, const Estimate& estimate);
/// "temperature, °C", "br_pb, mol/mol"
std::string with_unit_name(const std::string& name);
/// "150 °C", "4.2 mol/mol"
std::string condition(const std::string& name, double value);
/// What came of an experiment: its peak, how it failed, or that it did not finish.
std::string outcome_in_words(const LoggedNight& night, int experiment);
/// "no emission"
std::string failure_in_words(FailureKind kind);

/// Heading with an anchor, and content.
Html section(const std::string& id, const std::string& title, const Html& content);
/// A drawing with what it shows and a link to its data.
Html figure_of(const Html& drawing, const std::string& caption, const TextTable& data,
               const std::string& file);

}  // namespace nocturne
