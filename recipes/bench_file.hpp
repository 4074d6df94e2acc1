#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/heating_model.hpp"
#include "models/signal_limit.hpp"
#include "models/spectra/cell_yields.hpp"
#include "models/units.hpp"
#include "recipes/recipe.hpp"
#include "recipes/syringe_table.hpp"

namespace nocturne {

/// How bytes travel to one or more instruments.
struct LineDescription {
  std::string name;
  std::string kind;    ///< "serial", "tcp", "rtu_tcp" (Modbus RTU frames in a TCP stream), "virtual" (virtual
                       ///< instruments in front of the bench's plant)
  std::string device;  ///< serial: "/dev/serial/by-id/..."
  int baud = 0;        ///< serial and virtual serial: bits per second
  std::string parity = "none";
  std::string host;  ///< tcp, rtu_tcp
  int port = 0;  ///< tcp, rtu_tcp; also where `devices serve` offers a virtual line (0 = a pseudo-terminal)
  int file_line = 0;
};

/// One instrument. Settings that only its driver knows stay in `settings`, with the line where each stood.
struct InstrumentDescription {
  std::string name;
  std::string driver;  ///< "new_era", "harvard", "chemyx", "eurotherm", "ocean_obp"
  std::string line;
  int address = 0;
  std::map<std::string, std::string> settings;
  int file_line = 0;
  std::map<std::string, int> setting_lines;  ///< where each of `settings` stood; "driver" and "address", too
};

/// How a syringe is filled again: a valve leads it to the reactor or to a bottle.
struct RefillDescription {
  std::string valve;                  ///< name of an instrument
  int to_reactor = 0, to_bottle = 0;  ///< its positions, from 1
  Volume bottle;                      ///< that can be drawn from it
  FlowRate flow;                      ///< of drawing
  int file_line = 0;
};

/// A pump's job: which stock it feeds, from which syringe.
struct FeedDescription {
  std::string stock;
  std::string pump;  ///< name of an instrument
  SyringeDescription syringe;
  Volume line_volume{};  ///< of the tube to the reactor, dry when a campaign begins; nothing = short, or full
  std::optional<RefillDescription> refill;
  int file_line = 0;
};

/// D/(uL) of laminar flow at its worst, which a bench is thought to have that tells nothing else: a relative
/// spread of the arrival of 0.3.
constexpr double kLaminarDispersion = 0.045;

/// The tube between the mixer and the cell.
struct ReactorGeometry {
  Length inner_diameter;
  Volume mixer_volume;   ///< unheated, from the junction to the heated zone
  Volume heated_volume;  ///< residence time counts here
  Volume cooled_volume;  ///< from the heated zone to the dilution junction
  Volume cell_volume;    ///< from the dilution junction through the cell
  Length optical_path;
  /// u L / D from the junction to the cell, as `calibrate residence` tells it.
  double bodenstein = 1.0 / kLaminarDispersion;
  std::optional<HeatingModel> heating;  ///< of the heated zone; none = not known
};

struct BenchLimits {
  Temperature max_temperature;  ///< of the heated zone; the supervisor's and the instruments' own limit
  FlowRate max_total_flow;      ///< through the cell
  std::optional<double> max_pressure_bar;  ///< with a pressure sensor
  int max_pressure_line = 0;
  Seconds lost_after{3.0};  ///< an instrument that gives no reading for so long is lost
  Seconds hold_for{60.0};   ///< how long the heat is kept while the campaign holds
};

/// What the supervisor does when a signal is where it may not be.
struct InterlockDescription {
  std::string signal;  ///< name of an analog input, or of the heater for the temperature of its zone in °C
  SignalLimit limit;
  int below_line = 0, above_line = 0;  ///< of its limits in the bench file
};

/// Who is told when a night trips, holds, does not obey or ends; at least one of the two.
struct AlarmDescription {
  std::vector<std::string> command;  ///< a program and its arguments, started without a shell; empty = none
  int command_line = 0;
  std::string mail;  ///< an address; empty = none
  int mail_line = 0;
  Seconds limit{30.0};  ///< what is not done by then is killed
};

struct BenchDescription {
  std::string name;
  std::vector<LineDescription> lines;
  std::vector<InstrumentDescription> instruments;
  std::vector<FeedDescription> feeds;
  std::string heater;        ///< name of an instrument
  std::string spectrometer;  ///< name of an instrument
  std::string pressure;      ///< name of an analog input in bar, before the reactor; empty = none
  std::string balance;       ///< name of a balance under the waste; empty = none
  std::string collector;     ///< name of a valve behind the cell; empty = none
  ReactorGeometry reactor;
  BenchLimits limits;
  std::vector<InterlockDescription> interlocks;  ///< beside that of the pressure
  std::optional<CellReference> yield_reference;  ///< none = no quantum yields are told
  std::optional<AlarmDescription> alarm;
  std::optional<std::filesystem::path> plant;  ///< behind virtual lines
  std::string text;
  std::string file;  ///< for messages
};

/// Reads and checks a bench file. Throws FileError: unknown keys, two instruments on one address, a feed
/// without pump, a virtual line without plant, ...
BenchDescription read_bench(const std::filesystem::path& file);
/// The same from text; a relative plant path is taken from `folder`.
BenchDescription parse_bench(const std::string& text, const std::string& name,
                             const std::filesystem::path& folder);

}  // namespace nocturne
