#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "devices/virtual/control_loop.hpp"
#include "devices/virtual/modbus_wire.hpp"
#include "devices/virtual/virtual_heater_faults.hpp"
#include "devices/virtual/virtual_modbus_line.hpp"
#include "devices/virtual/watlow_settings.hpp"

namespace nocturne {

struct VirtualWatlowOptions {
  std::string name = "heater";
  int address = 1;
  virtual_modbus::Framing framing = virtual_modbus::Framing::rtu;
  int map = 1;                             ///< 1 or 2
  int port = 1;                            ///< 1 or 2: whose comms unit counts
  bool high_word_first = false;            ///< of floats and long integers
  bool wide_codes_in_second_word = false;  ///< codes above 255, as some firmware has it
  bool unknown_reads_zero = false;         ///< instead of exception 02
  bool has_limit = true;                   ///< with a sensor of its own, input 2
  double fixed_error_power = 0.0;          ///< percent
  Duration open_loop_time{};               ///< full output without effect for so long is an error; 0: never
  Duration boot_time = std::chrono::seconds{3};
  int max_block = 125;    ///< registers in one request
  int thermocouple = 48;  ///< K
  int serial_number = 204117;
  virtual_watlow::Settings settings;  ///< in its non-volatile memory
};

struct VirtualWatlowFaults : VirtualHeaterFaults {
  int broken_as = virtual_watlow::sensor_open;  ///< the code that a sensor break shows
  bool limit_sensor_break = false;
};

/// A Watlow EZ-ZONE PM with a probe, a heater, and a contactor between them that the limit and alarm 1 open:
/// it cuts a stuck output, too. Its requests are answered without waiting on the clock.
class VirtualWatlow final : public VirtualInstrument, public VirtualModbusUnit {
 public:
  /// `probe` tells the sensor's temperature in °C; what it looks at may call power() for the time that has
  /// passed. Throws std::invalid_argument for a map or port other than 1 and 2.
  VirtualWatlow(Clock& clock, VirtualWatlowOptions options, std::function<double(Instant)> probe);
  VirtualWatlow(const VirtualWatlow&) = delete;
  VirtualWatlow& operator=(const VirtualWatlow&) = delete;

  /// To be called for every control period; returns the heating power 0..1.
  double power(double time_s, double probe_celsius);
  /// The power is cut for a moment: settings are those of the memory, and it is silent and cold while it
  /// boots.
  void reboot();
  /// Somebody presses the key that clears limit and alarms whose cause has gone.
  void press_reset();

  VirtualWatlowFaults& faults() { return faults_; }
  const virtual_control::Loop& loop() const { return loop_; }
  const virtual_watlow::Settings& settings() const { return settings_; }
  bool contactor_closed() const;
  /// Values written to non-volatile memory.
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
  using Settings = virtual_watlow::Settings;
  enum class Format { temperature, difference, number, code, integer };
  struct Item {  // two registers
    Format format;
    std::function<double()> read;
    std::function<bool(double)> accepts;         // with set or command
    std::function<void(Settings&, double)> set;  // empty: not a setting
    std::function<void()> command;
  };
  struct Bank final : virtual_modbus::Registers {
    explicit Bank(VirtualWatlow& owner) : owner_{owner} {}
    std::vector<std::uint16_t> read(std::uint16_t address, int count) override;
    void write(std::uint16_t address, const std::vector<std::uint16_t>& words) override;
    VirtualWatlow& owner_;
  };
  struct Halves {
    int item;
    std::array<std::optional<std::uint16_t>, 2> words;
  };
  struct Change {
    const Item* item;
    double value;
  };

  void add_inputs();
  void add_identity();
  void add_communication();
  void add_control(std::uint16_t first);
  void add_tuning(std::uint16_t first);
  void add_set_points(std::uint16_t first);
  void add_ramp(std::uint16_t first);
  void add_limit(std::uint16_t first);
  void add_alarm(std::uint16_t first, std::size_t index);
  void add_outputs();
  void reading(int address, Format format, std::function<double()> read);
  template <class Field>
  void analog(int address, Format format, Field field, double low, double high);
  template <class Field>
  void choice(int address, Field field, std::vector<int> allowed);
  void command(int address, int value, std::function<void()> act);

  std::uint16_t word(int address) const;
  std::array<std::uint16_t, 2> words(const Item& item) const;
  double value(const Item& item, const Halves& halves) const;
  double code(const Halves& halves) const;
  std::vector<Halves> items_in(std::uint16_t address, const std::vector<std::uint16_t>& words) const;
  bool obeyed(const Change& change);
  void write_pointers(std::uint16_t address, const std::vector<std::uint16_t>& words);
  void store(const std::function<void(Settings&)>& change);

  void look();
  void feel(double celsius);
  void apply_settings();
  int active_mode() const;
  double manual_power() const;
  void check_limit();
  void check_alarms();
  void check_loop(double time_s);
  bool ramps() const;
  bool in_fahrenheit() const;
  int input_error() const;
  int limit_state() const;
  void clear_limit();
  void clear_alarm(std::size_t index);

  Clock& clock_;
  const VirtualWatlowOptions options_;
  const std::function<double(Instant)> probe_;
  Settings settings_;
  Settings stored_;
  virtual_control::Loop loop_;
  VirtualWatlowFaults faults_;
  std::map<int, Item> items_;  // by the first of their two registers
  Bank bank_{*this};
  int memory_writes_ = 0;
  Instant booted_{};

  double time_s_ = 0.0;
  double limit_celsius_ = 0.0;
  double filtered_ = 0.0;
  double held_output_ = 0.0;  // last in automatic, percent
  bool starting_ramp_ = false;
  int limit_ = virtual_watlow::limit_none;
  std::array<int, 4> alarms_{virtual_watlow::alarm_none, virtual_watlow::alarm_none,
                             virtual_watlow::alarm_none, virtual_watlow::alarm_none};
  int loop_error_ = virtual_watlow::loop_sound;
  double full_since_s_ = 0.0;  // when the output became full, and at what temperature
  double full_since_celsius_ = 0.0;
};

}  // namespace nocturne
