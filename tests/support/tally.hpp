#pragma once

#include <algorithm>
#include <cmath>

namespace nocturne::test {

/// Mean and standard deviation of what was added.
class Tally {
 public:
  void add(double x) {
    ++n_;
    sum_ += x;
    squares_ += x * x;
  }
  int count() const { return n_; }
  double mean() const { return sum_ / n_; }
  double deviation() const { return std::sqrt(std::max(0.0, squares_ / n_ - mean() * mean())); }

 private:
  int n_ = 0;
  double sum_ = 0.0, squares_ = 0.0;
};

}  // namespace nocturne::test
