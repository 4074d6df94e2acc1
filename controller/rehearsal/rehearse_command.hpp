#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace nocturne {

/// What `rehearse` was asked for; empty lists mean everything.
struct RehearseOptions {
  std::filesystem::path bench, recipe;
  std::filesystem::path plant;  ///< behind a bench of real lines
  std::vector<std::string> instruments, faults, phases;
  int jobs = 0;  ///< nights at the same time; 0 = as many as cores
  bool json = false;
};

/// `rehearse`: the real stack on the bench made virtual, through every fault in every phase of a night.
/// Prints the matrix. Returns 1 on any breach, else 0. Throws FileError.
int rehearse(const RehearseOptions& options, std::ostream& out, std::ostream& messages);

}  // namespace nocturne
