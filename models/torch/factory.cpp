#include "models/torch/torch_surrogate.hpp"

/// The library's only visible symbol: make_surrogate() finds it by name.
extern "C" __attribute__((visibility("default"))) nocturne::Surrogate* nocturne_make_surrogate(
    const nocturne::SurrogateOptions& options) {
  return new nocturne::TorchSurrogate{options};
}
