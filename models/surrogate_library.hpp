#pragma once

#include <memory>
#include <string>

#include "models/surrogate.hpp"

namespace nocturne {

/// The Gaussian-process surrogate. The library behind it is loaded on the first call, so that commands
/// without a model start at once. Throws std::runtime_error if the library cannot be loaded or was left out
/// of this build, std::invalid_argument for options that make no sense.
std::unique_ptr<Surrogate> make_surrogate(const SurrogateOptions& options);

/// The file that make_surrogate() loads; empty if it was left out of this build. Throws like
/// make_surrogate().
std::string surrogate_file();

/// Whether this build has the surrogate at all.
bool surrogate_available();

}  // namespace nocturne
