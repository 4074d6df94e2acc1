#pragma once

namespace nocturne {

inline constexpr double kCelsius = 273.15;  ///< K at 0 °C
inline constexpr double kMinute = 60.0;     ///< s

}  // namespace nocturne
