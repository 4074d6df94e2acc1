#include "controller/output_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nocturne {

std::string line_of(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

void put(OrderedJson& json, const std::string& key, double value) {
  if (std::isfinite(value)) json[key] = value;
}

void put(OrderedJson& json, const std::string& key, const Estimate& estimate) {
  put(json, key, estimate.value);
  if (estimate.standard_error != 0.0) put(json, key + "_se", estimate.standard_error);
}

std::string text_of(const Estimate& estimate) {
  const double error = estimate.standard_error;
  if (!(error > 0.0) || !std::isfinite(error)) return digits(estimate.value);
  const double exponent = std::floor(std::log10(error));
  const double largest = std::max(std::abs(estimate.value), error);
  if (largest < 1e-4 || largest >= 1e7) return fmt::format("{:.3e} ± {:.1e}", estimate.value, error);
  const int decimals = static_cast<int>(std::clamp(1.0 - exponent, 0.0, 12.0));
  return fmt::format("{:.{}f} ± {:.{}f}", estimate.value, decimals, error, decimals);
}

std::string text_of(const Conditions& conditions) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : conditions) parts.push_back(name + " " + digits(value));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string digits(double value, int count) { return fmt::format("{:.{}g}", value, count); }

std::string clock_text(Instant time) {
  const auto s = static_cast<std::int64_t>(in_seconds(time));
  return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string counted_as(int count, const std::string& one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string in_brackets(const std::vector<std::string>& flags) {
  return flags.empty() ? "" : fmt::format(" [{}]", fmt::join(flags, ", "));
}

std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return text;
}

}  // namespace nocturne
