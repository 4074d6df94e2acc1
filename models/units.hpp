#pragma once

#include <chrono>
#include <compare>

namespace nocturne {

/// A physical quantity of one dimension, held in SI units. Quantities of different dimensions do not mix.
template <class Dimension>
class Quantity {
 public:
  constexpr Quantity() = default;
  static constexpr Quantity from_si(double value) { return Quantity{value}; }
  constexpr double si() const { return value_; }

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity{a.value_ + b.value_}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity{a.value_ - b.value_}; }
  friend constexpr Quantity operator*(double k, Quantity q) { return Quantity{k * q.value_}; }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }
  Quantity& operator+=(Quantity other) { return *this = *this + other; }

 private:
  explicit constexpr Quantity(double value) : value_{value} {}
  double value_ = 0.0;
};

using TemperatureStep = Quantity<struct TemperatureDimension>;  // K, a difference
using Length = Quantity<struct LengthDimension>;                // m
using Volume = Quantity<struct VolumeDimension>;                // m³
using FlowRate = Quantity<struct FlowRateDimension>;            // m³/s
using Concentration = Quantity<struct ConcentrationDimension>;  // mol/m³, which is mmol/L
using Seconds = std::chrono::duration<double>;

/// A point on the temperature scale. Two points have a difference but no sum: 85 °C + 10 °C does not compile.
class Temperature {
 public:
  constexpr Temperature() = default;
  static constexpr Temperature from_si(double kelvin) { return Temperature{kelvin}; }
  static constexpr Temperature from_celsius(double celsius) { return Temperature{celsius + 273.15}; }
  constexpr double si() const { return kelvin_; }
  constexpr double celsius() const { return kelvin_ - 273.15; }

  friend constexpr auto operator<=>(Temperature, Temperature) = default;
  friend constexpr Temperature operator+(Temperature a, TemperatureStep b) {
    return Temperature{a.kelvin_ + b.si()};
  }
  friend constexpr TemperatureStep operator-(Temperature a, Temperature b) {
    return TemperatureStep::from_si(a.kelvin_ - b.kelvin_);
  }

 private:
  explicit constexpr Temperature(double kelvin) : kelvin_{kelvin} {}
  double kelvin_ = 0.0;
};

constexpr Volume operator*(FlowRate q, Seconds t) { return Volume::from_si(q.si() * t.count()); }
constexpr Seconds operator/(Volume v, FlowRate q) { return Seconds{v.si() / q.si()}; }
constexpr FlowRate operator/(Volume v, Seconds t) { return FlowRate::from_si(v.si() / t.count()); }

constexpr FlowRate microliters_per_minute(double v) { return FlowRate::from_si(v * 1e-9 / 60.0); }
constexpr FlowRate milliliters_per_minute(double v) { return FlowRate::from_si(v * 1e-6 / 60.0); }
constexpr double in_microliters_per_minute(FlowRate q) { return q.si() * 60.0 / 1e-9; }
constexpr double in_milliliters_per_minute(FlowRate q) { return q.si() * 60.0 / 1e-6; }
constexpr Volume milliliters(double v) { return Volume::from_si(v * 1e-6); }
constexpr Volume microliters(double v) { return Volume::from_si(v * 1e-9); }
constexpr double in_milliliters(Volume v) { return v.si() / 1e-6; }
constexpr double in_microliters(Volume v) { return v.si() / 1e-9; }
constexpr Length millimeters(double v) { return Length::from_si(v * 1e-3); }
constexpr double in_millimeters(Length l) { return l.si() / 1e-3; }

inline namespace literals {
constexpr TemperatureStep operator""_K(long double v) {
  return TemperatureStep::from_si(static_cast<double>(v));
}
constexpr Temperature operator""_degC(long double v) {
  return Temperature::from_celsius(static_cast<double>(v));
}
constexpr Volume operator""_mL(long double v) { return milliliters(static_cast<double>(v)); }
constexpr FlowRate operator""_mL_min(long double v) { return milliliters_per_minute(static_cast<double>(v)); }
constexpr FlowRate operator""_uL_min(long double v) { return microliters_per_minute(static_cast<double>(v)); }
constexpr Length operator""_mm(long double v) { return millimeters(static_cast<double>(v)); }
}  // namespace literals

}  // namespace nocturne
