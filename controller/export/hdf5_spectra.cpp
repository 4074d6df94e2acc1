#include "controller/export/hdf5_spectra.hpp"

#include <fmt/format.h>

#include <map>

#include "controller/export/export_frames.hpp"
#include "controller/export/hdf5_writer.hpp"

namespace nocturne {
namespace {

/// Spectra of one experiment and role on the same wavelengths.
class Stack {
 public:
  Stack(H5::Group& experiment, const std::string& name, const ExportFrame& first)
      : group_{nexus_group(experiment, name, "NXdata")},
        counts_{group_, "counts", static_cast<std::size_t>(first.counts.size())},
        wavelength_nm_{first.wavelength_nm},
        pixels_{first.counts.size()} {
    set_signal(group_, "counts", {"time_s", wavelength_nm_.size() == 0 ? "." : "wavelength_nm"});
    if (wavelength_nm_.size() == 0) return;
    H5::DataSet wavelengths =
        write_numbers(group_, "wavelength_nm", {wavelength_nm_.begin(), wavelength_nm_.end()});
    set_attribute(wavelengths, "units", "nm");
  }

  bool takes(const ExportFrame& frame) const {
    return frame.counts.size() == pixels_ && frame.wavelength_nm.size() == wavelength_nm_.size() &&
           frame.wavelength_nm == wavelength_nm_;
  }

  void add(const ExportFrame& frame) {
    counts_.append(frame.counts.data());
    time_s_.push_back(frame.time_s);
    exposure_s_.push_back(frame.exposure_s);
    seq_.push_back(frame.seq);
    scans_.push_back(frame.scans);
  }

  void finish() {
    H5::DataSet times = write_numbers(group_, "time_s", time_s_);
    set_attribute(times, "units", "s");
    H5::DataSet exposures = write_numbers(group_, "exposure_s", exposure_s_);
    set_attribute(exposures, "units", "s");
    write_integers(group_, "seq", seq_);
    write_integers(group_, "scans", scans_);
  }

 private:
  H5::Group group_;
  GrowingMatrix counts_;
  Eigen::VectorXd wavelength_nm_;
  Eigen::Index pixels_;
  std::vector<double> time_s_, exposure_s_;
  std::vector<std::int64_t> seq_, scans_;
};

/// The stacks of one experiment, by role.
struct Shelf {
  H5::Group group;
  std::map<std::string, std::vector<Stack>> stacks;
};

Stack& stack_for(Shelf& shelf, const ExportFrame& frame) {
  std::vector<Stack>& stacks = shelf.stacks[frame.role];
  for (Stack& stack : stacks)
    if (stack.takes(frame)) return stack;
  const std::string number = stacks.empty() ? "" : fmt::format("_{}", stacks.size() + 1);
  return stacks.emplace_back(shelf.group, frame.role + number, frame);
}

}  // namespace

void write_spectra(H5::Group& spectra, const LogSnapshot& log) {
  std::map<std::string, Shelf> shelves;
  ExportFrames frames{log};
  for (ExportFrame frame; frames.next(frame);) {
    const std::string name =
        frame.experiment ? fmt::format("experiment_{:04}", *frame.experiment) : "calibration";
    auto found = shelves.find(name);
    if (found == shelves.end())
      found = shelves.emplace(name, Shelf{nexus_group(spectra, name, "NXcollection"), {}}).first;
    stack_for(found->second, frame).add(frame);
  }
  for (auto& [name, shelf] : shelves)
    for (auto& [role, stacks] : shelf.stacks)
      for (Stack& stack : stacks) stack.finish();
}

}  // namespace nocturne
