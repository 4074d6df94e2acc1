#pragma once

#include <map>
#include <string>
#include <vector>

#include "devices/virtual/pump_chain_wire.hpp"
#include "devices/virtual/pump_motion.hpp"

namespace nocturne::virtual_harvard {

/// What one type of pump is made of.
struct Model {
  std::string type;      ///< "Legato 100"
  std::string name;      ///< as "ver" gives it, before the firmware
  std::string firmware;  ///< "3.0.6"
  std::string serial;    ///< "D101754"
  double pulley = 2.4;   ///< ratio of the belt between motor and screw
  double force = 155.0;  ///< on the plunger at 100 %, N
  bool limit_switches = false;
  bool can_withdraw = true;

  /// Plunger travel of one microstep: screw of 24 threads per inch, 400 steps per turn, 16 microsteps each.
  Length microstep() const;
  /// Plunger speed in m/s at one microstep in 27 s and in 26 µs.
  double min_speed() const { return microstep().si() / 27.0; }
  double max_speed() const { return microstep().si() / 26e-6; }
};

Model legato_100();
Model phd_ultra();
Model pump_11_elite();

struct Syringe {
  double volume_ml;
  double diameter_mm;
};
struct Manufacturer {
  std::string code, name;
  std::vector<Syringe> syringes;
};
/// Those the pumps know.
const std::vector<Manufacturer>& manufacturers();

struct RampSetting {
  virtual_pump_chain::Rate from, to;
  double seconds = 0.0;
};

enum class Nvram { none, off, on };

/// What the user sets; with nvram on it survives a power cut.
struct Settings {
  int address = 0;
  int baud = 115200;
  bool echo = false, poll = false;
  Nvram nvram = Nvram::on;
  double diameter_mm = 14.43;
  std::string manufacturer = "Custom";
  double syringe_volume = 10e-6;  ///< m³
  std::map<virtual_pump::Way, virtual_pump_chain::Rate> rates = {
      {virtual_pump::Way::infuse, {1e-6 / 60.0, 'm'}}, {virtual_pump::Way::withdraw, {1e-6 / 60.0, 'm'}}};
  std::map<virtual_pump::Way, RampSetting> ramps;
  virtual_pump::Targets targets;
  int force_percent = 50;
  int brightness = 100;
  std::string method = "iw";                    ///< of the quick start: i, w, iw, wi
  std::map<std::string, std::string> switches;  ///< output, sync, ftswitch, ascale, gang
};

}  // namespace nocturne::virtual_harvard
