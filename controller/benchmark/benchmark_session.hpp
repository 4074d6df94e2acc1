#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "controller/benchmark/benchmark.hpp"
#include "controller/benchmark/benchmark_results.hpp"
#include "controller/benchmark/benchmark_summary.hpp"

namespace nocturne {

/// What every kind of benchmark does alike: goes on where its results end, works on several threads, tells
/// how long it will take, sums up.
class BenchmarkSession {
 public:
  /// `options`, `wall_clock` and `messages` must outlive it. Throws FileError, std::invalid_argument for an
  /// unknown optimizer.
  BenchmarkSession(const BenchmarkOptions& options, const Clock& wall_clock, std::ostream& messages);

  BenchmarkResults& results() { return *results_; }
  std::ostream& messages() { return messages_; }
  /// As given, each once.
  const std::vector<std::string>& optimizers() const { return optimizers_; }

  /// work(0) to work(count - 1) on all threads, with progress as "3 of 10 <what>".
  void work(const char* what, std::size_t count, const std::function<void(std::size_t)>& work);
  /// Makes the runs that are not there yet; `make` gets indices into `keys`.
  void run(const std::vector<BenchmarkKey>& keys, const std::function<BenchmarkRun(std::size_t)>& make);
  /// Table or JSON and, if wanted, the picture of these runs. Returns the exit status.
  int report(const std::vector<BenchmarkKey>& keys, const AimNames& aims, std::ostream& out) const;

 private:
  const BenchmarkOptions& options_;
  const Clock& wall_clock_;
  std::ostream& messages_;
  std::vector<std::string> optimizers_;
  std::unique_ptr<BenchmarkResults> results_;
};

}  // namespace nocturne
