#include "models/surrogate_library.hpp"

#include <dlfcn.h>

#include <array>
#include <stdexcept>
#include <string>

namespace nocturne {
namespace {

#ifdef NOCTURNE_TORCH_LIBRARY

using Factory = Surrogate* (*)(const SurrogateOptions&);

// The library stays loaded: objects made by it live as long as their owners like.
Factory load() {
  const std::array<std::string, 3> places{"$ORIGIN/libnocturne_torch.so",
                                          "$ORIGIN/../lib/libnocturne_torch.so", NOCTURNE_TORCH_LIBRARY};
  std::string reasons;
  for (const auto& place : places) {
    void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      reasons += std::string{"; "} + dlerror();
      continue;
    }
    if (void* symbol = dlsym(library, "nocturne_make_surrogate")) return reinterpret_cast<Factory>(symbol);
    reasons += "; " + place + " has no nocturne_make_surrogate";
  }
  throw std::runtime_error{"cannot load the surrogate library" + reasons};
}

Factory factory() {
  static const Factory loaded = load();
  return loaded;
}

#endif

}  // namespace

#ifdef NOCTURNE_TORCH_LIBRARY

std::unique_ptr<Surrogate> make_surrogate(const SurrogateOptions& options) {
  return std::unique_ptr<Surrogate>{factory()(options)};
}

std::string surrogate_file() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(factory()), &info) == 0)
    throw std::runtime_error{"the surrogate library has no file"};
  return info.dli_fname;
}

bool surrogate_available() { return true; }

#else

std::unique_ptr<Surrogate> make_surrogate(const SurrogateOptions&) {
  throw std::runtime_error{"this build has no surrogate (configure with -DNOCTURNE_TORCH=ON)"};
}

std::string surrogate_file() { return {}; }
bool surrogate_available() { return false; }

#endif

}  // namespace nocturne
