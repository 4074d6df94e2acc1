#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "devices/virtual/virtual_modbus_line.hpp"

namespace nocturne {

/// What a channel of the module measures over its two wires.
enum class VirtualMoxaMode : std::uint16_t {
  volts_0_10 = 0,
  milliamperes_4_20 = 1,
  milliamperes_0_20 = 2,
  milliamperes_4_20_burn_out = 4,  ///< tells a broken wire from a low reading
};

/// A transmitter and the channel that it is wired to.
struct VirtualMoxaChannel {
  /// The quantity in its own unit; empty: nothing is connected. The transmitter sends it as 4-20 mA, or 0-10
  /// V to a channel in that mode.
  std::function<double(Instant)> quantity;
  double low = 0.0;  ///< the transmitter's range
  double high = 1.0;
  VirtualMoxaMode mode = VirtualMoxaMode::milliamperes_4_20;
  double burn_out_mA = 2.0;
  std::optional<std::pair<double, double>>
      scaled;  ///< values shown at the ends of the mode's range; as mA or V
};

struct VirtualMoxaOptions {
  std::string name = "analog_input";
  int address = 1;
  virtual_modbus::Framing framing = virtual_modbus::Framing::tcp;
  std::array<VirtualMoxaChannel, 8> channels;
  Duration boot_time = std::chrono::seconds{3};
  int max_block = 125;
  std::uint32_t firmware = 0x03020000;
  std::uint32_t build = 0x20061914;
};

/// What goes wrong at one channel.
enum class VirtualMoxaFault { none, broken_wire, short_circuit, frozen };

struct VirtualMoxaFaults {
  ReplyFaults reply;
  std::array<VirtualMoxaFault, 8> channels{};
};

/// A Moxa ioLogik E1240 with 4-20 mA transmitters (NAMUR NE 43: they saturate at 3.8 and 20.5 mA). It samples
/// when it is asked, so its minima and maxima are those of what was looked at.
class VirtualMoxa final : public VirtualInstrument, public VirtualModbusUnit {
 public:
  VirtualMoxa(Clock& clock, VirtualMoxaOptions options);
  VirtualMoxa(const VirtualMoxa&) = delete;
  VirtualMoxa& operator=(const VirtualMoxa&) = delete;

  /// The power is cut for a moment: minima and maxima are lost, and it is silent while it boots.
  void reboot();
  VirtualMoxaFaults& faults() { return faults_; }

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
  struct Range {
    double low, high;  // mA or V
  };
  struct Sample {
    double signal = 0.0;  // mA or V
    std::uint16_t raw = 0, lowest = 0, highest = 0;
  };
  struct Inputs final : virtual_modbus::Registers {
    explicit Inputs(VirtualMoxa& owner) : owner_{owner} {}
    std::vector<std::uint16_t> read(std::uint16_t address, int count) override;
    void write(std::uint16_t address, const std::vector<std::uint16_t>& words) override;
    VirtualMoxa& owner_;
  };
  struct Holding final : virtual_modbus::Registers {
    explicit Holding(VirtualMoxa& owner) : owner_{owner} {}
    std::vector<std::uint16_t> read(std::uint16_t address, int count) override;
    void write(std::uint16_t address, const std::vector<std::uint16_t>& words) override;
    VirtualMoxa& owner_;
  };
  struct Resets final : virtual_modbus::Coils {
    explicit Resets(VirtualMoxa& owner) : owner_{owner} {}
    std::vector<bool> read(std::uint16_t address, int count) override;
    void write(std::uint16_t address, bool on) override;
    VirtualMoxa& owner_;
  };

  static Range range_of(VirtualMoxaMode mode);
  void sample();
  double signal(std::size_t channel) const;
  double scaled(std::size_t channel, std::uint16_t raw) const;
  std::uint16_t status(std::size_t channel) const;
  std::uint16_t input(int address) const;
  std::optional<std::uint16_t> scaled_word(int address) const;
  std::uint16_t identity(int address) const;

  Clock& clock_;
  VirtualMoxaOptions options_;
  VirtualMoxaFaults faults_;
  std::array<Sample, 8> samples_{};
  bool sampled_ = false;
  Instant booted_{};
  Inputs inputs_{*this};
  Holding holding_{*this};
  Resets resets_{*this};
};

}  // namespace nocturne
