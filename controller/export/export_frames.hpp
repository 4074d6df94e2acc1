#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nocturne {

class LogSnapshot;

struct ExportFrame {
  std::int64_t seq = 0, position = 0;
  std::optional<std::int64_t> experiment;  ///< none = a calibration
  double time_s = 0.0;
  std::string role;
  double exposure_s = 0.0;
  std::int64_t scans = 0;
  Eigen::VectorXd wavelength_nm;  ///< empty = nothing is known of them
  Eigen::VectorXd counts;
};

/// The frames of a log in the order of its events, each with its wavelengths.
class ExportFrames {
 public:
  /// `log` must outlive this.
  explicit ExportFrames(const LogSnapshot& log);
  /// False at the end. Throws std::invalid_argument for a damaged spectrum.
  bool next(ExportFrame& frame);

 private:
  /// Of the last detector before event number `seq`.
  Eigen::VectorXd pixels(std::int64_t seq, Eigen::Index count) const;

  std::vector<std::pair<std::int64_t, Eigen::VectorXd>> detectors_;  ///< by event
  SQLite::Statement rows_;
};

}  // namespace nocturne
