#pragma once

#include "recipes/material_file.hpp"

namespace nocturne::test {

/// CsPbBr3 as it ships, read once.
inline const Material& shipped_material() {
  static const Material material = read_material(NOCTURNE_SOURCE_DIR "/recipes/materials/cspbbr3.toml");
  return material;
}

}  // namespace nocturne::test
