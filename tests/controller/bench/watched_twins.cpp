#include "tests/controller/bench/watched_twins.hpp"

#include <cmath>
#include <concepts>

#include "devices/virtual/virtual_balance.hpp"
#include "devices/virtual/virtual_chemyx.hpp"
#include "devices/virtual/virtual_eurotherm.hpp"
#include "devices/virtual/virtual_julabo.hpp"
#include "devices/virtual/virtual_moxa.hpp"
#include "devices/virtual/virtual_new_era_chain.hpp"
#include "devices/virtual/virtual_ocean.hpp"
#include "devices/virtual/virtual_pump_chain.hpp"
#include "devices/virtual/virtual_vici.hpp"
#include "devices/virtual/virtual_watlow.hpp"

namespace nocturne::test {
namespace {

constexpr double kRoom_C = 25.0;

FlowListener watching(const Twin& twin) {
  return [moved = twin.moved.get()](FlowRate flow, Instant) { *moved = *moved || flow != FlowRate{}; };
}

double room_celsius(Instant) { return kRoom_C; }

template <class Options>
using ChangeOf = std::function<void(Options&)>;

/// Makes twins of `options`, changed first if there is a change: `build` puts together instrument and watch.
template <class Options, class Build>
TwinMaker twins_of(Options options, const ChangeOf<Options>& change, Build build) {
  if (change) change(options);
  return [options, build](Clock& clock, Duration delay) {
    Options here = options;
    if constexpr (requires { here.reply_delay; }) here.reply_delay = delay;
    return build(clock, here);
  };
}

template <class Chain, class Options>
Twin pump_in_a_chain(Clock& clock, const Options& options) {
  Twin twin;
  auto chain = std::make_unique<Chain>(clock, "chain");
  chain->add(options, watching(twin));
  twin.instrument = std::move(chain);
  return twin;
}

/// A heater heats if its target has risen or power leaves it while it is warmer than its target was.
template <class Unit, class Options>
Twin heater(Clock& clock, const Options& options, double target_C, std::function<double(Unit&)> target) {
  Twin twin;
  auto made = std::make_unique<Unit>(clock, options, room_celsius);
  if constexpr (std::derived_from<Unit, VirtualModbusUnit>) twin.modbus = made.get();
  twin.heats = [&clock, &unit = *made, target_C, target = std::move(target)] {
    return unit.power(in_seconds(clock.now()), kRoom_C) > 0.0 || target(unit) > target_C;
  };
  twin.instrument = std::move(made);
  return twin;
}

TwinMaker a_new_era(const ChangeOf<VirtualNewEraOptions>& change = {}) {
  VirtualNewEraOptions options;
  options.memory.address = 3;
  return twins_of(options, change, pump_in_a_chain<VirtualNewEraChain, VirtualNewEraOptions>);
}

TwinMaker a_harvard(const ChangeOf<VirtualHarvardOptions>& change = {}) {
  return twins_of({}, change, pump_in_a_chain<VirtualPumpChain, VirtualHarvardOptions>);
}

TwinMaker a_chemyx(const ChangeOf<VirtualChemyxOptions>& change = {}) {
  return twins_of({}, change, [](Clock& clock, const VirtualChemyxOptions& options) {
    Twin twin;
    twin.instrument = std::make_unique<VirtualChemyx>(clock, options, watching(twin));
    return twin;
  });
}

TwinMaker a_eurotherm(const ChangeOf<VirtualEurothermOptions>& change = {}) {
  return twins_of({}, change, [](Clock& clock, const VirtualEurothermOptions& options) {
    return heater<VirtualEurotherm>(clock, options, options.parameters.set_point_1,
                                    [](auto& unit) { return unit.loop().target_set_point(); });
  });
}

TwinMaker a_watlow(const ChangeOf<VirtualWatlowOptions>& change = {}) {
  return twins_of({}, change, [](Clock& clock, const VirtualWatlowOptions& options) {
    return heater<VirtualWatlow>(clock, options, options.settings.closed_loop_set_point,
                                 [](auto& unit) { return unit.settings().closed_loop_set_point; });
  });
}

TwinMaker a_julabo(const ChangeOf<VirtualJulaboOptions>& change = {}) {
  return twins_of({}, change, [](Clock& clock, const VirtualJulaboOptions& options) {
    return heater<VirtualJulabo>(clock, options, options.parameters.set_point_1, [](auto& unit) {
      return unit.running() ? 1e3 : unit.loop().parameters().set_point_1;
    });
  });
}

Detector detector_named(const std::string& serial, int pixels) {
  Detector detector;
  detector.serial = serial;
  detector.wavelength_nm = Eigen::VectorXd::LinSpaced(pixels, 350.0, 1000.0);
  return detector;
}

TwinMaker an_ocean(std::string serial, const ChangeOf<VirtualOceanOptions>& change = {}) {
  VirtualOceanOptions options;
  options.serial_line = true;
  return twins_of(options, change, [serial](Clock& clock, const VirtualOceanOptions& made) {
    Twin twin;
    const int pixels = ocean_model(made.model).pixels;
    VirtualOceanWorld world;
    world.expose = [pixels](Instant start, Duration) {
      const double ripple = 20.0 * std::sin(1e3 * in_seconds(start));
      return Eigen::VectorXd{Eigen::VectorXd::LinSpaced(pixels, 1500.0, 1600.0).array() + ripple};
    };
    world.set_lamp = world.set_led = [moved = twin.moved.get()](bool on) { *moved = *moved || on; };
    twin.instrument =
        std::make_unique<VirtualOcean>(clock, made, detector_named(serial, pixels), std::move(world));
    return twin;
  });
}

TwinMaker a_vici(const ChangeOf<VirtualViciOptions>& change = {}) {
  return twins_of({}, change, [](Clock& clock, const VirtualViciOptions& options) {
    Twin twin;
    auto watch = [moved = twin.moved.get(), first = options.position](int position, Instant) {
      *moved = *moved || position != first;
    };
    twin.instrument = std::make_unique<VirtualVici>(clock, options, watch);
    return twin;
  });
}

TwinMaker a_moxa(const ChangeOf<VirtualMoxaOptions>& change = {}) {
  VirtualMoxaOptions options;
  options.framing = virtual_modbus::Framing::rtu;
  options.channels[0].quantity = [](Instant) { return 0.3; };
  return twins_of(options, change, [](Clock& clock, const VirtualMoxaOptions& made) {
    Twin twin;
    auto module = std::make_unique<VirtualMoxa>(clock, made);
    twin.modbus = module.get();
    twin.instrument = std::move(module);
    return twin;
  });
}

TwinMaker a_balance(const ChangeOf<VirtualBalanceOptions>& change = {}) {
  return twins_of({}, change, [](Clock& clock, const VirtualBalanceOptions& options) {
    Twin twin;
    twin.instrument = std::make_unique<VirtualBalance>(clock, options, [](Instant) { return 0.0; });
    return twin;
  });
}

}  // namespace

const std::map<std::string, TwinMaker>& usual_twins() {
  static const std::map<std::string, TwinMaker> twins{{"new_era", a_new_era()},
                                                      {"harvard", a_harvard()},
                                                      {"chemyx", a_chemyx()},
                                                      {"eurotherm", a_eurotherm()},
                                                      {"watlow", a_watlow()},
                                                      {"julabo", a_julabo()},
                                                      {"ocean_obp", an_ocean("FX000123")},
                                                      {"vici", a_vici()},
                                                      {"moxa", a_moxa()},
                                                      {"mettler", a_balance()}};
  return twins;
}

const std::map<std::string, TwinMaker>& sister_twins() {
  static const std::map<std::string, TwinMaker> twins{
      {"new_era", a_new_era([](VirtualNewEraOptions& pump) { pump.firmware = "NE4000V2.303"; })},
      {"harvard", a_harvard([](VirtualHarvardOptions& pump) { pump.model = virtual_harvard::phd_ultra(); })},
      {"chemyx", a_chemyx([](VirtualChemyxOptions& pump) { pump.max_speed *= 0.5; })},
      {"eurotherm", a_eurotherm([](VirtualEurothermOptions& heater) { heater.firmware = 0x0234; })},
      {"watlow",
       a_watlow([](VirtualWatlowOptions& heater) { heater.settings.closed_loop_set_point = 18.2; })},
      {"julabo",
       a_julabo([](VirtualJulaboOptions& heater) { heater.version = "JULABO F25-HE VERSION 4.07"; })},
      {"ocean_obp", an_ocean("HR884210")},
      {"vici", a_vici([](VirtualViciOptions& valve) { valve.position = 4, valve.version = "EUTA 2.31"; })},
      {"moxa", a_moxa([](VirtualMoxaOptions& module) { module.firmware = 0x02010300; })},
      {"mettler", a_balance([](VirtualBalanceOptions& scale) {
         scale.serial = "B114029977", scale.cell.load_g = 11.7;
       })}};
  return twins;
}

const std::map<std::string, TwinMaker>& dialect_twins() {
  using virtual_harvard::phd_ultra;
  using virtual_harvard::pump_11_elite;
  static const std::map<std::string, TwinMaker> twins{
      {"new_era: left in safe mode",
       a_new_era([](VirtualNewEraOptions& pump) { pump.memory.safe_seconds = 20; })},
      {"new_era: at another address", a_new_era([](VirtualNewEraOptions& pump) { pump.memory.address = 7; })},
      {"new_era: calls itself AL1000",
       a_new_era([](VirtualNewEraOptions& pump) { pump.firmware = "AL1000V3.11"; })},
      {"new_era: starts after a power failure",
       a_new_era([](VirtualNewEraOptions& pump) { pump.memory.switches["PF"] = "1"; })},
      {"harvard: prefix on every line",
       a_harvard([](VirtualHarvardOptions& pump) { pump.address_prefix = AddressPrefix::always; })},
      {"harvard: Pump 11 Elite",
       a_harvard([](VirtualHarvardOptions& pump) { pump.model = pump_11_elite(); })},
      {"harvard: PHD Ultra with echo", a_harvard([](VirtualHarvardOptions& pump) {
         pump.model = phd_ultra();
         pump.settings.echo = true;
       })},
      {"harvard: marks its replies",
       a_harvard([](VirtualHarvardOptions& pump) { pump.settings.poll = true; })},
      {"harvard: at another address",
       a_harvard([](VirtualHarvardOptions& pump) { pump.settings.address = 5; })},
      {"harvard: a model that nobody knows",
       a_harvard([](VirtualHarvardOptions& pump) { pump.model.pulley = 7.7; })},
      {"chemyx: with echo and prompt",
       a_chemyx([](VirtualChemyxOptions& pump) { pump.echo = true, pump.prompt = ">"; })},
      {"eurotherm: two decimals", a_eurotherm([](VirtualEurothermOptions& heater) { heater.decimals = 2; })},
      {"eurotherm: another series",
       a_eurotherm([](VirtualEurothermOptions& heater) { heater.firmware = 0x0E5A; })},
      {"eurotherm: clamps", a_eurotherm([](VirtualEurothermOptions& heater) { heater.clamps = true; })},
      {"eurotherm: at another address",
       a_eurotherm([](VirtualEurothermOptions& heater) { heater.address = 9; })},
      {"eurotherm: colder limits",
       a_eurotherm([](VirtualEurothermOptions& heater) { heater.parameters.set_point_high = 120.0; })},
      {"watlow: register map 2", a_watlow([](VirtualWatlowOptions& heater) { heater.map = 2; })},
      {"watlow: high word first",
       a_watlow([](VirtualWatlowOptions& heater) { heater.high_word_first = true; })},
      {"watlow: on its other port", a_watlow([](VirtualWatlowOptions& heater) {
         heater.port = 2;
         heater.settings.comms_units = {15, 30};
       })},
      {"watlow: wide codes in the second word",
       a_watlow([](VirtualWatlowOptions& heater) { heater.wide_codes_in_second_word = true; })},
      {"watlow: unknown registers are zero",
       a_watlow([](VirtualWatlowOptions& heater) { heater.unknown_reads_zero = true; })},
      {"julabo: another make's version",
       a_julabo([](VirtualJulaboOptions& heater) { heater.version = "Huber CC-202C 1.2"; })},
      {"ocean_obp: HDX",
       an_ocean("HDX00471", [](VirtualOceanOptions& spectrometer) { spectrometer.model = "HDX"; })},
      {"ocean_obp: STS",
       an_ocean("STS00033", [](VirtualOceanOptions& spectrometer) { spectrometer.model = "STS"; })},
      {"ocean_obp: QE Pro",
       an_ocean("QEP00471", [](VirtualOceanOptions& spectrometer) { spectrometer.model = "QEPro"; })},
      {"vici: two positions", a_vici([](VirtualViciOptions& valve) { valve.mode = 1; })},
      {"vici: six positions", a_vici([](VirtualViciOptions& valve) { valve.positions = 6; })},
      {"vici: lines end in CR LF", a_vici([](VirtualViciOptions& valve) { valve.line_end = 3; })},
      {"vici: has an identifier", a_vici([](VirtualViciOptions& valve) { valve.id = "B"; })},
      {"vici: refuses in words", a_vici([](VirtualViciOptions& valve) { valve.refusal = "Bad command"; })},
      {"moxa: a channel for volts",
       a_moxa([](VirtualMoxaOptions& module) { module.channels[0].mode = VirtualMoxaMode::volts_0_10; })},
      {"moxa: at another address", a_moxa([](VirtualMoxaOptions& module) { module.address = 4; })},
      {"mettler: another model",
       a_balance([](VirtualBalanceOptions& scale) { scale.model = "PL303 310.000 g"; })}};
  return twins;
}

}  // namespace nocturne::test
