#pragma once

#include <Eigen/Core>
#include <stdexcept>
#include <utility>
#include <vector>

namespace nocturne {

/// What a fit found, number by number, in the order in which it was written.
class LearnedNumbers {
 public:
  LearnedNumbers() = default;
  explicit LearnedNumbers(std::vector<double> numbers) : numbers_{std::move(numbers)} {}

  void write(double number) { numbers_.push_back(number); }
  void write(const Eigen::VectorXd& numbers) {
    write(static_cast<double>(numbers.size()));
    numbers_.insert(numbers_.end(), numbers.begin(), numbers.end());
  }

  /// The next one. Throws std::invalid_argument behind the last.
  double read() {
    if (next_ == numbers_.size()) throw std::invalid_argument{"these are not the numbers that a fit left"};
    return numbers_[next_++];
  }
  /// The next ones, `size` of them. Throws std::invalid_argument if there are not so many.
  Eigen::VectorXd read(Eigen::Index size) {
    const auto left = static_cast<Eigen::Index>(numbers_.size() - next_) - 1;
    if (read() != static_cast<double>(size) || size > left)
      throw std::invalid_argument{"these are not the numbers that a fit to such data left"};
    const Eigen::VectorXd result = Eigen::Map<const Eigen::VectorXd>{numbers_.data() + next_, size};
    next_ += static_cast<std::size_t>(size);
    return result;
  }
  /// The next ones, however many. Throws std::invalid_argument if there are fewer than they should be.
  Eigen::VectorXd read_all() {
    const double size = next_ < numbers_.size() ? numbers_[next_] : 0.0;
    if (!(size >= 0.0 && size <= static_cast<double>(numbers_.size())))
      throw std::invalid_argument{"these are not the numbers that a fit left"};
    return read(static_cast<Eigen::Index>(size));
  }
  bool at_end() const { return next_ == numbers_.size(); }

  const std::vector<double>& numbers() const { return numbers_; }

 private:
  std::vector<double> numbers_;
  std::size_t next_ = 0;
};

}  // namespace nocturne
