#include "controller/bench/driver_settings.hpp"
#include "controller/bench/drivers.hpp"
#include "devices/mettler_balance.hpp"
#include "devices/vici_valve.hpp"

namespace nocturne {
namespace {

/// 1 to 9 are '1' to '9', 10 to 35 'A' to 'Z'; 0 is a valve alone on its line.
char vici_id(int address) {
  if (address == 0) return vici::no_id;
  return static_cast<char>(address < 10 ? '0' + address : 'A' + address - 10);
}

std::unique_ptr<Valve> make_vici(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  ViciSettings made;
  made.name = order.instrument.name;
  made.id = vici_id(settings.address(0, 35));
  if (settings.one_of("kind", "selector", {"selector", "two_position"}) == "two_position")
    made.kind = ViciKind::two_position;
  else
    made.positions = settings.integer("positions", made.positions, 2, 96);
  made.switching_deadline =
      seconds(settings.number("switching_s", in_seconds(made.switching_deadline), 0.2, 60.0));
  settings.finish();
  return std::make_unique<ViciValve>(order.clock, order.lines.bytes(order.instrument), std::move(made));
}

std::unique_ptr<Balance> make_mettler(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  MettlerSettings made;
  made.name = order.instrument.name;
  made.stable_deadline = seconds(settings.number("stable_s", in_seconds(made.stable_deadline), 1.0, 120.0));
  settings.finish();
  return std::make_unique<MettlerBalance>(order.clock, order.lines.bytes(order.instrument), std::move(made));
}

}  // namespace

const std::map<std::string, Maker<Valve>> kValves{{"vici", make_vici}};
const std::map<std::string, Maker<Balance>> kBalances{{"mettler", make_mettler}};

}  // namespace nocturne
