#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devices/line.hpp"

namespace nocturne::sics {

/// One line of a balance that speaks MT-SICS: `S S     12.3456 g` has id "S", status "S" and fields "12.3456"
/// and "g". ES, ET and EL, which belong to any command, are ids without status.
struct Reply {
  std::string id;
  std::string status;
  std::vector<std::string> fields;  ///< texts without their quotation marks

  bool is_error() const { return id == "ES" || id == "ET" || id == "EL"; }
};

/// Judges the beginning of `received`: a line with this id, or an error, is the reply; a sound line with
/// another id is foreign. `reply` holds the last sound line.
FrameVerdict examine(std::string_view received, std::string_view id, Reply& reply);

/// A weight as value and unit; nothing unless both are there and the unit is known.
std::optional<double> grams(const std::vector<std::string>& fields);

}  // namespace nocturne::sics
