#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/observation.hpp"

namespace nocturne {

/// The model's belief about one output at a set of points: a joint normal distribution, in the output's own
/// unit.
struct Posterior {
  Eigen::VectorXd mean;        ///< n
  Eigen::MatrixXd covariance;  ///< n x n, of the noise-free output
};

/// Means and standard deviations of the asked outputs at a set of points, one point per row, and how they
/// change with it. Columns and list entries follow the order of the asked outputs.
struct PosteriorGradient {
  Eigen::MatrixXd mean;                     ///< n x outputs
  Eigen::MatrixXd standard_deviation;       ///< n x outputs, noise-free
  std::vector<Eigen::MatrixXd> mean_slope;  ///< per output: n x dimensions
  std::vector<Eigen::MatrixXd> standard_deviation_slope;
};

/// Measured outputs. Rows are experiments; a NaN value means that this output was not measured in that
/// experiment.
struct TrainingData {
  Eigen::MatrixXd points;           ///< n x dimensions, on the unit cube
  Eigen::MatrixXd values;           ///< n x outputs
  Eigen::MatrixXd standard_errors;  ///< n x outputs, of the values
  /// n: 0 = measured here, above: elsewhere, below: on this bench on another night; each number may have an
  /// offset of its own. Empty = all here.
  Eigen::VectorXi study = {};
  /// n: when, in hours of any one clock; NaN or empty = unknown, taken as measured now.
  Eigen::VectorXd hours = {};
};

/// How an output changes in time, as repeats of the same conditions tell it.
struct Drift {
  bool step = false;   ///< at once, or steadily
  Estimate change;     ///< in the output's unit: the step, or per hour
  double level = 0.0;  ///< mean of the repeats
  int repeats = 0;
};

/// Draws of outputs from a surrogate's belief: jointly at fixed places, the anchors, and at any one other
/// point. Lists follow the order of the asked outputs.
class JointDraws {
 public:
  virtual ~JointDraws() = default;
  /// anchors x draws, without the noise of a measurement.
  virtual const Eigen::MatrixXd& at_anchors(std::size_t output) const = 0;
  /// points x draws, each point as the only one beside the anchors.
  virtual Eigen::MatrixXd at(const Eigen::MatrixXd& points, std::size_t output) const = 0;
  /// For weights (points x draws): how sum_s weights(i, s) draw_s(point i) changes with point i, points x
  /// dimensions.
  virtual Eigen::MatrixXd slopes(const Eigen::MatrixXd& points, const Eigen::MatrixXd& weights,
                                 std::size_t output) const = 0;
};

/// A probabilistic model of several outputs on the unit cube. Same options and data, same belief, bit for
/// bit. Where repeats of the same conditions measured here drift or step, beliefs are of the latest hour of
/// the data: what was measured before says what it would give by then.
class Surrogate {
 public:
  virtual ~Surrogate() = default;
  /// Learns all parameters from `data`, which may be empty. Nothing is left over from earlier fits.
  virtual void fit(const TrainingData& data) = 0;
  /// What the last fit found, for recall(); empty if this surrogate, or a fit like this one, cannot be
  /// recalled.
  virtual std::vector<double> learned() const { return {}; }
  /// The belief that a fit to the same data left, which found `learned`: bit for bit, without the time of
  /// learning. Throws std::invalid_argument for numbers that cannot be of these data.
  virtual void recall(const TrainingData& data, const std::vector<double>& /*learned*/) { fit(data); }
  virtual Posterior posterior(const Eigen::MatrixXd& points, int output) const = 0;
  virtual PosteriorGradient marginals(const Eigen::MatrixXd& points,
                                      const std::vector<int>& outputs) const = 0;
  /// `normals`: per asked output, (anchors + 1) x draws standard normal numbers that decide the draws; the
  /// last row is that of the other point. The surrogate must outlive the draws and not be fitted meanwhile.
  virtual std::unique_ptr<JointDraws> joint_draws(const Eigen::MatrixXd& anchors,
                                                  const std::vector<int>& outputs,
                                                  const std::vector<Eigen::MatrixXd>& normals) const = 0;
  /// Standard deviation of one more measurement of `output` at each point around the noise-free value, beyond
  /// its own standard error: the scatter of repeated experiments.
  virtual Eigen::VectorXd scatter(const Eigen::MatrixXd& points, int output) const = 0;
  /// What the repeats in the data say; nothing if they are steady, too few to tell, or without hours.
  virtual std::optional<Drift> drift(int /*output*/) const { return std::nullopt; }
  /// What was learned, one line per parameter with its unit, for people.
  virtual std::vector<std::string> describe() const = 0;
};

/// Which prior mean an output has before any data.
enum class PriorMean {
  constant,             ///< a learned level
  linear,               ///< a learned level and slopes
  bromide_equilibrium,  ///< emission energy (eV) of dots at their halide-equilibrium size, learned constants
};

struct OutputPrior {
  std::string name;
  PriorMean mean = PriorMean::constant;
  /// Where values are expected to lie and how far they scatter over the cube; empty = as in the data. A
  /// physical mean has its own level; its spread is that of what the physics misses.
  std::optional<double> level = std::nullopt;
  std::optional<double> spread = std::nullopt;
  /// What is known of a linear mean's slopes, by input: per K of a temperature, per e-fold of anything else.
  std::map<std::string, Estimate> slopes = {};
  SizingCurve sizing = {};  ///< of a physical mean
  /// Other pictures of the same output. The data weigh them all by what each of them expected.
  std::vector<OutputPrior> rivals = {};
};

/// How a column of the unit cube maps to a physical variable; needed by physical prior means.
struct InputScale {
  std::string name;  ///< "br_pb", "temperature_C", ...
  double low = 0.0, high = 1.0;
  bool logarithmic = false;
};

struct SurrogateOptions {
  std::vector<InputScale> inputs;
  std::vector<OutputPrior> outputs;
  std::uint64_t seed = 0;
  /// Nothing will be measured here: several nights of this bench speak for it, and tell by how much nights
  /// differ.
  bool from_studies_alone = false;
};

}  // namespace nocturne
