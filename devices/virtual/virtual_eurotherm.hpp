#pragma once

#include <functional>
#include <map>
#include <string>

#include "devices/virtual/control_loop.hpp"
#include "devices/virtual/modbus_wire.hpp"
#include "devices/virtual/virtual_heater_faults.hpp"
#include "devices/virtual/virtual_modbus_line.hpp"

namespace nocturne {

struct VirtualEurothermOptions {
  std::string name = "heater";
  int address = 1;
  int decimals = 1;  ///< of scaled integers
  virtual_modbus::Framing framing = virtual_modbus::Framing::rtu;
  int max_block = 32;  ///< registers in one request
  std::uint16_t firmware = 0x0121;
  bool clamps = false;  ///< values out of limits are cut to them instead of refused
  Duration remote_timeout = std::chrono::seconds{5};
  Duration boot_time = std::chrono::seconds{3};
  virtual_control::Parameters parameters;  ///< as the last user left it
};

/// A Eurotherm 3200 with a probe and a heater. Its requests are answered without waiting on the clock.
class VirtualEurotherm final : public VirtualInstrument, public VirtualModbusUnit {
 public:
  /// `probe` tells the sensor's temperature in °C; what it looks at may call power() for the time that has
  /// passed.
  VirtualEurotherm(Clock& clock, VirtualEurothermOptions options, std::function<double(Instant)> probe);
  VirtualEurotherm(const VirtualEurotherm&) = delete;
  VirtualEurotherm& operator=(const VirtualEurotherm&) = delete;

  /// To be called for every control period; returns the heating power 0..1.
  double power(double time_s, double probe_celsius);

  /// The power is cut for a moment: what is not in memory is lost, and it is silent and cold while it boots.
  void reboot();

  VirtualHeaterFaults& faults() { return faults_; }
  const virtual_control::Loop& loop() const { return loop_; }
  /// The status word, register 75.
  std::uint16_t status() const;
  /// Writes to registers that wear.
  int memory_writes() const { return memory_writes_; }

  const std::string& name() const override { return options_.name; }
  /// Serves with the framing of the options.
  Task<void> serve(ByteLink& link) override { return serve_as(link, options_.framing); }
  Task<void> serve_as(ByteLink& link, virtual_modbus::Framing framing) {
    return serve_modbus(clock_, link, framing, {this});
  }

  int address() const override { return options_.address; }
  std::string answer(const std::string& pdu) override;
  ReplyFaults& reply_faults() override { return faults_.reply; }

 private:
  enum class Scale { analog, whole, time };
  struct Limits {
    double low, high;
  };
  struct Register {
    Scale scale;
    std::function<double()> read;
    std::function<void(double)> write;  // empty: read only
    std::function<Limits()> limits;
  };
  struct Bank final : virtual_modbus::Registers {
    explicit Bank(VirtualEurotherm& owner) : owner_{owner} {}
    std::vector<std::uint16_t> read(std::uint16_t address, int count) override;
    void write(std::uint16_t address, const std::vector<std::uint16_t>& words) override;
    VirtualEurotherm& owner_;
  };
  struct Change {
    std::uint16_t address;
    double value;
  };

  void add_readings();
  void add_set_points();
  void add_control();
  void add_alarms();
  void add_mode();
  void setting(std::uint16_t address, Scale scale, double& value, Limits limits);
  void set_point(std::uint16_t address, std::function<double()> read, std::function<void(double)> write);

  void refresh();
  const Register& at(std::uint16_t address) const;
  std::uint16_t scaled(const Register& entry) const;
  std::uint32_t full(const Register& entry) const;
  std::vector<Change> changes(std::uint16_t address, const std::vector<std::uint16_t>& words) const;
  void check(Change& change) const;

  Clock& clock_;
  VirtualEurothermOptions options_;
  const std::function<double(Instant)> probe_;
  virtual_control::Loop loop_;
  VirtualHeaterFaults faults_;
  std::map<std::uint16_t, Register> registers_;
  Bank bank_{*this};
  int memory_writes_ = 0;
  Instant booted_{};
};

}  // namespace nocturne
