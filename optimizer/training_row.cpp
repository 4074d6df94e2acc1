#include "optimizer/training_row.hpp"

#include <limits>

namespace nocturne {

void append_row(TrainingData& data, const std::vector<ModelledOutput>& outputs, const Eigen::VectorXd& unit,
                const std::map<std::string, Estimate>& measured, const Estimate& label) {
  const Eigen::Index n = data.points.rows(), count = std::ssize(outputs) + 1;
  Eigen::VectorXd values = Eigen::VectorXd::Constant(count, std::numeric_limits<double>::quiet_NaN());
  Eigen::VectorXd errors = Eigen::VectorXd::Zero(count);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto found = measured.find(outputs[i].name);
    if (found == measured.end()) continue;
    const Estimate one = to_model(outputs[i].scale, found->second);
    values(static_cast<Eigen::Index>(i)) = one.value;
    errors(static_cast<Eigen::Index>(i)) = one.standard_error;
  }
  values(count - 1) = label.value;
  errors(count - 1) = label.standard_error;
  data.points.conservativeResize(n + 1, unit.size());
  data.values.conservativeResize(n + 1, count);
  data.standard_errors.conservativeResize(n + 1, count);
  data.points.row(n) = unit;
  data.values.row(n) = values;
  data.standard_errors.row(n) = errors;
}

}  // namespace nocturne
