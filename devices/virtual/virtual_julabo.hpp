#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "devices/virtual/control_loop.hpp"
#include "devices/virtual/virtual_heater_faults.hpp"
#include "devices/virtual/virtual_instrument.hpp"

namespace nocturne {

struct VirtualJulaboOptions {
  std::string name = "circulator";
  std::string version = "JULABO TOPTECH MC-E VERSION 3.1";
  bool has_external_sensor = true;
  double safety_celsius = 230.0;  ///< set with a screw: above it heating stops for good, until a power cycle
  Duration pause = std::chrono::milliseconds{250};  ///< after an order it hears nothing for so long
  Duration boot_time = std::chrono::seconds{3};
  virtual_control::Parameters parameters;  ///< its tuning, and the set point and limits in its memory
};

/// A Julabo circulator: text lines, of which orders have no answer. It starts stopped. Requests are answered
/// without waiting on the clock.
class VirtualJulabo final : public VirtualInstrument {
 public:
  /// `probe` tells the bath's temperature in °C; what it looks at may call power() for the time that has
  /// passed. The external sensor sees the same bath.
  VirtualJulabo(Clock& clock, VirtualJulaboOptions options, std::function<double(Instant)> probe);
  VirtualJulabo(const VirtualJulabo&) = delete;
  VirtualJulabo& operator=(const VirtualJulabo&) = delete;

  /// To be called for every control period; returns the heating power 0..1.
  double power(double time_s, double probe_celsius);
  /// The power is cut for a moment: it comes back stopped, with its set point, and is silent while it boots.
  void reboot();

  VirtualHeaterFaults& faults() { return faults_; }
  const virtual_control::Loop& loop() const { return loop_; }
  bool running() const { return running_; }

  const std::string& name() const override { return options_.name; }
  Task<void> serve(ByteLink& link) override;

 private:
  enum class Trouble { none, command, too_small, too_large };

  void look();
  void run_or_stop(bool runs);
  std::optional<std::string> hear(char byte);
  std::string answer(const std::string& line, bool to_the_question_before);
  std::string reply_to(const std::string& question);
  void obey(const std::string& order, const std::string& argument);
  void set_target(const std::string& number);
  std::string status();

  Clock& clock_;
  const VirtualJulaboOptions options_;
  const std::function<double(Instant)> probe_;
  virtual_control::Loop loop_;
  VirtualHeaterFaults faults_;
  bool running_ = false;
  bool too_hot_ = false;
  Trouble refused_ = Trouble::none;   // of the last order, until somebody asks
  std::string line_;                  // as far as it has come
  std::string question_ = "version";  // the last one
  Instant hears_from_{};
  Instant booted_{};
};

}  // namespace nocturne
