#pragma once

#include <cstdint>
#include <vector>

namespace nocturne {

/// Mixes words into one well-spread word: the same words, the same result, in every run.
std::uint64_t mixed(std::uint64_t seed, std::uint64_t stream, std::uint64_t index);
/// The bits of a number as an index for mixed().
std::uint64_t bits_of(double value);

/// A sequence of random numbers that depends on its seed alone (SplitMix64: Steele, Lea, Flood 2014,
/// 10.1145/2660193.2660195).
class RandomSequence {
 public:
  explicit RandomSequence(std::uint64_t seed) : state_{seed} {}
  /// In (0, 1).
  double uniform();
  /// Standard normal.
  double normal();

 private:
  std::uint64_t state_;
  double spare_ = 0.0;
  bool has_spare_ = false;
};

/// A slowly varying random quantity with mean zero, a function of seed and time alone. Between its knots it
/// is linear.
class SlowVariation {
 public:
  /// Stationary, with standard deviation `deviation`; forgets itself within `correlation_s`.
  static SlowVariation wandering(std::uint64_t seed, std::uint64_t stream, double deviation, double correlation_s);
  /// Zero at time zero, with a standard deviation of `deviation` after an hour, growing with the root of
  /// time.
  static SlowVariation walking(std::uint64_t seed, std::uint64_t stream, double deviation);

  /// `time_s` >= 0.
  double at(double time_s);

 private:
  SlowVariation(std::uint64_t seed, double spacing_s, double persistence, double step, double first);
  RandomSequence steps_;
  double spacing_s_;
  double persistence_;
  double step_;
  std::vector<double> knots_;
};

}  // namespace nocturne
