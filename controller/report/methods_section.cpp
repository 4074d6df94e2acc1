#include <fmt/format.h>

#include <algorithm>

#include "controller/journal/journal.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/output_lines.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/sections.hpp"

namespace nocturne {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

Html fact_part(const std::string& title, const Facts& rows) {
  return element("h3", Html{title}) + facts(rows);
}

TextTable stocks_table(const Recipe& recipe) {
  TextTable table{{"stock", "lot", "contents", "density"}, {}};
  for (const Stock& stock : recipe.stocks) {
    std::vector<std::string> contents;
    for (const auto& [species, concentration] : stock.contents)
      contents.push_back(
          fmt::format("{} {} mmol/L", species, digits(concentration.si())));  // mol/m³ is mmol/L
    table.rows.push_back({stock.name, stock.lot.empty() ? "not told" : stock.lot,
                          contents.empty() ? "solvent" : fmt::format("{}", fmt::join(contents, ", ")),
                          stock.density_g_per_mL ? digits(*stock.density_g_per_mL) + " g/mL" : "not told"});
  }
  return table;
}

TextTable variables_table(const Recipe& recipe) {
  TextTable table{{"condition", "from", "to", "scale"}, {}};
  for (const Variable& one : recipe.variables)
    table.rows.push_back({with_unit_name(one.name), digits(one.low), digits(one.high),
                          one.scale == Scale::logarithmic ? "logarithmic" : "linear"});
  for (const auto& [name, value] : recipe.fixed)
    table.rows.push_back({with_unit_name(name), digits(value), digits(value), "fixed"});
  return table;
}

TextTable instruments_table(const LoggedNight& night) {
  TextTable table{{"instrument", "driver", "line", "address", "what it said it is"}, {}};
  for (const InstrumentDescription& one : night.campaign->files.bench.instruments) {
    const auto said = night.instruments.find(one.name);
    table.rows.push_back({one.name, one.driver, one.line, std::to_string(one.address),
                          said == night.instruments.end() ? "was not armed" : said->second});
  }
  return table;
}

TextTable feeds_table(const BenchDescription& bench) {
  TextTable table{{"stock", "pump", "syringe", "inner diameter", "tube to the reactor", "bottle"}, {}};
  for (const FeedDescription& feed : bench.feeds)
    table.rows.push_back({feed.stock, feed.pump, digits(in_milliliters(feed.syringe.volume)) + " mL",
                          digits(in_millimeters(feed.syringe.diameter)) + " mm",
                          digits(in_milliliters(feed.line_volume)) + " mL",
                          feed.refill ? digits(in_milliliters(feed.refill->bottle)) + " mL" : "none"});
  return table;
}

Facts reactor_facts(const BenchDescription& bench) {
  const ReactorGeometry& reactor = bench.reactor;
  const auto uL = [](Volume volume) { return digits(in_microliters(volume)) + " µL"; };
  Facts rows{{"bench", bench.name},
             {"tube, inner diameter", digits(in_millimeters(reactor.inner_diameter)) + " mm"},
             {"volume from the junction to the heated zone", uL(reactor.mixer_volume)},
             {"heated volume (counts as residence time)", uL(reactor.heated_volume)},
             {"volume from the heated zone to the dilution", uL(reactor.cooled_volume)},
             {"volume from the dilution through the cell", uL(reactor.cell_volume)},
             {"optical path", digits(in_millimeters(reactor.optical_path)) + " mm"},
             {"dispersion (Bodenstein number u L / D)", digits(reactor.bodenstein)},
             {"highest temperature allowed", digits(bench.limits.max_temperature.celsius()) + " °C"},
             {"highest flow through the cell",
              digits(in_milliliters_per_minute(bench.limits.max_total_flow)) + " mL/min"}};
  if (bench.limits.max_pressure_bar)
    rows.emplace_back("highest pressure allowed", digits(*bench.limits.max_pressure_bar) + " bar");
  return rows;
}

Facts spectrometer_facts(const LoggedNight& night) {
  if (!night.record.detector) return {{"spectrometer", "the log describes none"}};
  const Detector& detector = *night.record.detector;
  std::vector<std::string> coefficients;
  for (const double one : detector.nonlinearity) coefficients.push_back(digits(one));
  Facts rows{{"model", detector.model},
             {"serial number", detector.serial},
             {"pixels", std::to_string(detector.wavelength_nm.size())},
             {"saturation", digits(detector.saturation_counts, 6) + " counts"},
             {"nonlinearity, counts divided by this polynomial of them",
              coefficients.empty() ? "linear" : fmt::format("{}", fmt::join(coefficients, ", "))},
             {"gain", digits(detector.gain_electrons_per_count) + " electrons per count"},
             {"read noise of one scan", digits(detector.read_noise_counts) + " counts"},
             {"pixels without light", std::to_string(detector.unlit_pixels.size())}};
  const auto& nm = detector.wavelength_nm;
  if (nm.size() > 1)
    rows.insert(rows.begin() + 2,
                {"wavelengths, by the instrument's own calibration",
                 fmt::format("{:.2f} to {:.2f} nm, {:.3f} nm per pixel in the mean", nm[0], nm[nm.size() - 1],
                             (nm[nm.size() - 1] - nm[0]) / static_cast<double>(nm.size() - 1))});
  for (const auto& [role, spectrum] : night.record.calibration) {
    std::string name = role;
    std::ranges::replace(name, '_', ' ');
    rows.emplace_back("last " + name, fmt::format("{:.4g} s exposure, {} scans", spectrum.frame.exposure_s,
                                                  spectrum.frame.scans));
  }
  return rows;
}

Facts measurement_facts(const Recipe& recipe) {
  const MeasurementPlan& plan = recipe.measurement;
  return {{"exposure, emission", digits(plan.led_exposure.count()) + " s"},
          {"exposure, absorption", digits(plan.lamp_exposure.count()) + " s"},
          {"scans averaged in one read", std::to_string(plan.scans)},
          {"reads of one observation, once steady",
           fmt::format("{} (given up after {})", plan.reads, plan.max_reads)},
          {"diluent over reaction flow while measuring", digits(plan.dilution_ratio)},
          {"before the first read",
           plan.flush_residences ? fmt::format("{} volumes of the path", digits(*plan.flush_residences))
                                 : "until 95 % of the product has come, by the spread of the residence time"},
          {"longest settling", digits(plan.max_settling.count() / 60.0) + " min"},
          {"steady",
           "when the 90 % interval of the peak's drift over the last reads lies within a quarter of the "
           "tolerance"},
          {"standard repeated",
           plan.standard_every ? "every " + digits(plan.standard_every->count() / 3600.0) + " h" : "never"}};
}

Facts analysis_facts(const LoggedNight& night) {
  const InterpretationSettings settings =
      night.imported() ? InterpretationSettings{} : interpretation_settings(night.campaign->files.bench);
  Facts rows{
      {"excitation", digits(settings.excitation_nm) + " nm"},
      {"emission looked for",
       fmt::format("{:.0f} to {:.0f} nm, without the second order of the excitation",
                   settings.excitation_nm + settings.excitation_guard_nm, settings.longest_emission_nm)},
      {"narrowest line that counts", digits(settings.narrowest_emission_meV) + " meV"},
      {"emission counts from", digits(settings.detection_sigma) + " standard deviations of the noise"},
      {"absorbance is zero from", fmt::format("{:.0f} to {:.0f} nm", settings.absorbance_baseline_low_nm,
                                              settings.absorbance_baseline_high_nm)},
      {"stray light is read below", digits(settings.unlit_below_nm) + " nm"},
      {"inner filter: share of the path before and behind the spot", digits(settings.inner_filter_depth)},
      {"counts as platelets",
       fmt::format("above {:.0f} % of the emission", 100 * settings.nanoplatelet_limit)}};
  rows.emplace_back("quantum yield", settings.reference ? "relative: " + provenance(*settings.reference)
                                                        : "not told: the bench has no reference");
  return rows;
}

Facts definitions() {
  return {{"emission peak",
           "wavelength in air as the spectrometer is calibrated, at which the counts per wavelength are "
           "largest, by a local polynomial; what the product absorbs of its own light is undone"},
          {"width", "distance in energy of the two wavelengths at half maximum of the counts, no Jacobian"},
          {"edge length",
           "of the peak by the material's sizing curve; its interval is 90 % and holds the scatter of "
           "measured peaks about that curve"},
          {"absorbance",
           "decadic, over the optical path, at the excitation, above its level where nothing absorbs"},
          {"quantum yield",
           "emitted over absorbed light, against the reference's in the same cell; holds for the lamp of the "
           "reference's day"},
          {"yield",
           "lead in crystals, by their absorption, over the lead that was fed; without the coefficient's own "
           "error, which is common to all experiments"},
          {"value ± error",
           "one standard error: counting noise, read noise and the dark's noise, and what single reads "
           "scatter beyond them; of one experiment, so that repeats scatter more"},
          {"predicted intervals",
           "90 % of where the model expected the product itself before it was made, without the noise of its "
           "measurement and the scatter of repeats"}};
}

Facts optimizer_facts(const LoggedNight& night) {
  const CampaignHeader& header = night.record.header;
  Facts rows{{"optimizer", header.optimizer},
             {"seed", std::to_string(header.seed)},
             {"experiments allowed",
              std::to_string(night.record.budget.value_or(night.campaign->files.recipe.budget.experiments))},
             {"time allowed", digits(night.campaign->files.recipe.budget.time.count() / 3600.0) + " h"},
             {"knowledge from elsewhere", header.earlier_text.empty() ? "none" : "yes, in the log"}};
  std::string targets;
  for (const Aim& aim : night.optimizer->aims())
    targets += (targets.empty() ? "" : "; ") + target_in_words(aim.target);
  rows.emplace_back("targets", targets);
  return rows;
}

Facts log_facts(const LoggedNight& night) {
  const CampaignHeader& header = night.record.header;
  Facts rows{
      {"campaign", header.id},
      {"log", night.file.filename().string()},
      {"begun (wall clock, UTC)", header.started},
      {"events", std::to_string(night.record.events)},
      {"fingerprint (SHA-256 over every event)", night.fingerprint},
      {"checked now", night.first_damaged ? fmt::format("DAMAGED from event {} on", *night.first_damaged)
                                          : "every event is as it was written"}};
  for (const auto& [name, version] : header.versions) rows.emplace_back("version of " + name, version);
  if (!header.surrogate_sha256.empty())
    rows.emplace_back("SHA-256 of the library that models", header.surrogate_sha256);
  rows.emplace_back("report by nocturne", NOCTURNE_VERSION);
  return rows;
}

Html logged_text(const std::string& what, const std::string& file, const std::string& text) {
  if (text.empty()) return {};
  const std::string name = std::filesystem::path{file}.filename().string();
  return folded(fmt::format("{}{}, SHA-256 {}", what, name.empty() ? "" : " " + name, digest_of(text)),
                element("pre", Html{text}));
}

Html logged_texts(const CampaignHeader& header) {
  return element("h3", Html{"The files, as they were"}) +
         logged_text(header.origin == "campaign" ? "Recipe" : "Import map", header.recipe_file,
                     header.recipe_text) +
         logged_text("Bench", header.bench_file, header.bench_text) +
         logged_text("Plant", header.plant_file, header.plant_text) +
         logged_text("Material", header.material_file, header.material_text) +
         logged_text("Knowledge from elsewhere", "", header.earlier_text);
}

Html campaign_methods(const LoggedNight& night) {
  const CampaignFiles& files = night.campaign->files;
  return element("h3", Html{"Stocks"}) + html_of(stocks_table(files.recipe)) +
         element("h3", Html{"Conditions"}) + html_of(variables_table(files.recipe)) +
         fact_part("Optimizer", optimizer_facts(night)) + element("h3", Html{"Instruments"}) +
         html_of(instruments_table(night)) + element("h3", Html{"Feeds"}) +
         html_of(feeds_table(files.bench)) + fact_part("Reactor", reactor_facts(files.bench)) +
         fact_part("Spectrometer", spectrometer_facts(night)) +
         fact_part("Measurement", measurement_facts(files.recipe));
}

}  // namespace

Html methods_section(const LoggedNight& night) {
  Html content = fact_part(
      "Material", {{"name", night.material.name}, {"sources of its figures", night.material.source}});
  if (night.imported())
    content += paragraph(
        "The experiments were imported: what was done, and with which instruments, only those who did them "
        "know. The import map below says which column means what.");
  else
    content += campaign_methods(night);
  content += fact_part("Analysis", analysis_facts(night)) + fact_part("What is meant by", definitions());
  content += fact_part("Log", log_facts(night)) + logged_texts(night.record.header);
  return section("methods", "Methods", content);
}

}  // namespace nocturne
