#include "controller/benchmark/benchmark_chart.hpp"

#include <algorithm>
#include <string>

namespace nocturne {
namespace {

std::vector<std::string> each_once(const std::vector<BenchmarkRun>& runs, std::string BenchmarkKey::*name) {
  std::vector<std::string> names;
  for (const BenchmarkRun& run : runs)
    if (std::ranges::find(names, run.key.*name) == names.end()) names.push_back(run.key.*name);
  return names;
}

/// A share holds until the next experiment.
void append_step(Curve& curve, double from, double low, double high) {
  for (const double x : {from, from + 1.0}) {
    curve.x.push_back(x);
    curve.y.push_back(low);
    curve.high.push_back(high);
  }
}

}  // namespace

Chart chart_of(const std::vector<BenchmarkRun>& runs, const AimNames& aims) {
  const std::vector<std::string> optimizers = each_once(runs, &BenchmarkKey::optimizer);
  int budget = 0;
  for (const BenchmarkRun& run : runs) budget = std::max(budget, run.key.budget);
  Chart chart{"share of the runs that were " + aims.hit, {}};
  for (const std::string& world : each_once(runs, &BenchmarkKey::world)) {
    Panel panel;
    panel.x_label = "experiments";
    panel.y_label = world;
    panel.legend = Panel::Legend::beside;
    panel.y_range = {0.0, 1.02};
    std::vector<Curve> lines;
    for (std::size_t i = 0; i < optimizers.size(); ++i) {
      std::vector<BenchmarkRun> own;
      std::ranges::copy_if(runs, std::back_inserter(own), [&](const BenchmarkRun& run) {
        return run.key.world == world && run.key.optimizer == optimizers[i];
      });
      const ReachedShare reached = reached_share(own, &BenchmarkRun::hit_at, budget);
      Curve band{"", Curve::Style::band, {}, {}, {}, i},
          line{chart.panels.empty() ? optimizers[i] : "", Curve::Style::line, {}, {}, {}, i};
      for (std::size_t n = 0; n < reached.share.size(); ++n) {
        append_step(band, static_cast<double>(n), reached.low[n], reached.high[n]);
        append_step(line, static_cast<double>(n), reached.share[n], reached.share[n]);
      }
      panel.curves.push_back(std::move(band));
      lines.push_back(std::move(line));
    }
    panel.curves.insert(panel.curves.end(), lines.begin(), lines.end());
    chart.panels.push_back(std::move(panel));
  }
  return chart;
}

}  // namespace nocturne
