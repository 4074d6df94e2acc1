#include "controller/bench/mapped_settings.hpp"

#include <fmt/format.h>

namespace nocturne {
namespace {

NumberFormat format_of(const std::string& word) {
  if (word == "uint16") return NumberFormat::uint16;
  if (word == "int32") return NumberFormat::int32;
  return word == "float32" ? NumberFormat::float32 : NumberFormat::int16;
}

}  // namespace

WordOrder word_order(DriverSettings& settings, const std::string& key, const std::string& fallback) {
  const std::string word = settings.one_of(key, fallback, {"high_first", "low_first"});
  return word == "low_first" ? WordOrder::low_first : WordOrder::high_first;
}

bool is_described(const DriverSettings& settings, const std::string& key) {
  return settings.has(key + ".register");
}

RegisterNumber mapped_number(DriverSettings& settings, const std::string& key) {
  settings.require(key + ".register");
  RegisterNumber number;
  number.first = settings.integer(key + ".register", 0, 0, 65535);
  number.function = settings.integer(key + ".function", number.function, 3, 4);
  number.format = format_of(settings.one_of(key + ".type", "int16", {"int16", "uint16", "int32", "float32"}));
  number.word_order = word_order(settings, key + ".word_order", "high_first");
  number.scale = settings.number(key + ".scale", number.scale, -kLargestSetting, kLargestSetting);
  if (number.scale == 0.0) settings.refuse(key + ".scale", key + ".scale = 0 (any other number)");
  number.step = settings.number(key + ".step", number.step, 0.0, kLargestSetting);
  return number;
}

std::optional<RegisterNumber> optional_number(DriverSettings& settings, const std::string& key) {
  if (!is_described(settings, key)) return std::nullopt;
  return mapped_number(settings, key);
}

RegisterNumber written_number(DriverSettings& settings, const std::string& key) {
  RegisterNumber number = mapped_number(settings, key);
  if (number.function != 3)
    settings.refuse(key + ".function",
                    fmt::format("{} is written (only holding registers are: function 3)", key));
  return number;
}

std::optional<MappedState> optional_state(DriverSettings& settings, const std::string& key) {
  if (!is_described(settings, key)) return std::nullopt;
  MappedState state;
  state.number = mapped_number(settings, key);
  if (register_count(state.number.format) != 1)
    settings.refuse(key + ".type", fmt::format("{} is a state (allowed: int16 or uint16)", key));
  state.mask = settings.integer(key + ".mask", state.mask, 1, 0xFFFF);
  state.good = settings.integer(key + ".good", state.good, 0, 0xFFFF);
  if ((state.good & ~state.mask) != 0)
    settings.refuse(key + ".good", fmt::format("{}.good has bits that its mask leaves out", key));
  return state;
}

std::vector<MappedConstant> mapped_constants(DriverSettings& settings) {
  std::vector<MappedConstant> constants;
  for (const std::string key : {"verify", "verify_2", "verify_3"}) {
    if (key != "verify" && !is_described(settings, key)) continue;
    MappedConstant constant;
    constant.number = mapped_number(settings, key);
    settings.require(key + ".value");
    constant.value = settings.number(key + ".value", 0.0, -kLargestSetting, kLargestSetting);
    constants.push_back(constant);
  }
  return constants;
}

}  // namespace nocturne
