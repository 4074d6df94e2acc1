#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "devices/concurrency.hpp"
#include "devices/virtual/free_running_detector.hpp"
#include "devices/virtual/obp_wire.hpp"
#include "devices/virtual/ocean_model.hpp"
#include "devices/virtual/ocean_readout.hpp"
#include "devices/virtual/reply_faults.hpp"
#include "devices/virtual/thermoelectric_cooler.hpp"
#include "devices/virtual/virtual_instrument.hpp"
#include "models/spectra/frame.hpp"

namespace nocturne {

struct VirtualOceanOptions {
  std::string name = "spectrometer";
  std::string model = "FX";  ///< of ocean_model()
  bool serial_line = false;  ///< after garbage: search on instead of ending the connection
  Duration power_up_exposure = std::chrono::milliseconds{100};
  double board_temperature_C = 31.5;
  double baseline_counts = 0.0;  ///< of a pixel without light
  OceanQuirks quirks;
};

/// What the spectrometer sees and what its lines switch.
struct VirtualOceanWorld {
  virtual_obp::FreeRunningDetector::Expose expose;
  std::function<void(bool)> set_lamp;
  std::function<void(bool)> set_led;
};

/// An Ocean spectrometer that speaks the Ocean Binary Protocol. The lamp hangs on the lamp-enable line, the
/// LED on GPIO pin 0.
class VirtualOcean final : public VirtualInstrument {
 public:
  /// Throws std::invalid_argument if `detector` has not the pixels of the model.
  VirtualOcean(Clock& clock, VirtualOceanOptions options, const Detector& detector, VirtualOceanWorld world);
  VirtualOcean(const VirtualOcean&) = delete;
  VirtualOcean& operator=(const VirtualOcean&) = delete;

  VirtualOceanFaults& faults() { return faults_; }
  Duration exposure() const { return detector_.exposure(); }
  bool lamp_on() const { return lamp_on_; }
  bool led_on() const { return led_on_; }
  /// Mains off and on again: settings and buffered spectra are lost, calibration and names are not.
  void power_cycle() { reset(); }

  const std::string& name() const override { return options_.name; }
  Task<void> serve(ByteLink& link) override;

 private:
  using Query = std::function<std::string(const std::string& data)>;
  using Command = std::function<void(const std::string& data)>;
  struct Settings {  // what a reset forgets
    bool reply_md5 = false;
    int trigger_mode = 0;
    int average = 1;
    int boxcar = 0;
    int binning = 0;
    bool buffering = false;
    std::uint32_t buffer_size = 0;
    std::uint32_t samples_per_trigger = 1;
    bool shutter_open = true;
    std::uint32_t output_enable = 0;
    std::uint32_t output_value = 0;
  };

  // messages: virtual_ocean_identity.cpp, virtual_ocean_messages.cpp
  void add_identity();
  void add_names();
  void add_serial_port();
  void add_network();
  void add_bench();
  void add_cooler();
  void add_acquisition();
  void add_trigger();
  void add_pixels();
  void add_buffer();
  void add_filling();
  void add_calibration();
  void add_lines();
  void add_strobes();
  void add_thermometer();
  void number(std::uint32_t type, int size, std::function<std::uint32_t()> value);
  void text(std::uint32_t type, std::string value);
  void on_off(std::uint32_t type, std::function<void(bool)> obey);
  void stored(std::uint32_t get, std::uint32_t set, int size, std::uint32_t initial, std::uint32_t least,
              std::uint32_t most);
  void per_interface(std::uint32_t get, std::uint32_t set, std::string initial);
  void coefficients(std::uint32_t count_type, std::vector<float> values);

  // requests
  Task<virtual_obp::Message> answer(virtual_obp::Arrival arrival, bool& wanted);
  std::string obeyed(const virtual_obp::Message& request, bool& is_command) const;

  // spectra
  using Keep = std::function<bool(std::string spectrum)>;
  Task<std::string> spectra(std::uint32_t type, std::string request);
  Task<std::string> oldest(std::uint32_t type);
  Task<void> take(std::uint32_t type, std::uint32_t count, Keep keep);
  Task<void> fill(std::uint32_t count);
  void start_filling(std::uint32_t count);
  void stop_filling();
  void pulse();
  bool needs_pulse() const { return !model_.free_running_modes.contains(settings_.trigger_mode); }
  Eigen::VectorXd exposed(Instant start, Duration exposure);
  std::string encoded_spectrum(std::uint32_t type, const Eigen::VectorXd& counts);
  std::string metadata(std::uint32_t type) const;
  Eigen::VectorXd smoothed(const Eigen::VectorXd& counts) const;
  std::string pixel_bytes(const Eigen::VectorXd& counts, int size) const;

  void reset();
  void set_exposure(std::uint32_t microseconds);
  void set_lights(bool lamp, std::uint32_t output_enable, std::uint32_t output_value);
  void light_up();

  Clock& clock_;
  const VirtualOceanOptions options_;
  const OceanModel& model_;
  const Detector known_;
  const VirtualOceanWorld world_;
  VirtualOceanFaults faults_;
  OceanReadout readout_;
  virtual_obp::FreeRunningDetector detector_;
  virtual_obp::ThermoelectricCooler cooler_;
  Settings settings_;
  bool lamp_enabled_ = false;
  bool lamp_on_ = false;
  bool led_on_ = false;
  bool pulsed_ = false;  // an external trigger pulse waits to be used
  bool armed_ = false;   // the next pulse fills the buffer
  std::uint32_t spectrum_count_ = 0;
  std::map<std::uint32_t, Query> queries_;
  std::map<std::uint32_t, Command> commands_;
  std::map<std::uint32_t, std::uint32_t> values_, initial_values_;  // plain settings, by the type that asks
  std::map<std::uint32_t, std::string> kept_;                       // what a reset does not forget
  std::map<std::uint32_t, std::vector<float>> coefficients_;        // by the type that counts them
  std::deque<std::string> buffer_;                                  // spectra as they are sent, oldest first
  bool filling_ = false;
  Signal filled_;
  Background filler_;  // last, so that it stops first
};

}  // namespace nocturne
