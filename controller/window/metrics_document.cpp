#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/window/documents.hpp"

namespace nocturne {
namespace {

/// As the text format of Prometheus wants the value of a label.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    result += c == '\n' ? std::string{"\\n"} : std::string{c};
  }
  return result;
}

class Metrics {
 public:
  void begin(const std::string& name, const char* help) {
    name_ = "nocturne_" + name;
    text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name_, help);
  }
  void add(double value, const char* label = "", const std::string& of = "") {
    const std::string labels = *label ? fmt::format("{{{}=\"{}\"}}", label, escaped(of)) : "";
    text_ += fmt::format("{}{} {}\n", name_, labels, value);
  }
  void one(const std::string& name, const char* help, double value) {
    begin(name, help);
    add(value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_, text_;
};

void add_by_name(Metrics& metrics, const char* name, const char* help, const char* label,
                 const std::map<std::string, double>& values) {
  if (values.empty()) return;
  metrics.begin(name, help);
  for (const auto& [of, value] : values) metrics.add(value, label, of);
}

void add_feeds(Metrics& metrics, const NightFacts& facts) {
  std::map<std::string, double> flow, used, left;
  for (const auto& [stock, feed] : facts.feeds) {
    flow[stock] = feed.flow_uL_min;
    used[stock] = feed.used_mL;
    left[stock] = feed.left_mL;
  }
  add_by_name(metrics, "flow_microliters_per_minute", "Flow of a feed.", "stock", flow);
  add_by_name(metrics, "used_milliliters", "What has left the syringe.", "stock", used);
  add_by_name(metrics, "left_milliliters", "What can still flow, at least.", "stock", left);
}

constexpr const char* kReadable = "readable";
constexpr const char* kReadableHelp = "1 while the log can be read.";

}  // namespace

std::string metrics_without_log() {
  Metrics metrics;
  metrics.one(kReadable, kReadableHelp, false);
  return metrics.take();
}

std::string metrics_document(const Moment& moment, const Life& life) {
  const NightFacts& facts = moment.facts;
  Metrics metrics;
  metrics.one(kReadable, kReadableHelp, true);
  metrics.one("live", "1 while a process runs the campaign.", life.is_live);
  metrics.one("ended", "1 when the campaign came to its end.", facts.ended);
  metrics.one("campaign_seconds", "Campaign time of the last event.", in_seconds(moment.time));
  if (life.is_live) metrics.one("quiet_seconds", "Wall seconds without any event.", life.quiet_s);
  const std::string word = verdict_of(moment, life).word;
  metrics.begin("verdict", "1 for what one glance has to tell.");
  for (const char* each : {"fine", "look", "trouble", "done", "ended"})
    metrics.add(word == each, "verdict", each);
  metrics.begin("state", "1 for the state of the campaign.");
  for (const char* each : {"idle", "arming", "running", "holding", "paused", "stopping", "faulted", "done"})
    metrics.add(facts.state == each, "state", each);
  metrics.one("alarm", "1 while the last alarm was not acknowledged.", facts.alarm && !facts.alarm->seen);
  metrics.one("experiments_budget", "Experiments in all.", facts.budget);
  metrics.one("experiments_finished", "Finished experiments, failed ones among them.", facts.finished);
  metrics.one("experiments_failed", "Experiments that gave nothing to measure.", facts.failed);
  metrics.one("targets", "Targets of the campaign.", static_cast<double>(facts.aims.size()));
  metrics.one("targets_reached", "Those that an experiment met.",
              static_cast<double>(std::ranges::count_if(
                  facts.aims, [](const auto& aim) { return aim.reached_at.has_value(); })));
  if (facts.experiment && facts.target_C)
    metrics.one("target_celsius", "Target of the heated zone.", *facts.target_C);
  add_by_name(metrics, "temperature_celsius", "Temperature.", "instrument", facts.temperature_C);
  add_by_name(metrics, "heating_ratio", "Heating power, 0 to 1.", "instrument", facts.heating);
  add_by_name(metrics, "pressure_bar", "Pressure.", "instrument", facts.pressure_bar);
  add_feeds(metrics, facts);
  return metrics.take();
}

}  // namespace nocturne
