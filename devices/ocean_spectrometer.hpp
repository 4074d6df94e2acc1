#pragma once

#include <optional>

#include "devices/error.hpp"
#include "devices/line.hpp"
#include "devices/ocean_models.hpp"
#include "devices/ocean_protocol.hpp"
#include "devices/spectrometer.hpp"

namespace nocturne {

/// What lets the lamp's light through: the lamp-enable line or the spectrometer's shutter.
enum class LampSwitch { lamp_enable, shutter };

struct OceanSettings {
  std::string name;
  OceanInstrument model;
  LampSwitch lamp_switch = LampSwitch::lamp_enable;
  int led_bit = 0;         ///< general-purpose output that switches the LED
  bool checksums = false;  ///< MD5 in both directions, for lines that damage bytes
  int baud = 0;            ///< of a serial line; 0 = bytes take no time
  double gain_electrons_per_count = 1.0;
  double read_noise_counts = 0.0;
  Duration reply_deadline = std::chrono::seconds{1};  ///< on top of the exposure and the bytes' way
};

/// A spectrometer that speaks the Ocean binary protocol, with the lamp on its lamp-enable line or shutter and
/// the LED on one of its outputs. Exposure and lights are read back, also after each frame; a shutter cannot
/// be. A spectrum that got lost is asked for again once per frame. After its line broke, or after it lost its
/// settings, it must be armed again before it measures.
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
  Task<Message> exchange(Message request, Duration deadline);
  Task<Message> transact(Message request);
  Task<std::string> ask(std::uint32_t type, std::string data = {});
  Task<std::optional<std::string>> ask_optional(std::uint32_t type, std::string data = {});
  Task<void> command(std::uint32_t type, std::string data);
  Task<void> command_optional(std::uint32_t type, std::string data);
  Task<std::uint32_t> ask_u32(std::uint32_t type);
  Task<std::optional<std::uint32_t>> ask_optional_u32(std::uint32_t type);
  std::uint32_t to_u32(const std::string& data) const;

  Task<std::string> identify();
  Task<void> check_product();
  Task<void> check_pixel_count();
  Task<std::vector<double>> read_coefficients(std::uint32_t count_type, std::uint32_t item_type,
                                              int usual_count);
  Eigen::VectorXd pixel_centres(const std::vector<double>& coefficients) const;
  Task<double> read_saturation();
  Task<std::vector<Eigen::Index>> read_unlit_pixels();
  Task<void> read_exposure_limits();
  Task<void> set_up_acquisition();
  Task<void> set_plain(std::uint32_t set_type, std::uint32_t get_type, std::string value, std::string what);
  Task<void> confirm_plain(std::uint32_t get_type, std::string value, std::string what);

  Task<void> switch_lamp(bool on);
  Task<bool> lamp_is_on();
  Task<void> switch_led(bool on);
  Task<bool> led_is_on();
  Task<bool> holds_settings();
  Task<void> confirm_settings(unsigned changes, bool may_repeat);
  Task<Eigen::VectorXd> scan(bool& may_repeat);
  Task<Eigen::VectorXd> read_spectrum();
  Task<std::string> request_spectrum();
  Eigen::VectorXd decode(const std::string& data) const;
  void check_alive(const Eigen::VectorXd& counts);
  Duration transfer_time(std::size_t bytes) const;
  void require_armed() const;
  [[noreturn]] void refuse(const Message& reply) const;
  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;

  Clock& clock_;
  Line& line_;
  const OceanSettings settings_;
  Mutex acquiring_;
  Detector detector_;
  static constexpr int not_connected = -1;
  int connection_ = not_connected;         // of the line, when armed
  int sealed_connection_ = not_connected;  // on which every reply must carry a checksum
  std::uint32_t regarding_ = 0;
  std::size_t spectrum_form_ = 0;  // which of the model's messages it understands
  Duration exposure_{};
  Duration min_exposure_{};
  Duration max_exposure_{};
  bool lamp_on_ = false;
  bool led_on_ = false;
  unsigned changes_ = 0;       // of exposure and lights
  unsigned seen_changes_ = 0;  // that lie before the last frame began
  Eigen::VectorXd last_scan_;
  int repetitions_ = 0;  // of last_scan_, count by count
};

}  // namespace nocturne
