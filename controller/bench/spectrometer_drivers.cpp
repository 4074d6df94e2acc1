#include <algorithm>
#include <stdexcept>

#include "controller/bench/driver_settings.hpp"
#include "controller/bench/drivers.hpp"
#include "devices/ocean_spectrometer.hpp"

namespace nocturne {
namespace {

std::unique_ptr<Spectrometer> make_ocean(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  const std::string model = settings.text("model", "FX");
  OceanSettings made;
  made.name = order.instrument.name;
  try {
    made.model = ocean_instrument(model);
  } catch (const std::invalid_argument& unknown) {
    settings.refuse("model", unknown.what());
  }
  if (settings.one_of("lamp", "lamp_enable", {"lamp_enable", "shutter"}) == "shutter")
    made.lamp_switch = LampSwitch::shutter;
  made.checksums = settings.flag("checksums", made.checksums);
  made.baud = std::ranges::find(order.bench.lines, order.instrument.line, &LineDescription::name)->baud;
  made.led_bit = settings.integer("led_bit", made.led_bit, 0, 31);
  made.gain_electrons_per_count = settings.number("gain_electrons_per_count", 4.0, 1e-3, 1e4);
  made.read_noise_counts = settings.number("read_noise_counts", 12.0, 0.0, 1e4);
  settings.finish();
  return std::make_unique<OceanSpectrometer>(order.clock, order.lines.bytes(order.instrument),
                                             std::move(made));
}

}  // namespace

const std::map<std::string, Maker<Spectrometer>> kSpectrometers{{"ocean_obp", make_ocean}};

}  // namespace nocturne
