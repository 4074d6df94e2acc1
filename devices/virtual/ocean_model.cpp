#include "devices/virtual/ocean_model.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace nocturne {

const OceanModel& ocean_model(const std::string& name) {
  static const std::array<OceanModel, 4> models{
      OceanModel{"FX",
                 2136,
                 65535.0,
                 6000,
                 10'000'000,
                 {0, 1, 3, 0xFF},
                 {0x101000, 0x101100, 0x100980},
                 {{0, 2135}},
                 {}},
      OceanModel{"HDX",
                 2068,
                 65535.0,
                 6000,
                 10'000'000,
                 {0, 1, 3, 0xFF},
                 {0x101000, 0x101100, 0x100980},
                 {{0, 2067}},
                 {}},
      OceanModel{"STS", 1024, 16383.0, 10, 85'000'000, {0, 1, 2}, {0x101000, 0x101100}, {{0, 1023}}, {}},
      OceanModel{"QEPro",
                 1044,
                 262143.0,
                 8000,
                 1'600'000'000,
                 {0, 1, 2, 3},
                 {0x100928},
                 {{4, 1039}},
                 {{0, 3}, {1040, 1043}}},
  };
  const std::string bare = name.starts_with("Ocean ") ? name.substr(6) : name;
  const auto found = std::ranges::find(models, bare, &OceanModel::name);
  if (found == models.end())
    throw std::invalid_argument{"unknown spectrometer model '" + name + "' (FX, HDX, STS, QEPro)"};
  return *found;
}

}  // namespace nocturne
