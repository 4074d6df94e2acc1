#pragma once

#include <Eigen/Core>
#include <map>
#include <string>
#include <vector>

#include "models/surrogate.hpp"
#include "optimizer/modelled_output.hpp"

namespace nocturne {

/// Adds one experiment to `data`: the outputs on their model's scales, NaN where one was not measured, and in
/// the last column `label`, whether it gave a product. `measured`: by public name.
void append_row(TrainingData& data, const std::vector<ModelledOutput>& outputs, const Eigen::VectorXd& unit,
                const std::map<std::string, Estimate>& measured, const Estimate& label);

}  // namespace nocturne
