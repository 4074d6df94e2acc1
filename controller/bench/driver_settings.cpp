#include "controller/bench/driver_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace nocturne {
namespace {

template <class T>
bool parse_whole(const std::string& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

const std::string* DriverSettings::find(const std::string& key) {
  read_.insert(key);
  const auto found = instrument_.settings.find(key);
  return found == instrument_.settings.end() ? nullptr : &found->second;
}

void DriverSettings::require(const std::string& key) const {
  if (!has(key))
    refuse("driver",
           fmt::format("{} has no '{}' (driver {} needs it)", instrument_.name, key, instrument_.driver));
}

int DriverSettings::integer(const std::string& key, int fallback, int low, int high) {
  const std::string* text = find(key);
  if (!text) return fallback;
  int value = 0;
  if (!parse_whole(*text, value) || value < low || value > high)
    refuse(key, fmt::format("{} = {} (a whole number from {} to {})", key, *text, low, high));
  return value;
}

double DriverSettings::number(const std::string& key, double fallback, double low, double high) {
  const std::string* text = find(key);
  if (!text) return fallback;
  double value = 0.0;
  if (!parse_whole(*text, value) || !(value >= low && value <= high))
    refuse(key, fmt::format("{} = {} (a number from {} to {})", key, *text, low, high));
  return value;
}

bool DriverSettings::flag(const std::string& key, bool fallback) {
  const std::string* text = find(key);
  if (!text) return fallback;
  if (*text != "true" && *text != "false") refuse(key, fmt::format("{} = {} (true or false)", key, *text));
  return *text == "true";
}

std::string DriverSettings::text(const std::string& key, const std::string& fallback) {
  const std::string* text = find(key);
  return text ? *text : fallback;
}

std::string DriverSettings::one_of(const std::string& key, const std::string& fallback,
                                   const std::vector<std::string>& allowed) {
  const std::string word = text(key, fallback);
  if (std::ranges::find(allowed, word) == allowed.end())
    refuse(key, fmt::format("{} = '{}' (allowed: {})", key, word, fmt::join(allowed, ", ")));
  return word;
}

int DriverSettings::address(int low, int high) const {
  if (instrument_.address < low || instrument_.address > high)
    refuse("address", fmt::format("{} has address {} ({} allows {} to {})", instrument_.name,
                                  instrument_.address, instrument_.driver, low, high));
  return instrument_.address;
}

void DriverSettings::finish() const {
  for (const auto& [key, value] : instrument_.settings) {
    if (read_.contains(key)) continue;
    std::string known;
    for (const std::string& name : read_) known += (known.empty() ? "" : ", ") + name;
    refuse(key, fmt::format("driver {} knows no setting {} (it knows: {})", instrument_.driver, key,
                            known.empty() ? "none" : known));
  }
}

void DriverSettings::refuse(const std::string& key, const std::string& what) const {
  const auto line = instrument_.setting_lines.find(key);
  throw FileError{fmt::format("{}:{}: {}", bench_.file,
                              line == instrument_.setting_lines.end() ? instrument_.file_line : line->second,
                              what)};
}

}  // namespace nocturne
