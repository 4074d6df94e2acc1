#pragma once

#include <string>

#include "devices/virtual/obp_wire.hpp"

/// What a request carries, taken apart. Each throws Error::wrong_length for data of another size.
namespace nocturne::virtual_obp {

inline void nothing(const std::string& data) {
  if (!data.empty()) throw Error::wrong_length;
}

inline std::uint32_t only_number(const std::string& data, int size) {
  if (data.size() != static_cast<std::size_t>(size)) throw Error::wrong_length;
  return number_at(data, 0, size);
}

/// 0 or 1; throws Error::invalid_payload otherwise.
inline bool only_switch(const std::string& data) {
  const std::uint32_t value = only_number(data, 1);
  if (value > 1) throw Error::invalid_payload;
  return value == 1;
}

}  // namespace nocturne::virtual_obp
