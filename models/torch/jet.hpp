#pragma once

#include <array>
#include <cmath>

namespace nocturne {

/// The number alone.
inline double plain(double value) { return value; }

/// A number with its derivatives along N directions (forward-mode automatic differentiation). Nested jets
/// give mixed second derivatives.
template <class Real, int N>
struct Jet {
  Real value{};
  std::array<Real, N> slope{};

  Jet() = default;
  Jet(double constant) : value(constant) {}  // implicit: constants mix with jets in formulas
  static Jet variable(Real value, int direction) {
    Jet result;
    result.value = value;
    result.slope[static_cast<std::size_t>(direction)] = Real(1.0);
    return result;
  }

  /// f(value), with f'(value) carried along.
  Jet through(const Real& f, const Real& derivative) const {
    Jet result;
    result.value = f;
    for (std::size_t i = 0; i < slope.size(); ++i) result.slope[i] = derivative * slope[i];
    return result;
  }

  friend Jet operator-(const Jet& a) { return a.through(-a.value, Real(-1.0)); }
  friend Jet operator+(const Jet& a, const Jet& b) {
    Jet result = a;
    result.value = a.value + b.value;
    for (std::size_t i = 0; i < a.slope.size(); ++i) result.slope[i] = a.slope[i] + b.slope[i];
    return result;
  }
  friend Jet operator-(const Jet& a, const Jet& b) { return a + (-b); }
  friend Jet operator*(const Jet& a, const Jet& b) {
    Jet result;
    result.value = a.value * b.value;
    for (std::size_t i = 0; i < a.slope.size(); ++i)
      result.slope[i] = a.slope[i] * b.value + a.value * b.slope[i];
    return result;
  }
  friend Jet operator/(const Jet& a, const Jet& b) {
    const Real inverse = Real(1.0) / b.value;
    return a * b.through(inverse, -(inverse * inverse));
  }
  friend Jet exp(const Jet& a) {
    using std::exp;
    const Real value = exp(a.value);
    return a.through(value, value);
  }
  friend Jet log(const Jet& a) {
    using std::log;
    return a.through(log(a.value), Real(1.0) / a.value);
  }
  friend Jet log1p(const Jet& a) {
    using std::log1p;
    return a.through(log1p(a.value), Real(1.0) / (Real(1.0) + a.value));
  }
  friend double plain(const Jet& a) { return plain(a.value); }
};

}  // namespace nocturne
