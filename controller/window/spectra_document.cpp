#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "controller/bench/bench_builder.hpp"
#include "controller/output_lines.hpp"
#include "controller/replay/replay_frames.hpp"
#include "controller/window/documents.hpp"
#include "controller/window/problem.hpp"
#include "controller/window/schema.hpp"
#include "models/spectra/components.hpp"
#include "models/spectra/seen_spectra.hpp"

namespace nocturne {
namespace {

using Taken = FollowedNight::Taken;

std::vector<std::string> roles_of(const Taken& taken) {
  std::vector<std::string> roles;
  for (const SpectrumRecord& spectrum : taken.frames.spectra) roles.push_back(spectrum.role);
  return roles;
}

OrderedJson line_of_list(const Taken& taken) {
  OrderedJson json{{"seq", taken.seq},
                   {"time_s", in_seconds(taken.time)},
                   {"experiment", taken.frames.experiment},
                   {"purpose", taken.frames.purpose},
                   {"roles", roles_of(taken)}};
  if (taken.frames.arrived) json["arrived"] = *taken.frames.arrived;
  if (taken.frames.temperature_C) json["temperature_C"] = *taken.frames.temperature_C;
  return json;
}

/// With so many decimals; a spectrum of full digits is three times as long, and looks no better.
double rounded(double value, double steps) { return std::round(value * steps) / steps; }

/// With five significant digits.
double shortened(double value) {
  if (value == 0.0) return 0.0;
  const double steps = std::pow(10.0, 4.0 - std::floor(std::log10(std::abs(value))));
  return rounded(value, steps);
}

/// Points without a measurement are left out.
OrderedJson curve_of(const Eigen::VectorXd& wavelength_nm, const Eigen::VectorXd& values, const char* name) {
  OrderedJson x = OrderedJson::array(), y = OrderedJson::array();
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    x.push_back(rounded(wavelength_nm[i], 100.0));
    y.push_back(shortened(values[i]));
  }
  return {{"wavelength_nm", std::move(x)}, {name, std::move(y)}};
}

FrameCollector frames_behind(const Moment& moment, int experiment, std::int64_t last) {
  FrameCollector frames;
  for (const std::int64_t seq : moment.night.events_behind(experiment, last))
    moment.night.log().for_each([&](const Event& event) { frames.take(event); }, {.first = seq, .last = seq});
  return frames;
}

InterpretationSettings settings_of(const FollowedNight& night) {
  return interpretation_settings(*night.bench());
}

/// The newest read alone, with all that belongs to it.
SeenSpectra newest_read(const FrameCollector& frames, int experiment,
                        const InterpretationSettings& settings) {
  MeasurementFrames measured = frames.measurement(experiment);
  if (!measured.emission.empty()) measured.emission = {measured.emission.back()};
  return seen_spectra(measured, *frames.detector(), settings);
}

/// The Gaussian through the mean of the measured reads, as it was read: with what the product absorbs of it.
OrderedJson fit_of(const FrameCollector& frames, int experiment, const Observation& observation,
                   const InterpretationSettings& settings) {
  MeasurementFrames measured = frames.measurement(experiment);
  measured.transmission.clear();
  const double exposure_s = measured.emission.front().exposure_s;
  const SeenSpectra seen = seen_spectra(measured, *frames.detector(), settings);
  const Components fitted = fit_components(seen.emission);
  OrderedJson json = OrderedJson::object();
  put(json, "peak_nm", *observation.peak_nm);
  if (observation.fwhm_meV) json["fwhm_meV"] = observation.fwhm_meV->value;
  if (fitted.lines.empty()) return json;
  const Eigen::VectorXd& wavelength_nm = seen.emission.signal.wavelength_nm;
  Eigen::VectorXd counts(wavelength_nm.size());
  for (Eigen::Index i = 0; i < counts.size(); ++i) counts[i] = seen.emission.baseline.at(wavelength_nm[i]);
  for (const EmissionComponent& line : fitted.lines) counts += counts_per_nm(line, wavelength_nm);
  const OrderedJson curve = curve_of(wavelength_nm, counts / exposure_s, "counts_per_s");
  json.update(curve);
  return json;
}

/// The outcome, if it is known by then and is an observation of a line.
const Observation* product_of(const Moment& moment, int experiment) {
  const auto found = moment.night.experiments().find(experiment);
  if (found == moment.night.experiments().end() || !found->second.outcome ||
      !moment.has(found->second.finished_seq))
    return nullptr;
  const auto* seen = std::get_if<Observation>(&*found->second.outcome);
  return seen && seen->peak_nm ? seen : nullptr;
}

void add_read(OrderedJson& json, const Moment& moment, const Taken& taken) {
  const int experiment = taken.frames.experiment;
  const FrameCollector frames = frames_behind(moment, experiment, taken.seq);
  if (const auto imported = frames.imported(experiment)) {
    json["emission"] = curve_of(imported->wavelength_nm, imported->value, "counts_per_s");
    return;
  }
  if (!frames.detector() || frames.measurement(experiment).emission.empty()) return;
  const double exposure_s = frames.measurement(experiment).emission.back().exposure_s;
  const SeenSpectra seen = newest_read(frames, experiment, settings_of(moment.night));
  json["emission"] = curve_of(seen.light.wavelength_nm, seen.light.value / exposure_s, "counts_per_s");
  if (seen.absorbance)
    json["absorbance"] = curve_of(seen.absorbance->wavelength_nm, seen.absorbance->value, "absorbance");
}

void add_fit(OrderedJson& json, const Moment& moment, int experiment) {
  const Observation* product = product_of(moment, experiment);
  if (!product || moment.night.imported()) return;
  const std::int64_t finished = moment.night.experiments().at(experiment).finished_seq;
  const FrameCollector frames = frames_behind(moment, experiment, finished - 1);
  if (frames.detector() && !frames.measurement(experiment).emission.empty())
    json["fit"] = fit_of(frames, experiment, *product, settings_of(moment.night));
}

const Taken& asked_for(const Moment& moment, const std::string& which) {
  const auto& all = moment.night.spectra();
  const auto end = std::ranges::upper_bound(all, moment.last, {}, &Taken::seq);
  if (end == all.begin()) throw not_found("no spectrum was taken yet");
  if (which == "latest") return *std::prev(end);
  std::int64_t seq = 0;
  const auto [stop, error] = std::from_chars(which.data(), which.data() + which.size(), seq);
  const auto found = std::ranges::lower_bound(all.begin(), end, seq, {}, &Taken::seq);
  if (error != std::errc{} || stop != which.data() + which.size() || found == end || found->seq != seq)
    throw not_found(
        fmt::format("no spectrum has the number {} (allowed: those of /spectra, and latest)", which));
  return *found;
}

std::vector<schema::Property> taken_properties() {
  using namespace schema;
  return {{"seq", whole("number of the event, for /spectra/SEQ")},
          {"time_s", number("campaign time")},
          {"experiment", whole()},
          {"purpose", text()},
          {"roles", list(text(), "what was read then: emission, transmission, and their darks")},
          maybe("arrived", number("share of the cell's content that is this experiment's product, 0 to 1")),
          maybe("temperature_C", number("of the heated zone then"))};
}

}  // namespace

OrderedJson spectra_document(const Moment& moment) {
  OrderedJson spectra = OrderedJson::array();
  for (const Taken& taken : moment.night.spectra())
    if (moment.has(taken.seq)) spectra.push_back(line_of_list(taken));
  return {{"spectra", std::move(spectra)}};
}

OrderedJson spectrum_document(const Moment& moment, const std::string& which) {
  const Taken& taken = asked_for(moment, which);
  OrderedJson json = line_of_list(taken);
  try {
    add_read(json, moment, taken);
    add_fit(json, moment, taken.frames.experiment);
  } catch (const std::invalid_argument& error) {
    throw unreadable(fmt::format("the spectrum of event {} cannot be used: {}", taken.seq, error.what()));
  }
  return json;
}

OrderedJson spectra_schema() {
  return schema::object(
      {{"spectra", schema::list(schema::object(taken_properties()), "in the order of time")}},
      "Which spectra of products there are.");
}

OrderedJson spectrum_schema() {
  using namespace schema;
  const OrderedJson x = numbers("ascending; pixels without a measurement are left out");
  std::vector<Property> properties = taken_properties();
  properties.push_back(
      maybe("emission", object({{"wavelength_nm", x}, {"counts_per_s", numbers("without the dark")}},
                               "the experiment's newest read by then; of an import in its own unit")));
  properties.push_back(maybe(
      "absorbance", object({{"wavelength_nm", x}, {"absorbance", numbers("decadic, over the cell's path")}},
                           "the experiment's by then")));
  properties.push_back(maybe(
      "fit",
      object({{"peak_nm", number("as the experiment's outcome has it")},
              maybe("peak_nm_se", number("its standard error")),
              maybe("fwhm_meV", number("likewise")),
              maybe("wavelength_nm", x),
              maybe("counts_per_s", numbers("Gaussians on the energy axis and a straight line beneath"))},
             "through the mean of the reads that were measured, once the experiment is finished")));
  return object(properties, "One spectrum with its values.");
}

}  // namespace nocturne
