#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace nocturne {

/// The parameters of a question. What is wrong throws Problem; one that nobody asked for is wrong, too.
class Parameters {
 public:
  explicit Parameters(const std::map<std::string, std::string>& given) : given_{given} {}

  std::optional<std::string> text(const std::string& name);
  /// Finite, between `low` and `high`.
  std::optional<double> number(const std::string& name, double low, double high);
  std::optional<std::int64_t> whole(const std::string& name, std::int64_t low, std::int64_t high);
  /// To be called when all have been asked for.
  void check_all_known() const;

 private:
  const std::map<std::string, std::string>& given_;
  std::set<std::string> known_;
};

}  // namespace nocturne
