#include "controller/export/export_frames.hpp"

#include "controller/campaign/campaign_events.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/log/log_snapshot.hpp"
#include "controller/log/stored_counts.hpp"

namespace nocturne {
namespace {

std::vector<std::pair<std::int64_t, Eigen::VectorXd>> detectors_of(const LogSnapshot& log) {
  std::vector<std::pair<std::int64_t, Eigen::VectorXd>> detectors;
  log.for_each_event([&](const Event& event) {
    if (is<DetectorRead>(event))
      detectors.emplace_back(event.seq, read<DetectorRead>(event).detector.wavelength_nm);
  });
  return detectors;
}

}  // namespace

ExportFrames::ExportFrames(const LogSnapshot& log)
    : detectors_{detectors_of(log)},
      rows_{log.query(
          "SELECT seq, position, experiment, time_s, role, exposure_s, scans, "
          "wavelength_nm_float64_le, counts, encoding, pixels FROM spectra ORDER BY seq, position")} {}

bool ExportFrames::next(ExportFrame& frame) {
  if (!rows_.executeStep()) return false;
  frame.seq = rows_.getColumn(0).getInt64();
  frame.position = rows_.getColumn(1).getInt64();
  frame.experiment.reset();
  if (!rows_.getColumn(2).isNull()) frame.experiment = rows_.getColumn(2).getInt64();
  frame.time_s = rows_.getColumn(3).getDouble();
  frame.role = rows_.getColumn(4).getString();
  frame.exposure_s = rows_.getColumn(5).getDouble();
  frame.scans = rows_.getColumn(6).getInt64();
  const SQLite::Column wavelengths = rows_.getColumn(7), counts = rows_.getColumn(8);
  frame.wavelength_nm = values_of(wavelengths.getBlob(), static_cast<std::size_t>(wavelengths.getBytes()));
  frame.counts =
      counts_in(rows_.getColumn(9).getString(), counts.getBlob(), static_cast<std::size_t>(counts.getBytes()),
                rows_.getColumn(10).getInt(), static_cast<int>(frame.scans));
  if (frame.wavelength_nm.size() == 0) frame.wavelength_nm = pixels(frame.seq, frame.counts.size());
  return true;
}

Eigen::VectorXd ExportFrames::pixels(std::int64_t seq, Eigen::Index count) const {
  for (auto detector = detectors_.rbegin(); detector != detectors_.rend(); ++detector)
    if (detector->first < seq && detector->second.size() == count) return detector->second;
  return {};
}

}  // namespace nocturne
