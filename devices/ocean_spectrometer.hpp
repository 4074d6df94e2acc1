#pragma once

#include <optional>

#include "devices/error.hpp"
#include "devices/line.hpp"
#include "devices/ocean_protocol.hpp"
#include "devices/spectrometer.hpp"

namespace nocturne {

/// What a model of spectrometer is by design.
struct SpectrometerModel {
  std::string name;
  int pixels = 0;
  double full_scale_counts = 0.0;
  Duration min_exposure;
  Duration max_exposure;
  std::uint32_t spectrum_message = 0;
  int bytes_per_pixel = 2;
  int metadata_bytes = 0;  ///< in front of the counts
};

/// "STS", "Spark", "QE Pro", "Ventana", "HDX", "FX"; throws std::invalid_argument naming them for anything
/// else.
SpectrometerModel spectrometer_model(const std::string& name);

struct OceanSettings {
  std::string name;
  SpectrometerModel model;
  int led_bit = 0;  ///< general-purpose output that switches the LED
  double gain_electrons_per_count = 1.0;
  double read_noise_counts = 0.0;
  Duration reply_deadline = std::chrono::seconds{1};  ///< on top of the exposure
};

/// A spectrometer that speaks the Ocean binary protocol, with the lamp on its lamp-enable line and the LED on
/// one of its outputs. Lights and exposure are read back. After its line broke it must be armed again before
/// it measures.
class OceanSpectrometer final : public Spectrometer {
 public:
  /// `clock` and `line` must outlive the spectrometer.
  OceanSpectrometer(Clock& clock, Line& line, OceanSettings settings);

  const std::string& name() const override { return settings_.name; }
  Task<std::string> arm() override;
  const Detector& detector() const override { return detector_; }
  Task<Duration> set_exposure(Duration exposure) override;
  Task<void> set_light(Light light, bool on) override;
  Task<Frame> acquire(int scans) override;

 private:
  using Message = ocean::Message;
  Task<std::string> ask(std::uint32_t type, std::string data, Duration deadline);
  Task<std::string> ask(std::uint32_t type, std::string data = {});
  Task<std::optional<std::string>> ask_optional(std::uint32_t type, std::string data = {});
  Task<void> command(std::uint32_t type, std::string data);
  Task<void> command_optional(std::uint32_t type, std::string data);
  Task<Message> transact(Message request, Duration deadline);

  Task<std::uint32_t> ask_u32(std::uint32_t type);
  Task<std::optional<std::uint32_t>> ask_optional_u32(std::uint32_t type);
  std::uint32_t to_u32(const std::string& data) const;
  Task<std::vector<double>> read_coefficients(std::uint32_t count_type, std::uint32_t item_type,
                                              int usual_count);
  Task<void> check_pixel_count();
  Eigen::VectorXd pixel_centres(const std::vector<double>& coefficients) const;
  Task<void> read_exposure_limits();
  Task<void> switch_lamp(bool on);
  Task<void> switch_led(bool on);
  Task<Eigen::VectorXd> scan();
  void require_armed() const;
  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;

  Line& line_;
  const OceanSettings settings_;
  Mutex acquiring_;
  Detector detector_;
  static constexpr int not_connected = -1;
  int connection_ = not_connected;  // of the line, when armed
  std::uint32_t regarding_ = 0;
  Duration exposure_{};
  Duration min_exposure_{};
  Duration max_exposure_{};
  bool lamp_on_ = false;
  bool led_on_ = false;
  unsigned changes_ = 0;       // of exposure and lights
  unsigned seen_changes_ = 0;  // that lie before the last frame began
};

}  // namespace nocturne
