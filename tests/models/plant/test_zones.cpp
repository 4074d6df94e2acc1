#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "models/plant/composition.hpp"
#include "models/plant/optics.hpp"
#include "models/plant/shipped_plants.hpp"
#include "models/plant/steady.hpp"

namespace nocturne::test {
namespace {

/// One whose amine joins behind a first heated zone and a cold one, before a second heated zone.
PlantParameters with_second_feed() {
  PlantParameters plant = reproducible_plant();
  plant.geometry.zones = {{"mixer", 243.0, false, {}},  {"first", 300.0, true, {}},
                          {"between", 60.0, false, {}}, {"second", 186.0, true, {"amine"}},
                          {"cooled", 100.0, false, {}}, {"cell", 30.0, false, {"diluent"}}};
  return plant;
}

/// A controller that knows the power for its target.
std::function<double(double, double)> holding(const PlantParameters& plant, double celsius) {
  const PlantHeater& heater = plant.heater;
  const double power =
      (celsius - plant.geometry.ambient_C) / (heater.full_power_K_per_s * heater.loss_time_s);
  return [power, celsius](double, double probe) { return power + 0.03 * (celsius - probe); };
}

const Conditions kPoint = conditions(6.0, 2.0, 150.0, 100.0);

/// Flows of the feeds at steady conditions, µL/min.
std::vector<double> flows_of(const PlantParameters& plant, const Conditions& point) {
  std::vector<double> rates = feed_shares(plant, point);
  const std::vector<Section> sections = sections_of(plant);
  const std::vector<double> relative = section_flows(sections, rates);
  double volume = 0.0;
  for (std::size_t section = 0; section < sections.size(); ++section)
    for (const std::size_t zone : sections[section].zones)
      if (plant.geometry.zones[zone].heated)
        volume += plant.geometry.zones[zone].volume_uL / relative[section];
  for (double& rate : rates) rate *= 60.0 * volume / point.at("residence_time_s");
  return rates;
}

}  // namespace

TEST_CASE("zones: the tube is cut where feeds join, and the cell is a section of its own") {
  const std::vector<Section> shipped = sections_of(shipped_plant());
  REQUIRE(shipped.size() == 2);
  CHECK(shipped[0].volume_uL == 829.0);
  CHECK(shipped[0].feeds == std::vector<std::size_t>{0, 1, 2});
  CHECK(shipped[1].feeds == std::vector<std::size_t>{3});
  const std::vector<Section> later = sections_of(with_second_feed());
  REQUIRE(later.size() == 3);
  CHECK(later[0].zones == std::vector<std::size_t>{0, 1, 2});
  CHECK(later[1].feeds == std::vector<std::size_t>{2});
  CHECK(section_flows(later, {1.0, 2.0, 4.0, 8.0}) == std::vector<double>{3.0, 7.0, 15.0});
}

TEST_CASE("zones: a plant without a heated zone, or with the cell alone, is refused") {
  PlantParameters plant = reproducible_plant();
  plant.geometry.zones[1].heated = false;
  CHECK_THROWS_AS(sections_of(plant), std::invalid_argument);
  plant.geometry.zones = {{"cell", 30.0, true, {}}};
  CHECK_THROWS_AS(sections_of(plant), std::invalid_argument);
}

TEST_CASE("zones: a feed that joins later dilutes what was made before, and no metal is lost or gained") {
  const PlantParameters plant = with_second_feed();
  const Product product = steady_product(plant, kPoint, {});
  const std::vector<double> shares = feed_shares(plant, kPoint);
  CHECK(product.fed_lead == doctest::Approx(33.0 * shares[0]).epsilon(1e-12));
  CHECK(product.dot_lead + product.platelet_lead + product.cs4pbbr6_lead + product.cspb2br5_lead +
            product.dissolved_lead ==
        doctest::Approx(product.fed_lead).epsilon(1e-9));
  CHECK(product.organics == doctest::Approx(66.0 * shares[0] + 300.0 * shares[2]).epsilon(1e-12));
  CHECK(product.dot_lead > 0.1);
}

TEST_CASE("zones: before the second feed joins the product knows nothing of it") {
  PlantParameters plant = with_second_feed();
  plant.geometry.zones[3].volume_uL = plant.geometry.zones[4].volume_uL = 1e-6;
  PlantParameters without = plant;
  without.feeds[2].contents_mmol_per_L.clear();
  without.feeds[2].flow_ratio = 0.0;
  const Conditions little = conditions(6.0, 0.5, 150.0, 100.0), much = conditions(6.0, 6.0, 150.0, 100.0);
  const Product with_little = steady_product(plant, little, {}), with_much = steady_product(plant, much, {});
  const double edge_little = with_little.moments[1] / with_little.moments[0];
  const double edge_much = with_much.moments[1] / with_much.moments[0];
  CHECK(edge_little == doctest::Approx(edge_much).epsilon(1e-3));
  const Product early_little = steady_product(reproducible_plant(), little, {}),
                early_much = steady_product(reproducible_plant(), much, {});
  CHECK(std::abs(early_little.moments[1] / early_little.moments[0] -
                 early_much.moments[1] / early_much.moments[0]) > 0.01);
}

TEST_CASE(
    "zones: a quench by cold solvent freezes the product at once, a cold wall alone a little later, a hot "
    "one "
    "never") {
  const PlantParameters plant = reproducible_plant();
  const std::vector<double> shares = feed_shares(plant, conditions(4.0, 1.0, 110.0, 40.0));
  std::vector<Composition> feeds;
  for (const PlantFeed& feed : plant.feeds) feeds.push_back(composition_of(feed));
  ParcelStage hot = stage_at({{}, {0, 1, 2}, 0.0}, shares, feeds, 0.0, {});
  hot.mixing_time_s = 0.02;
  hot.walls = {{383.15, 12.0}};
  const auto after = [&](double solvent, double wall_K, double tail_s) {
    std::vector<double> rates = shares;
    rates[3] = solvent;
    ParcelStage tail = stage_at({{}, {3}, 0.0}, rates, feeds, 1.0, hot.fed);
    tail.mixing_time_s = 0.02;
    tail.walls = {{wall_K, tail_s}};
    return grow(plant, {{}, {hot, tail}});
  };
  const double made = after(0.0, 383.15, 0.0).dot_lead;
  const double hot_wall = after(0.0, 383.15, 15.0).dot_lead - made;
  const double cold_wall = after(0.0, 298.15, 15.0).dot_lead - made;
  const double quenched = 21.0 * after(20.0, 298.15, 15.0).dot_lead - made;
  CAPTURE(hot_wall);
  CAPTURE(cold_wall);
  CHECK(hot_wall > 0.3 * made);
  CHECK(std::abs(cold_wall) < 0.1 * hot_wall);
  CHECK(std::abs(quenched) < 0.1 * std::abs(cold_wall));
  // Diluted, not dissolved: the quench lowers concentrations in proportion and leaves every crystal.
  CHECK(after(20.0, 298.15, 0.0).dot_lead * 21.0 == doctest::Approx(made).epsilon(1e-9));
}

TEST_CASE("zones: a solvent at a fixed ratio is fed in that ratio, and the yield does not count it") {
  // The cooled tube is short: what is not quenched still changes in it.
  PlantParameters unquenched = reproducible_plant();
  unquenched.geometry.zones[2].volume_uL = 1.0;
  PlantParameters plant = unquenched;
  plant.feeds.push_back({"quench", {}, 3.0});
  plant.geometry.zones[2].joins = {"quench"};
  CHECK(feed_shares(plant, kPoint)[4] == 3.0);
  const Product quenched = steady_product(plant, kPoint, {}), plain = steady_product(unquenched, kPoint, {});
  CHECK(quenched.fed_lead == doctest::Approx(plain.fed_lead / 4.0).epsilon(1e-9));
  CHECK(quenched.dot_lead == doctest::Approx(plain.dot_lead / 4.0).epsilon(1e-3));
}

TEST_CASE("zones: the residence time is spent in the heated zones, whatever joins on the way") {
  const PlantParameters plant = with_second_feed();
  const std::vector<double> rates = flows_of(plant, kPoint);
  CHECK(300.0 / (rates[0] + rates[1]) + 186.0 / (rates[0] + rates[1] + rates[2]) ==
        doctest::Approx(100.0 / 60.0).epsilon(1e-12));
}

TEST_CASE("zones: with a second feed, too, flows and heat held for long give the steady product") {
  const PlantParameters parameters = with_second_feed();
  Plant plant{parameters, 1};
  plant.attach_heater(holding(parameters, 150.0));
  const std::vector<double> rates = flows_of(parameters, kPoint);
  for (std::size_t feed = 0; feed < 3; ++feed) plant.set_feed(feed, rates[feed], 0.0);
  plant.set_feed(3, 5.0 * (rates[0] + rates[1] + rates[2]), 0.0);
  const PlantTruth held = plant.truth(3000.0);
  Conditions really = kPoint;
  really["temperature_C"] = plant.probe_celsius(3000.0);
  CHECK(really["temperature_C"] == doctest::Approx(150.0).epsilon(0.01));
  const PlantTruth steady = steady_truth(parameters, really);
  CHECK(held.peak_nm == doctest::Approx(steady.peak_nm).epsilon(1e-4));
  CHECK(held.edge_length_nm == doctest::Approx(steady.edge_length_nm).epsilon(1e-3));
  CHECK(held.yield == doctest::Approx(steady.yield).epsilon(1e-3));
  CHECK(held.plqy == doctest::Approx(steady.plqy).epsilon(1e-3));
}

TEST_CASE(
    "zones: a step of the second feed arrives after the volume behind its junction, one of the first after "
    "all") {
  PlantParameters parameters = with_second_feed();
  parameters.feeds.push_back({"thinner", {}, 1.0});
  parameters.geometry.zones[3].joins = {"bromide", "thinner"};
  const std::vector<double> rates = flows_of(parameters, kPoint);
  const auto arrival = [&](std::size_t rising, std::size_t falling) {
    Plant plant{parameters, 1};
    plant.attach_heater(holding(parameters, 150.0));
    for (const std::size_t feed : {0, 1, 2, 4}) plant.set_feed(feed, rates[feed], 0.0);
    const double before = plant.truth(3000.0).edge_length_nm;
    const double exchanged = 0.5 * std::min(rates[rising], rates[falling]);  // so that every flow stays
    plant.set_feed(rising, rates[rising] + exchanged, 3000.0);
    plant.set_feed(falling, rates[falling] - exchanged, 3000.0);
    for (double time = 3000.0; time < 3600.0; time += 1.0)
      if (std::abs(plant.truth(time).edge_length_nm - before) > 0.01) return time - 3000.0;
    return 600.0;
  };
  const double first = rates[0] + rates[2], second = first + rates[1] + rates[4];
  const double behind_s = 60.0 * 316.0 / second, before_s = 60.0 * 603.0 / first;
  CHECK(arrival(4, 1) > 0.85 * behind_s);
  CHECK(arrival(4, 1) < 1.05 * behind_s);
  CHECK(arrival(2, 0) > 0.85 * (before_s + behind_s));
  CHECK(arrival(2, 0) < 1.05 * (before_s + behind_s));
}

TEST_CASE("zones: a second feed alone washes the tube behind its junction") {
  const PlantParameters parameters = with_second_feed();
  Plant plant{parameters, 1};
  plant.attach_heater(holding(parameters, 150.0));
  const std::vector<double> rates = flows_of(parameters, kPoint);
  for (std::size_t feed = 0; feed < 3; ++feed) plant.set_feed(feed, rates[feed], 0.0);
  CHECK(plant.truth(3000.0).emits);
  plant.set_feed(0, 0.0, 3000.0);
  plant.set_feed(1, 0.0, 3000.0);
  const double wash_s = 60.0 * (186.0 + 100.0 + 30.0) / rates[2];
  CHECK(plant.truth(3000.0 + 0.5 * wash_s).emits);
  CHECK_FALSE(plant.truth(3000.0 + 1.5 * wash_s).emits);
}

}  // namespace nocturne::test
