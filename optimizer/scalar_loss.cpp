#include "optimizer/scalar_loss.hpp"

#include <algorithm>
#include <cmath>

namespace nocturne {
namespace {

// Beyond it the loss only says "far off"; its square must stay a number.
constexpr double kLargest = 1e100;

}  // namespace

ScalarLoss::ScalarLoss(const AskTell::Options& options)
    : outputs_{options.outputs}, goals_{options.goals}, scales_from_data_{options.scales_from_data} {
  static_cast<void>(Objective{outputs_, goals_});  // throws for goals that make no sense
}

std::vector<double> ScalarLoss::losses() const {
  std::vector<std::vector<double>> so_far(outputs_.size());
  for (const auto& measured : told_)
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const auto found = measured.find(outputs_[i].name);
      if (found != measured.end() && std::isfinite(found->second.value))
        so_far[i].push_back(found->second.value);
    }
  const Objective wish{outputs_, scales_from_data_ ? with_tolerances(goals_, so_far) : goals_};
  std::vector<double> result;
  for (const auto& measured : told_) {
    Eigen::VectorXd values(static_cast<Eigen::Index>(wish.outputs().size()));
    for (std::size_t i = 0; i < wish.outputs().size(); ++i) {
      const ModelledOutput& output = outputs_[static_cast<std::size_t>(wish.outputs()[i])];
      const auto found = measured.find(output.name);
      values(static_cast<Eigen::Index>(i)) =
          found == measured.end() ? std::nan("") : to_model(output.scale, found->second.value);
    }
    const Objective::Value value = wish(values);
    const double loss = -(value.utility + value.allowed);
    result.push_back(std::isfinite(loss) ? std::clamp(loss, -kLargest, kLargest) : kNone);
  }
  return result;
}

}  // namespace nocturne
