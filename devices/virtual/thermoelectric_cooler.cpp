#include "devices/virtual/thermoelectric_cooler.hpp"

#include <cmath>

namespace nocturne::virtual_obp {

namespace {

constexpr double response_s = 20.0;

}  // namespace

void ThermoelectricCooler::enable(bool on) {
  settle();
  enabled_ = on;
}

void ThermoelectricCooler::set_point(double celsius) {
  settle();
  set_point_C_ = celsius;
}

double ThermoelectricCooler::temperature_C() const {
  const double gone = std::exp(-in_seconds(clock_.now() - started_) / response_s);
  return goal_C() + (started_at_C_ - goal_C()) * gone;
}

bool ThermoelectricCooler::stable() const {
  return enabled_ && std::abs(temperature_C() - set_point_C_) < 0.1;
}

void ThermoelectricCooler::settle() {
  started_at_C_ = temperature_C();
  started_ = clock_.now();
}

}  // namespace nocturne::virtual_obp
