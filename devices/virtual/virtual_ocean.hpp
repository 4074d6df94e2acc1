#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "devices/virtual/free_running_detector.hpp"
#include "devices/virtual/obp_wire.hpp"
#include "devices/virtual/ocean_model.hpp"
#include "devices/virtual/reply_faults.hpp"
#include "devices/virtual/virtual_instrument.hpp"
#include "models/spectra/frame.hpp"

namespace nocturne {

struct VirtualOceanOptions {
  std::string name = "spectrometer";
  std::string model = "FX";  ///< of ocean_model()
  bool serial_line = false;  ///< after garbage: search on instead of ending the connection
  Duration power_up_exposure = std::chrono::milliseconds{100};
  double board_temperature_C = 31.5;
};

/// What goes wrong in a virtual spectrometer.
struct VirtualOceanFaults {
  ReplyFaults reply;
  bool frozen = false;                      ///< every spectrum is the last one again
  bool lights_fail = false;                 ///< lights are acknowledged and stay dark
  std::uint64_t stuck_bits = 0;             ///< of the converter: always set
  std::optional<Eigen::Index> stuck_pixel;  ///< the only one whose bits are stuck; nothing = all
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
    bool buffering = false;
    std::uint32_t buffer_size = 50000;
    std::uint32_t output_enable = 0;
    std::uint32_t output_value = 0;
  };

  void add_identity();
  void add_acquisition();
  void add_pixels();
  void add_calibration();
  void add_lines();
  void number(std::uint32_t type, int size, std::function<std::uint32_t()> value);
  void coefficients(std::uint32_t count_type, std::vector<float> values);

  Task<virtual_obp::Message> answer(virtual_obp::Arrival arrival, bool& wanted);
  Task<std::string> spectra(std::uint32_t type, std::string request);
  std::string obeyed(const virtual_obp::Message& request, bool& is_command) const;
  std::string metadata(std::uint32_t type) const;
  Eigen::VectorXd smoothed(const Eigen::VectorXd& counts) const;
  std::string pixel_bytes(const Eigen::VectorXd& counts, int size) const;

  void reset();
  void set_exposure(std::uint32_t microseconds);
  void set_lights(bool lamp, std::uint32_t output_enable, std::uint32_t output_value);

  Clock& clock_;
  const VirtualOceanOptions options_;
  const OceanModel& model_;
  const Detector known_;
  const VirtualOceanWorld world_;
  virtual_obp::FreeRunningDetector detector_;
  VirtualOceanFaults faults_;
  Settings settings_;
  bool lamp_enabled_ = false;
  bool lamp_on_ = false;
  bool led_on_ = false;
  std::uint32_t spectrum_count_ = 0;
  std::string last_spectra_;
  std::map<std::uint32_t, Query> queries_;
  std::map<std::uint32_t, Command> commands_;
};

}  // namespace nocturne
