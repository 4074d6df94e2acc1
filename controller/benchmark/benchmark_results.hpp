#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace nocturne {

/// What one run of a benchmark is about; nothing else decides how it ends.
struct BenchmarkKey {
  std::string world;   ///< the plant or the pool
  std::string digest;  ///< of the world's files
  std::string optimizer;
  double target = 0.0;  ///< nm; 0 for a pool
  std::uint64_t seed = 0;
  int budget = 0;
  friend auto operator<=>(const BenchmarkKey&, const BenchmarkKey&) = default;
};

/// How it ended. Experiments are counted from 1; empty = not within the budget.
struct BenchmarkRun {
  BenchmarkKey key;
  std::optional<int> near_at;  ///< the easier aim: the wavelength, or the pool's best 5 %
  std::optional<int> hit_at;   ///< the aim: wavelength and width, or the pool's best 1 %
  int experiments = 0, failures = 0;
  double decision_s = 0.0;         ///< median of the asks
  int intervals = 0, covered = 0;  ///< 90 % intervals of the predictions, and those that hold the truth
};

/// Of an even number the lower of the two in the middle; 0 of none.
double median_seconds(std::vector<double> values);

/// The runs that are done, and what took long to find out, in a file of JSON lines that grows by whole lines:
/// a benchmark that is started again goes on where it was. Results of another build are refused. Thread-safe.
class BenchmarkResults {
 public:
  /// In memory only.
  BenchmarkResults() = default;
  /// Reads what is there. Throws FileError for a file that is no such thing or of another `build`.
  BenchmarkResults(const std::filesystem::path& file, const std::string& build);

  std::optional<BenchmarkRun> find(const BenchmarkKey& key) const;
  void add(const BenchmarkRun& run);

  /// Numbers under a name.
  std::optional<std::vector<double>> known(const std::string& name) const;
  void keep(const std::string& name, const std::vector<double>& values);

 private:
  void read(const std::filesystem::path& file, const std::string& build);
  void take(const std::string& line, const std::string& build);
  void write(const std::string& line);

  mutable std::mutex mutex_;
  std::ofstream out_;
  std::map<BenchmarkKey, BenchmarkRun> runs_;
  std::map<std::string, std::vector<double>> known_;
};

}  // namespace nocturne
