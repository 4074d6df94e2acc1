#include "controller/window/parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>

#include "controller/window/problem.hpp"

namespace nocturne {
namespace {

/// All of `text` as a number.
template <class Number>
std::optional<Number> number_in(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

template <class Number>
Problem no_number(const std::string& name, const std::string& kind, Number low, Number high) {
  return bad_question(fmt::format("{} must be {} between {} and {}", name, kind, low, high));
}

}  // namespace

std::optional<std::string> Parameters::text(const std::string& name) {
  known_.insert(name);
  const auto found = given_.find(name);
  return found == given_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<double> Parameters::number(const std::string& name, double low, double high) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto value = number_in<double>(*given);
  if (!value || !std::isfinite(*value) || *value < low || *value > high)
    throw no_number(name, "a number", low, high);
  return value;
}

std::optional<std::int64_t> Parameters::whole(const std::string& name, std::int64_t low, std::int64_t high) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto value = number_in<std::int64_t>(*given);
  if (!value || *value < low || *value > high) throw no_number(name, "a whole number", low, high);
  return value;
}

void Parameters::check_all_known() const {
  for (const auto& [name, value] : given_)
    if (!known_.contains(name))
      throw bad_question(
          fmt::format("nothing is called {} here (allowed: {})", name, fmt::join(known_, ", ")));
}

}  // namespace nocturne
