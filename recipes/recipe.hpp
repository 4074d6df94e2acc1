#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/units.hpp"
#include "models/variable.hpp"

namespace nocturne {

/// A wrong recipe, bench, plant, material or space file. what() reads "file:line: what is wrong (what is
/// allowed)".
struct FileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A solution in a syringe. A stock without contents is solvent.
struct Stock {
  std::string name;
  std::map<std::string, Concentration> contents;  ///< by species, see stock_species()
  std::optional<double> density_g_per_mL = std::nullopt;
  std::string lot = {};  ///< of the reagents in it, in the words of whoever prepared it
  /// Of the same name and contents: what is made from it is the same.
  friend bool operator==(const Stock& one, const Stock& other) {
    return one.name == other.name && one.contents == other.contents;
  }
};

/// Between which densities a liquid lies; without more knowledge, from hexane to chloroform.
struct DensityRange {
  double least_g_per_mL = 0.65;
  double most_g_per_mL = 1.6;
};

/// What a millilitre by the pump's counter may weigh: the stock's density to a tenth, because syringes are
/// true to a few percent and liquids expand by one percent in 10 K.
DensityRange density_range(const Stock& stock);

/// What a campaign is to be sparing with.
enum class Scarce { experiments, time, reagent };

/// What is done about an experiment that gave no product to measure.
enum class Recovery {
  skip,      ///< it counts as it is: the optimizer keeps away from such conditions
  retry,     ///< the same experiment once more
  clean,     ///< likewise, after the cell was flushed with solvent and a new reference taken
  standard,  ///< it counts, and the standard comes next: is it the bench?
  safe,      ///< the campaign ends, made safe
};

/// By its name in files ("retry"); nothing if there is none.
std::optional<Recovery> recovery_named(const std::string& name);
const char* name_of(Recovery recovery);

struct Budget {
  int experiments = 40;
  Seconds time{12 * 3600.0};
  int failures_in_a_row = 5;
  Scarce scarce = Scarce::experiments;
};

/// Solvent that flows on when everything else is stopped, so that no product bakes in a hot tube.
struct Quench {
  std::string stock;
  FlowRate flow;
  Seconds lasting{};
};

/// The envelope that the supervisor enforces; it may be narrower than the bench's, never wider.
struct SafetyEnvelope {
  Temperature max_temperature;
  std::optional<Quench> quench = std::nullopt;
};

/// How a product is looked at.
struct MeasurementPlan {
  Seconds led_exposure{0.3};
  Seconds lamp_exposure{0.05};
  int scans = 9;                ///< exposures averaged in one read
  int reads = 6;                ///< reads that make one observation, once steady
  int max_reads = 40;           ///< not_settled after these
  double dilution_ratio = 5.0;  ///< diluent flow over reaction flow while measuring; 0 = none
  /// Volumes of the path that pass before the first read; empty = as many as bring nearly all of the product.
  std::optional<double> flush_residences = std::nullopt;
  Seconds max_settling{1800.0};
  /// How often the standard, or without one the first product, is made again, to see the bench drift; empty =
  /// never.
  std::optional<Seconds> standard_every = std::nullopt;
};

/// A product that is made before all others, and later whenever a standard is due.
struct StandardProduct {
  Conditions conditions;          ///< of every variable
  std::optional<double> peak_nm;  ///< what it gave on this bench before; none = nothing to compare with
  double tolerance_nm = 0.0;
};

/// What to make and within what limits. Text with units in the file, types here.
struct Recipe {
  std::string name;
  std::string material;  ///< name of a file in recipes/materials, without .toml, or a file beside the recipe
  std::vector<Stock> stocks;
  std::string diluent;  ///< name of the stock that dilutes before the cell; empty = none
  std::vector<Variable> variables;
  std::map<std::string, double> fixed;  ///< conditions that the campaign does not vary
  std::vector<Target> targets;          ///< one or more, each to be met once
  Budget budget;
  SafetyEnvelope safety;
  MeasurementPlan measurement;
  std::optional<StandardProduct> standard;
  std::map<FailureKind, Recovery> recovery;  ///< kinds that are not named are skipped
  std::vector<std::string>
      literature;    ///< published syntheses to begin with: files, or names of shipped ones
  std::string text;  ///< the file as read: it goes into the log
  std::string file;  ///< for messages
  std::map<std::string, int>
      lines;  ///< line of "material", "stock NAME", "variable NAME", "fixed NAME",
              ///< "dilution", "safety", "quench", "literature", "plqy_min", "yield_min"
};

/// What a stock may contain: Cs, Pb (oleates), alkylammonium_bromide, zinc_bromide (2 Br each), lead_bromide
/// (1 Pb and 2 Br each), amine, oleic_acid.
const std::vector<std::string>& stock_species();

/// Reads and checks a recipe. Throws FileError; an unknown key, a number without unit or a bound that makes
/// no sense is an error.
Recipe read_recipe(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in messages.
Recipe parse_recipe(const std::string& text, const std::string& name);

/// The wavelength behind `--target`: "490" and "490 nm" are the same. Throws FileError outside 300 to 1100
/// nm.
double parse_target_nm(const std::string& text);
/// The recipe with these emission peaks, one or more, for its own, everything else as its first target has
/// it. Throws FileError outside 300 to 1100 nm, and for several if that one is to be narrowest.
Recipe with_targets(Recipe recipe, const std::vector<double>& peaks_nm);

/// "file:line: what" with the line of `entry` in the recipe, e.g. "variable temperature_C".
FileError recipe_error(const Recipe& recipe, const std::string& entry, const std::string& what);

}  // namespace nocturne
