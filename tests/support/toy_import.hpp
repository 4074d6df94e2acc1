#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "controller/knowledge/import.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {

namespace fs = std::filesystem;

inline const std::string kMap = R"(name = "toy"
source = "made up"
material = "cspbbr3"
label = "Sample"

[[condition]]
name = "br_pb"
column = "ratio"

[[condition]]
name = "temperature_C"
column = "T / K"
offset = -273.15

[[condition]]
name = "solvent"
column = "solvent"
choices = ["toluene", "octane, n"]

[constants]
cs_pb = 1.0

[[published]]
name = "peak_nm"
column = "peak"

[[published]]
name = "fwhm_meV"
column = "width"
scale = 1e3
standard_error = "width error"

[[published]]
name = "plqy"
column = "PLQY"
not_measured = [0, "-"]

[[skip]]
column = "Sample"
cells = ["blank"]

[spectrum]
column = "file"
suffix = ".txt"
)";

inline const std::string kTable =
    "Sample;ratio;T / K;solvent;peak;width;width error;PLQY;file\r\n"
    "a1;4,5;413,15;toluene;490,5;0,1;0,002;0.8;one\r\n"
    "\r\n"
    "blank;;;;;;;;\r\n"
    "\"a \"\"2\"\"\nand more\";6;423.15;\"octane, n\";;;;0.0;two\r\n";

/// A line at `peak_nm` over 400 to 600 nm; the first column is not what is analysed.
inline std::string spectrum_text(double peak_nm, double step_nm) {
  std::string text;
  for (double nm = 400.0; nm <= 600.0; nm += step_nm) {
    const double line = std::exp(-0.5 * std::pow((nm - peak_nm) / 9.0, 2));
    text +=
        std::to_string(nm) + "\t" + std::to_string(100.0 + nm) + "\t" + std::to_string(1e-2 + line) + "\n";
  }
  return text;
}

/// A small table of somebody else's, its map and its spectra.
struct Import {
  TemporaryFolder folder;
  std::string map = kMap;
  std::string table = kTable;

  Import() {
    write_file(folder / "spectra/one.txt", spectrum_text(490.2, 1.0));
    write_file(folder / "spectra/two.txt", spectrum_text(510.0, 0.5));
  }
  ImportRequest request() {
    write_file(folder / "map.toml", map);
    write_file(folder / "table.csv", table);
    return {folder / "table.csv",
            folder / "map.toml",
            folder / "spectra",
            folder / "a.db",
            NOCTURNE_SOURCE_DIR "/recipes/materials",
            {{"nocturne", "0.1"}}};
  }
  /// The refusal without the folder's name; nothing may have been left behind.
  std::string refused() {
    const ImportRequest given = request();
    const std::string message = refusal([&] { import_table(given); });
    for (const auto& entry : fs::directory_iterator{folder.path()})
      CHECK(entry.path().filename().string().rfind("a.db", 0) == std::string::npos);
    const std::string prefix = folder.path().string() + "/";
    return message.rfind(prefix, 0) == 0 ? message.substr(prefix.size()) : message;
  }
};

}  // namespace nocturne::test
