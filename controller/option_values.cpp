#include "controller/option_values.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace nocturne {
namespace {

template <class Number>
std::optional<Number> number_in(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string refusal(const std::string& text, const std::string& allowed) {
  return text + " is not allowed (" + allowed + ")";
}

}  // namespace

OptionCheck whole_number(std::int64_t low, std::int64_t high) {
  const std::string allowed = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  return [low, high, allowed](const std::string& text) {
    const auto number = number_in<std::int64_t>(text);
    return number && *number >= low && *number <= high ? "" : refusal(text, allowed);
  };
}

OptionCheck number_above_zero() {
  return [](const std::string& text) {
    const auto number = number_in<double>(text);
    return number && std::isfinite(*number) && *number > 0.0 ? "" : refusal(text, "a number above 0");
  };
}

OptionCheck share() {
  return [](const std::string& text) {
    const auto number = number_in<double>(text);
    return number && *number >= 0.0 && *number <= 1.0 ? "" : refusal(text, "a number from 0 to 1");
  };
}

OptionCheck finite_number() {
  return [](const std::string& text) {
    const auto number = number_in<double>(text);
    return number && std::isfinite(*number) ? "" : refusal(text, "a number");
  };
}

}  // namespace nocturne
