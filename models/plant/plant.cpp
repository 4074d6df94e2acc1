#include "models/plant/plant.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "models/plant/constants.hpp"
#include "models/plant/disturbances.hpp"
#include "models/plant/feed_drive.hpp"
#include "models/plant/flow_history.hpp"
#include "models/plant/heated_block.hpp"
#include "models/plant/spectrometer_model.hpp"
#include "models/plant/switches.hpp"
#include "models/plant/transport.hpp"

namespace nocturne {
namespace {

constexpr double kSegment = 1.0;   // s: of gas, then of liquid, with air in the tube
constexpr double kAirLight = 1.5;  // past a segment of gas, relative to clear fluid

/// Seconds of gas within an exposure, with air in the tube all the time.
double gas_s(double start_s, double exposure_s) {
  const auto until = [](double time_s) {
    const double periods = std::floor(time_s / (2.0 * kSegment));
    return kSegment * periods + std::min(time_s - 2.0 * kSegment * periods, kSegment);
  };
  return until(start_s + exposure_s) - until(start_s);
}

void add_gas(double share, Disturbance& seen) {
  const double all = seen.bubble_share + share;
  if (share <= 0.0) return;
  seen.bubble_light = (seen.bubble_share * seen.bubble_light + share * kAirLight) / all;
  seen.bubble_share = std::min(all, 1.0);
}

std::vector<Composition> compositions(const PlantParameters& parameters) {
  std::vector<Composition> all;
  for (const PlantFeed& feed : parameters.feeds) all.push_back(composition_of(feed));
  return all;
}

enum Stream : std::uint64_t {
  energy_stream = 1,
  activity_stream,
  change_stream,
  lamp_stream,
  led_stream,
  baseline_stream,
  noise_stream,
  bubble_stream,
  surroundings_stream,
  screw_stream
};

/// Everything that decides an element's fate.
std::vector<double> key_of(const ParcelPlan& plan) {
  std::vector<double> key{plan.offset.surface_energy, plan.offset.bromide_activity};
  for (const ParcelStage& stage : plan.stages) {
    const Composition& fed = stage.fed;
    key.insert(key.end(),
               {fed.cesium, fed.lead, fed.bromide, fed.alkylammonium, fed.zinc, fed.amine, fed.acid,
                stage.carried, stage.mixing_time_s, static_cast<double>(stage.walls.size())});
    for (const WallSegment& wall : stage.walls) key.insert(key.end(), {wall.wall_K, wall.duration_s});
  }
  return key;
}

double rounded(double value, double step) { return std::round(value / step) * step; }

/// To a thousandth up or down, so that elements in a flow that wavers a little share their fate.
double rounded_time(double seconds) {
  constexpr double kShortest = 1e-3, kStep = 2e-3;
  return seconds < kShortest ? 0.0 : std::exp(rounded(std::log(seconds), kStep));
}

}  // namespace

struct Plant::State {
  State(PlantParameters given, std::uint64_t plant_seed)
      : parameters{std::move(given)},
        seed{plant_seed},
        feeds{compositions(parameters)},
        sections{sections_of(parameters)},
        flows{sections, feeds.size()},
        block{parameters.heater, parameters.geometry.ambient_C},
        optics{parameters},
        spectrometer{parameters},
        film{parameters.disturbances},
        bubbles{parameters, seed, bubble_stream},
        surroundings{parameters, seed, surroundings_stream},
        energy_drift{drift(energy_stream, parameters.reproducibility.surface_energy)},
        activity_drift{drift(activity_stream, parameters.reproducibility.bromide_activity)},
        lamp_drift{SlowVariation::walking(seed, lamp_stream, parameters.optics.lamp_drift_per_sqrt_h)},
        led_drift{SlowVariation::walking(seed, led_stream, parameters.optics.led_drift_per_sqrt_h)},
        baseline{SlowVariation::wandering(seed, baseline_stream, parameters.optics.baseline_wander,
                                          parameters.optics.baseline_time_s)} {
    for (std::size_t feed = 0; feed < feeds.size(); ++feed)
      drives.emplace_back(parameters.pumps, RandomSequence{mixed(seed, screw_stream, feed)}.uniform());
  }

  SlowVariation drift(std::uint64_t stream, double deviation) const {
    const PlantReproducibility& r = parameters.reproducibility;
    return SlowVariation::wandering(seed, stream, deviation * std::sqrt(r.drift_share),
                                    3600.0 * r.drift_time_h);
  }

  /// What the cell holds; solvent has no share of reaction mixture.
  struct Contents {
    Product product;
    double reaction_share = 0.0;
    friend bool operator==(const Contents&, const Contents&) = default;
  };
  /// A cell's contents and the light that comes from it, kept because most exposures in a row see the same.
  struct View {
    Contents contents;
    CellSpectra spectra;
    Eigen::VectorXd led, lamp;
  };

  void pump(double time_s);
  ChemistryOffset offset(const FlowHistory::Passage& entry);
  /// An element's way through one section.
  struct Leg {
    std::size_t section = 0;
    FlowHistory::Passage entry;
    std::vector<double> ends_s;  // of the section's zones
  };
  std::vector<Leg> way_to(double cell_s, double node, double now_s) const;
  void append_heated(std::vector<WallSegment>& walls, double from_s, double to_s) const;
  std::vector<Composition> aged(double time_s) const;
  ParcelStage stage(const Leg& leg, const ParcelStage* before) const;
  const Product& parcel(double cell_s, double node, double now_s);
  Contents contents(double time_s);
  const View& view(double time_s);
  void soil(double time_s);
  Disturbance disturbance(double start_s, double exposure_s);
  void forget(double time_s);

  PlantParameters parameters;
  std::uint64_t seed;
  std::vector<Composition> feeds;
  std::vector<Section> sections;
  std::vector<FeedDrive> drives;
  FlowHistory flows;
  HeatedBlock block;
  Optics optics;
  SpectrometerModel spectrometer;
  WindowFilm film;
  Bubbles bubbles;
  Surroundings surroundings;
  SlowVariation energy_drift, activity_drift, lamp_drift, led_drift, baseline;
  Switch lamp, led, air;
  std::map<std::vector<double>, Product> parcels;  // by everything that decides their fate
  std::optional<View> last_view;
  double last_exposure_s = -1.0;
  std::uint64_t repeated_exposures = 0;
};

/// Lives through all that the pumps do by themselves until `time_s`.
void Plant::State::pump(double time_s) {
  while (true) {
    const auto next = std::ranges::min_element(drives, {}, &FeedDrive::next_change_s);
    const double then = next->next_change_s();
    if (then > time_s) return;
    const auto feed = static_cast<std::size_t>(next - drives.begin());
    if (next->change())
      flows.set(feed, next->rate(), then);
    else
      flows.waver(feed, next->rate(), then);
  }
}

/// Part of the offset is drawn anew when the mixture changes, part drifts. It is constant for a minute, so
/// that parcels of one minute share their fate.
ChemistryOffset Plant::State::offset(const FlowHistory::Passage& entry) {
  const PlantReproducibility& r = parameters.reproducibility;
  RandomSequence change{mixed(seed, change_stream, bits_of(entry.segment->mixture_since_s))};
  const double jump = std::sqrt(1.0 - r.drift_share);
  const double minute = std::floor(entry.time_s / kMinute) * kMinute;
  return {jump * r.surface_energy * change.normal() + energy_drift.at(minute),
          jump * r.bromide_activity * change.normal() + activity_drift.at(minute)};
}

/// The way of the element that reached the cell at `cell_s`, from its first junction on. It took `node` times
/// the mean time, and began where nothing flowed before it.
std::vector<Plant::State::Leg> Plant::State::way_to(double cell_s, double node, double now_s) const {
  std::vector<Leg> legs;
  double end_s = cell_s;
  for (std::size_t section = sections.size() - 1; section-- > 0;) {
    const double entered_uL = flows.passed_uL(section, end_s) - node * sections[section].volume_uL;
    const auto entry = flows.passage(section, entered_uL, now_s);
    if (!entry) break;
    Leg leg{section, *entry, {}};
    double volume_uL = 0.0;
    for (const std::size_t zone : sections[section].zones) {
      volume_uL += parameters.geometry.zones[zone].volume_uL;
      const bool last = zone == sections[section].zones.back();
      leg.ends_s.push_back(
          last ? end_s : flows.passage(section, entered_uL + node * volume_uL, now_s).value().time_s);
    }
    end_s = entry->time_s;
    legs.push_back(std::move(leg));
    if (section > 0 && entry->segment->flows[section - 1] <= 0.0) break;
  }
  std::ranges::reverse(legs);
  return legs;
}

/// A heated zone in slices of its mean temperature, neighbours of nearly the same one taken together;
/// rounding lets elements of nearly the same history share their fate.
void Plant::State::append_heated(std::vector<WallSegment>& walls, double from_s, double to_s) const {
  constexpr double kSlice = 15.0;  // s
  constexpr double kAlike = 0.5, kTemperatureStep = 0.05;
  const double slices = std::max(std::ceil((to_s - from_s) / kSlice), 1.0);
  const double slice = (to_s - from_s) / slices;
  double start = from_s;
  for (double i = 1.0; i <= slices; i += 1.0) {
    const double end = from_s + i * slice;
    const bool last = i == slices;
    if (!last && std::abs(block.mean_C(end, end + slice) - block.mean_C(start, end)) < kAlike) continue;
    append_wall(walls, {rounded(block.mean_C(start, end), kTemperatureStep) + kCelsius, end - start});
    start = end;
  }
}

/// The stocks as they are in this minute.
std::vector<Composition> Plant::State::aged(double time_s) const {
  const double hours = std::floor(time_s / kMinute) * kMinute / 3600.0;
  std::vector<Composition> now = feeds;
  for (std::size_t i = 0; i < now.size(); ++i)
    now[i] = mixture({feeds[i]}, {std::exp(-parameters.feeds[i].loss_per_h * hours)});
  return now;
}

ParcelStage Plant::State::stage(const Leg& leg, const ParcelStage* before) const {
  const PlantGeometry& tube = parameters.geometry;
  const FlowSegment& segment = *leg.entry.segment;
  ParcelStage made =
      stage_at(sections[leg.section], segment.feeds, aged(leg.entry.time_s),
               leg.section > 0 ? segment.flows[leg.section - 1] : 0.0, before ? before->fed : Composition{});
  made.mixing_time_s = mixing_time_s(tube, 60.0 * segment.flows[leg.section]);
  double from_s = leg.entry.time_s;
  for (std::size_t i = 0; i < leg.ends_s.size(); ++i) {
    if (tube.zones[sections[leg.section].zones[i]].heated)
      append_heated(made.walls, from_s, leg.ends_s[i]);
    else
      append_wall(made.walls, {tube.ambient_C + kCelsius, leg.ends_s[i] - from_s});
    from_s = leg.ends_s[i];
  }
  for (WallSegment& wall : made.walls) wall.duration_s = rounded_time(wall.duration_s);
  return made;
}

/// The fluid element that reached the cell at `cell_s` after `node` times the mean time.
const Product& Plant::State::parcel(double cell_s, double node, double now_s) {
  static const Product solvent;
  constexpr std::size_t kMost = 4096;
  const std::vector<Leg> legs = way_to(cell_s, node, now_s);
  if (legs.empty()) return solvent;
  ParcelPlan plan{offset(legs.front().entry), {}};
  for (const Leg& leg : legs)
    plan.stages.push_back(stage(leg, plan.stages.empty() ? nullptr : &plan.stages.back()));
  std::vector<double> key = key_of(plan);
  if (const auto known = parcels.find(key); known != parcels.end()) return known->second;
  if (parcels.size() >= kMost) parcels.clear();
  return parcels.emplace(std::move(key), grow(parameters, plan)).first->second;
}

Plant::State::Contents Plant::State::contents(double time_s) {
  pump(time_s);
  block.advance(time_s);
  const std::size_t cell = sections.size() - 1;
  const auto seen = flows.passage(cell, flows.passed_uL(cell, time_s) - sections[cell].volume_uL, time_s);
  Contents held;
  if (!seen || seen->segment->flows[cell - 1] <= 0.0) return held;
  held.reaction_share = seen->segment->flows[cell - 1] / seen->segment->flows[cell];
  std::vector<double> per_minute = seen->segment->flows;
  for (double& flow : per_minute) flow *= 60.0;
  const std::vector<double> nodes = residence_nodes(parameters.geometry, sections, per_minute);
  for (const double node : nodes)
    held.product.add(parcel(seen->time_s, node, time_s), 1.0 / static_cast<double>(nodes.size()));
  return held;
}

const Plant::State::View& Plant::State::view(double time_s) {
  const Contents now = contents(time_s);
  if (!last_view || last_view->contents != now) {
    View next{now, optics.spectra(now.product, now.reaction_share), {}, {}};
    next.led = spectrometer.led_light(next.spectra);
    next.lamp = spectrometer.lamp_light(next.spectra);
    last_view = std::move(next);
  }
  return *last_view;
}

/// The film on the windows up to now.
void Plant::State::soil(double time_s) {
  film.advance(time_s, [this](double then) -> WindowFilm::Stream {
    const double flow = flows.cell_flow(then);
    if (flow <= 0.0) return {};
    const Contents held = contents(then);
    const Product& product = held.product;
    const double solid =
        product.dot_lead + product.platelet_lead + product.cs4pbbr6_lead + product.cspb2br5_lead;
    return {held.reaction_share * solid, 1.0 - held.reaction_share, flow};
  });
}

Disturbance Plant::State::disturbance(double start_s, double exposure_s) {
  Disturbance seen;
  seen.film = film.absorbance(start_s);
  bubbles.look(flows, start_s, exposure_s, seen);
  const double aerated = air.seconds_on(start_s, exposure_s) / exposure_s;
  add_gas(aerated * gas_s(start_s, exposure_s) / exposure_s, seen);
  surroundings.look(start_s, seen);
  return seen;
}

/// Drops what has left the tube, with a margin for looks at the recent past.
void Plant::State::forget(double time_s) {
  soil(time_s);
  constexpr double kMargin = 600.0;  // s
  constexpr double kSlowest = 3.0;   // tube volumes that the slowest element takes
  const double then = time_s - kMargin;
  if (then <= 0.0) return;
  std::vector<double> gone(sections.size());
  double end_s = then;
  for (std::size_t section = sections.size(); section-- > 0;) {
    gone[section] = flows.passed_uL(section, end_s) - kSlowest * sections[section].volume_uL;
    const auto entry = flows.passage(section, gone[section], time_s);
    if (!entry) return;
    end_s = entry->time_s;
  }
  block.forget_before(end_s);
  flows.forget_before(gone);
}

Plant::Plant(PlantParameters parameters, std::uint64_t seed)
    : state_{std::make_unique<State>(std::move(parameters), seed)} {}

Plant::~Plant() = default;

void Plant::set_feed(std::size_t feed, double microliters_per_minute, double time_s) {
  state_->pump(time_s);
  state_->forget(time_s);
  state_->drives.at(feed).set(microliters_per_minute / 60.0, time_s);
  state_->flows.set(feed, state_->drives[feed].rate(), time_s);
}

double Plant::fed_uL(std::size_t feed, double time_s) {
  state_->pump(time_s);
  return state_->flows.fed_uL(feed, time_s);
}

void Plant::attach_heater(std::function<double(double, double)> power) {
  state_->block.attach(std::move(power));
}

double Plant::probe_celsius(double time_s) { return state_->block.probe_C(time_s); }

double Plant::pressure_bar(double time_s) {
  const PlantGeometry& tube = state_->parameters.geometry;
  state_->pump(time_s);
  state_->block.advance(time_s);
  const auto viscosity = [&](double celsius) {  // Pa s
    constexpr double kGas = 8.314462618e-3;     // kJ/(mol K)
    return 1e-3 * tube.viscosity_mPas *
           std::exp(tube.viscosity_activation_kJ_per_mol / kGas *
                    (1.0 / (celsius + kCelsius) - 1.0 / 298.15));
  };
  const FlowSegment& flow = state_->flows.at(time_s);
  const double ambient = viscosity(tube.ambient_C);
  const double hot = viscosity(state_->block.mean_C(time_s - HeatedBlock::kPeriod, time_s));
  const double diameter = 1e-3 * tube.inner_diameter_mm;
  const double area = std::numbers::pi * diameter * diameter / 4.0;
  // Hagen and Poiseuille: dp = 128 eta L Q / (pi d^4), with lengths from volumes.
  double resisted = 0.0;
  for (std::size_t section = 0; section < flow.flows.size(); ++section)
    for (const std::size_t zone : state_->sections[section].zones)
      resisted +=
          flow.flows[section] * tube.zones[zone].volume_uL * (tube.zones[zone].heated ? hot : ambient);
  const double pascal = 128.0 * resisted * 1e-18 / area / (std::numbers::pi * std::pow(diameter, 4));
  return tube.outlet_bar + 1e-5 * pascal;
}

void Plant::set_lamp(bool on, double time_s) { state_->lamp.set(on, time_s); }

void Plant::set_led(bool on, double time_s) { state_->led.set(on, time_s); }

void Plant::set_air(bool on, double time_s) { state_->air.set(on, time_s); }

const Detector& Plant::detector() const { return state_->spectrometer.detector(); }

Eigen::VectorXd Plant::expose(double start_s, double exposure_s) {
  State& state = *state_;
  state.pump(start_s);
  state.forget(start_s);
  const State::View& view = state.view(start_s);
  const double led = state.led.seconds_on(start_s, exposure_s) * std::exp(state.led_drift.at(start_s));
  const double lamp = state.lamp.seconds_on(start_s, exposure_s) * std::exp(state.lamp_drift.at(start_s)) *
                      std::pow(10.0, -state.baseline.at(start_s));
  // Exposures that begin at one time are told apart by their order.
  state.repeated_exposures = start_s == state.last_exposure_s ? state.repeated_exposures + 1 : 0;
  state.last_exposure_s = start_s;
  RandomSequence noise{mixed(mixed(state.seed, noise_stream, bits_of(start_s)), bits_of(exposure_s),
                             state.repeated_exposures)};
  const Disturbance disturbance = state.disturbance(start_s, exposure_s);
  const Eigen::VectorXd light =
      state.spectrometer.disturbed(view.led, view.lamp, {led, lamp}, exposure_s, disturbance);
  return state.spectrometer.counts(light, exposure_s, 1, noise, disturbance.detector_warmer_K);
}

PlantTruth Plant::truth(double time_s) { return state_->view(time_s).spectra.truth; }

}  // namespace nocturne
