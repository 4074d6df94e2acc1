// How far the truth lies from what a library of nights answers, and how often its 90 % intervals hold it: on
// plants whose constants are drawn, after nights of Sobol experiments whose products differ from run to run
// and drift through each night. Usage: nocturne_benchmark_library [--plants N] [--seed N] [--nights N]
// [--experiments N] [--acid MMOL_PER_L]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "controller/campaign/campaign_files.hpp"
#include "models/plant/optics.hpp"
#include "models/plant/random.hpp"
#include "models/plant/steady.hpp"
#include "models/spectra/interpret.hpp"
#include "optimizer/decision_space.hpp"
#include "optimizer/emission_problem.hpp"
#include "optimizer/optimizer.hpp"
#include "optimizer/sobol.hpp"
#include "recipes/library.hpp"
#include "support/percentile.hpp"

namespace nocturne::test {
namespace {

struct Settings {
  int plants = 10, nights = 20, experiments = 50;
  std::uint64_t first_seed = 1;
  double acid_mmol_per_L = 0.0;
  std::string recipe = "cspbbr3_green_510", bench = "virtual";
};

constexpr double kPeakError_nm = 0.02;
constexpr double kInNinetyPercent = 1.645;  // standard deviations
constexpr double kExperiment_s = 360.0;
constexpr double kStep_nm = 3.0;  // between targets

/// The constants of the shipped CsPbBr3 plants, between their least and their largest values.
void draw_constants(PlantParameters& plant, std::uint64_t seed) {
  RandomSequence random{seed};
  const auto even = [&](double low, double high) { return low + (high - low) * random.uniform(); };
  const auto by_factor = [&](double low, double high) {
    return std::exp(even(std::log(low), std::log(high)));
  };
  PlantChemistry& chemistry = plant.chemistry;
  chemistry.equilibrium_offset_eV = even(0.18, 0.2);
  chemistry.surface_energy_eV = even(0.38, 0.5);
  chemistry.size_exponent = even(1.3, 1.6);
  chemistry.alkylammonium_dissociation.value = by_factor(35.0, 80.0);
  chemistry.solubility.value = by_factor(0.012, 0.035);
  chemistry.nucleation = {by_factor(4e-4, 1e-3), even(26.0, 40.0)};
  chemistry.nucleation_barrier = even(11.0, 18.0);
  chemistry.growth = {by_factor(10.0, 26.0), even(42.0, 58.0)};
  chemistry.ripening.value = by_factor(2.5, 7.0);
  chemistry.ligand_inhibition_L_per_mmol = by_factor(0.03, 0.07);
  chemistry.protonation.value = by_factor(0.013, 0.032);
  chemistry.platelet_boundary_C = even(80.0, 105.0);
  chemistry.platelet_width_K = even(4.0, 9.0);
  chemistry.platelet_ammonium_shift_K = even(10.0, 20.0);
  chemistry.platelet_monolayers = even(3.4, 4.4);
  plant.optics.bulk_emission_eV = even(2.368, 2.378);
}

/// One drawn plant and what its nights measured.
class World {
 public:
  World(const CampaignFiles& files, const Settings& settings, std::uint64_t seed)
      : files_{files}, plant_{*files.plant}, space_{files.recipe.variables} {
    draw_constants(plant_, seed);
    for (PlantFeed& feed : plant_.feeds)
      if (feed.name == "cs_pb" && settings.acid_mmol_per_L > 0.0)
        feed.contents_mmol_per_L["oleic_acid"] = settings.acid_mmol_per_L;
    for (int night = 0; night < settings.nights; ++night)
      nights_.push_back(made(settings, mixed(seed, 1, static_cast<std::uint64_t>(night)), night));
  }

  Optimizer optimizer() const {
    Optimizer::Options options;
    options.variables = files_.recipe.variables;
    options.emitters = emitters_of(files_.material);
    options.targets = {{.value = 500.0}};
    options.earlier = nights_;
    options.from_studies_alone = true;
    return Optimizer{options};
  }
  std::vector<double> targets() const {
    std::vector<double> result;
    for (double at = percentile(peaks_, 0.02); at <= percentile(peaks_, 0.98); at += kStep_nm)
      result.push_back(at);
    return result;
  }
  PlantTruth truth(const Conditions& conditions) const { return steady_truth(plant_, conditions); }

 private:
  Study made(const Settings& settings, std::uint64_t seed, int number) {
    const PlantReproducibility& r = plant_.reproducibility;
    const auto drift = [&](std::uint64_t stream, double deviation) {
      return SlowVariation::wandering(seed, stream, deviation * std::sqrt(r.drift_share),
                                      3600.0 * r.drift_time_h);
    };
    SlowVariation energy = drift(2, r.surface_energy), activity = drift(3, r.bromide_activity);
    RandomSequence random{seed};
    const double jump = std::sqrt(1.0 - r.drift_share);
    const Optics optics{plant_};
    const Eigen::MatrixXd points = sobol_points(settings.experiments, space_.dimensions(), seed);
    Study night{"night " + std::to_string(number), std::to_string(seed), {}, true};
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      const double time_s = kExperiment_s * static_cast<double>(i);
      const ChemistryOffset offset{jump * r.surface_energy * random.normal() + energy.at(time_s),
                                   jump * r.bromide_activity * random.normal() + activity.at(time_s)};
      const Conditions at = space_.to_conditions(points.row(i).transpose());
      const PlantTruth seen =
          optics.truth(steady_product(plant_, at, offset), reaction_share_when_measured(plant_));
      if (!seen.emits || seen.nanoplatelet_fraction > InterpretationSettings{}.nanoplatelet_limit) continue;
      const double peak_nm = seen.peak_nm + kPeakError_nm * random.normal();
      peaks_.push_back(peak_nm);
      night.records.push_back({at, {{"peak_nm", {peak_nm, kPeakError_nm}}}});
    }
    return night;
  }

  const CampaignFiles& files_;
  PlantParameters plant_;
  DecisionSpace space_;
  std::vector<Study> nights_;
  std::vector<double> peaks_;
};

struct Answers {
  int asked = 0, reachable = 0, held = 0;
  std::vector<double> off_nm, bias_nm, half_nm, distance;

  void add(const Answers& more) {
    asked += more.asked;
    reachable += more.reachable;
    held += more.held;
    off_nm.insert(off_nm.end(), more.off_nm.begin(), more.off_nm.end());
    bias_nm.insert(bias_nm.end(), more.bias_nm.begin(), more.bias_nm.end());
    half_nm.insert(half_nm.end(), more.half_nm.begin(), more.half_nm.end());
    distance.insert(distance.end(), more.distance.begin(), more.distance.end());
  }
};

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Answers asked(const World& world, const Optimizer& optimizer) {
  Answers result;
  for (const double target : world.targets()) {
    const DesignAnswer answer = optimizer.design({.value = target}, 1);
    ++result.asked;
    if (!answer.reachable || answer.candidates.empty()) continue;
    ++result.reachable;
    const double truth_nm = world.truth(answer.candidates.front().conditions).peak_nm;
    const Interval expected = answer.candidates.front().predicted.outputs.at("peak_nm");
    result.held += expected.low <= truth_nm && truth_nm <= expected.high ? 1 : 0;
    result.off_nm.push_back(std::abs(truth_nm - target));
    result.bias_nm.push_back(truth_nm - expected.value);
    result.half_nm.push_back(0.5 * (expected.high - expected.low));
    result.distance.push_back(
        std::pow((truth_nm - expected.value) / result.half_nm.back() * kInNinetyPercent, 2));
  }
  return result;
}

void print(const std::string& name, const Answers& answers) {
  const double share = static_cast<double>(answers.held) / std::max(answers.reachable, 1);
  std::printf(
      "%-10s %3d of %3d reachable; off: median %.2f nm, most %.2f nm; 90 %% hold %5.1f %% ± %.1f %%; half "
      "width %.2f nm, mean off %+.2f nm, in standard deviations %.2f\n",
      name.c_str(), answers.reachable, answers.asked, percentile(answers.off_nm, 0.5),
      percentile(answers.off_nm, 1.0), 100.0 * share,
      100.0 * std::sqrt(share * (1.0 - share) / std::max(answers.reachable, 1)),
      percentile(answers.half_nm, 0.5), mean(answers.bias_nm), std::sqrt(mean(answers.distance)));
  std::fflush(stdout);
}

void run(const Settings& settings) {
  const CampaignFiles files =
      read_campaign_files(find_shipped(settings.recipe, ""), find_shipped(settings.bench, "benches"), {});
  Answers all;
  for (int i = 0; i < settings.plants; ++i) {
    const std::uint64_t seed = settings.first_seed + static_cast<std::uint64_t>(i);
    const World world{files, settings, seed};
    const Optimizer optimizer = world.optimizer();
    const Answers answers = asked(world, optimizer);
    print("plant " + std::to_string(seed), answers);
    all.add(answers);
  }
  print("all", all);
}

}  // namespace
}  // namespace nocturne::test

int main(int argc, char** argv) {
  nocturne::test::Settings settings;
  CLI::App app{"How far a library of nights is from the truth"};
  app.add_option("--plants", settings.plants, "how many")->capture_default_str();
  app.add_option("--seed", settings.first_seed, "of the first plant")->capture_default_str();
  app.add_option("--nights", settings.nights)->capture_default_str();
  app.add_option("--experiments", settings.experiments, "a night")->capture_default_str();
  app.add_option("--acid", settings.acid_mmol_per_L, "oleic acid beside cesium and lead, mmol/L")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  nocturne::test::run(settings);
  return 0;
}
