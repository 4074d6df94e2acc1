#include <algorithm>
#include <cmath>
#include <ctime>
#include <iostream>
#include <utility>

#include "models/plant/composition.hpp"
#include "models/plant/plant.hpp"
#include "models/plant/random.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {
namespace {

double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

Conditions random_conditions(const PlantParameters& parameters, RandomSequence& random) {
  Conditions point;
  for (const Variable& variable : parameters.variables)
    point[variable.name] = variable.low + (variable.high - variable.low) * random.uniform();
  return point;
}

/// Steady evaluations per second over the decision space.
void benchmark_steady(const PlantParameters& parameters) {
  constexpr int kPoints = 1000;
  RandomSequence random{3};
  double sum = 0.0;
  const auto start = std::clock();
  for (int i = 0; i < kPoints; ++i)
    sum += steady_truth(parameters, random_conditions(parameters, random)).plqy;
  const double elapsed = seconds_since(start);
  std::cout << parameters.name << ": " << kPoints / elapsed << " steady evaluations per second (mean PLQY "
            << sum / kPoints << ")\n";
}

/// Two hours during which pumps and heater change every ten minutes, with a spectrum every two seconds, by
/// LED and lamp in turn.
void benchmark_dynamic(const PlantParameters& parameters) {
  constexpr double kHours = 2.0, kEvery = 2.0, kStay = 600.0;
  Plant plant{parameters, 5};
  RandomSequence random{4};
  double target = 25.0, reaction = 0.0, brightest = 0.0;
  plant.attach_heater([&target](double, double probe) { return 0.05 * (target - probe); });
  const auto start = std::clock();
  int spectra = 0;
  for (double time = 0.0; time < 3600.0 * kHours; time += kEvery, ++spectra) {
    if (std::fmod(time, kStay) == 0.0) {
      const Conditions point = random_conditions(parameters, random);
      const std::vector<double> shares = feed_shares(parameters, point);
      plant.probe_celsius(time);
      target = point.at("temperature_C");
      reaction = 29160.0 / point.at("residence_time_s");
      for (std::size_t i = 0; i < shares.size(); ++i) plant.set_feed(i, reaction * shares[i], time);
    }
    if (std::fmod(time, kStay) == 300.0) plant.set_feed(3, parameters.dilution_ratio * reaction, time);
    const bool lamp = spectra % 2 == 1;
    plant.set_lamp(lamp, time);
    plant.set_led(!lamp, time);
    brightest = std::max(brightest, plant.expose(time, 0.3).maxCoeff());
    plant.pressure_bar(time);
  }
  const double elapsed = seconds_since(start);
  std::cout << parameters.name << ": " << 3600.0 * kHours / elapsed << " times real time, "
            << spectra / elapsed << " spectra per second (brightest " << brightest << " counts)\n";
}

}  // namespace
}  // namespace nocturne::test

int main() {
  using namespace nocturne::test;
  nocturne::PlantParameters wavering = shipped_plant();
  wavering.name += ", pumps that lag and pulsate";
  wavering.pumps = {5.0, 0.02, 705.0};
  for (const nocturne::PlantParameters* plant : {&shipped_plant(), &shifted_plant()})
    benchmark_steady(*plant);
  for (const nocturne::PlantParameters* plant :
       {&shipped_plant(), &shifted_plant(), &std::as_const(wavering)})
    benchmark_dynamic(*plant);
}
