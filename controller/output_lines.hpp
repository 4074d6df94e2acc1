#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/json_types.hpp"
#include "devices/clock.hpp"
#include "models/observation.hpp"

// What commands write alike, for programs and for people.
namespace nocturne {

/// One line of JSON; bytes that are not UTF-8 are replaced.
std::string line_of(const OrderedJson& json);

/// Puts a number into `json` unless it is not finite.
void put(OrderedJson& json, const std::string& key, double value);
/// "key" and, where one is known (not 0), its standard error "key_se".
void put(OrderedJson& json, const std::string& key, const Estimate& estimate);

/// For people: "174.1 ± 1.2", with the digits that the error leaves; without an error four of them.
std::string text_of(const Estimate& estimate);
/// "br_pb 4.55, temperature_C 180"
std::string text_of(const Conditions& conditions);
/// A number with so many significant digits.
std::string digits(double value, int count = 4);
/// "3 experiments", "1 experiment"
std::string counted_as(int count, const std::string& one);
/// " [a, b]", or nothing.
std::string in_brackets(const std::vector<std::string>& flags);
/// Campaign time: "02:13:45".
std::string clock_text(Instant time);
/// With a space for each line break and each other control character.
std::string in_one_line(std::string text);

}  // namespace nocturne
