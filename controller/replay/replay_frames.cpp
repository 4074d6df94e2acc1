#include "controller/replay/replay_frames.hpp"

#include <algorithm>
#include <span>

namespace nocturne {
namespace {

/// Drops the earliest spectra of `role` until `count` are left.
void keep_last(std::vector<SpectrumRecord>& spectra, const std::string& role, int count) {
  const auto is_of_role = [&](const SpectrumRecord& spectrum) { return spectrum.role == role; };
  auto surplus = std::ranges::count_if(spectra, is_of_role) - count;
  std::erase_if(spectra,
                [&](const SpectrumRecord& spectrum) { return is_of_role(spectrum) && surplus-- > 0; });
}

bool is_dark(const SpectrumRecord& spectrum) { return spectrum.role.ends_with("_dark"); }

}  // namespace

void FrameCollector::take(const Event& event) {
  if (is<DetectorRead>(event)) detector_ = read<DetectorRead>(event).detector;
  if (is<Calibrated>(event))
    for (const SpectrumRecord& spectrum : event.spectra) calibration_[spectrum.role] = spectrum;
  if (is<Resumed>(event)) spectra_.clear();
  if (!event.experiment) return;
  if (is<Planned>(event) || is<Finished>(event)) spectra_.erase(*event.experiment);
  if (is<Planned>(event)) fed_lead_[*event.experiment] = read<Planned>(event).plan.lead_in_cell.si();
  auto& spectra = spectra_[*event.experiment];
  if (is<FramesTaken>(event)) spectra.insert(spectra.end(), event.spectra.begin(), event.spectra.end());
  if (is<Settled>(event))
    for (const char* role : {"emission", "transmission"})
      keep_last(spectra, role, read<Settled>(event).reads);
}

MeasurementFrames FrameCollector::measurement(int experiment) const {
  MeasurementFrames frames;
  const auto found = spectra_.find(experiment);
  const auto own = found == spectra_.end() ? std::span<const SpectrumRecord>{} : std::span{found->second};
  for (const SpectrumRecord& spectrum : own) {
    if (is_dark(spectrum)) frames.darks.push_back(spectrum.frame);
    if (spectrum.role == "reference") frames.reference = spectrum.frame;
    if (spectrum.role == "emission") frames.emission.push_back(spectrum.frame);
    if (spectrum.role == "transmission") frames.transmission.push_back(spectrum.frame);
  }
  const bool has_darks = !frames.darks.empty(), has_reference = frames.reference.counts.size() > 0;
  for (const auto& [role, spectrum] : calibration_) {
    if (is_dark(spectrum) && !has_darks) frames.darks.push_back(spectrum.frame);
    if (role == "reference" && !has_reference) frames.reference = spectrum.frame;
  }
  const auto fed = fed_lead_.find(experiment);
  if (fed != fed_lead_.end()) frames.fed_lead_mmol_per_L = fed->second;
  return frames;
}

std::optional<Spectrum> FrameCollector::imported(int experiment) const {
  const auto found = spectra_.find(experiment);
  if (found == spectra_.end()) return std::nullopt;
  for (const SpectrumRecord& spectrum : found->second)
    if (spectrum.role == "emission" && spectrum.wavelength_nm.size() > 0)
      return Spectrum{spectrum.wavelength_nm, spectrum.frame.counts, {}};
  return std::nullopt;
}

}  // namespace nocturne
