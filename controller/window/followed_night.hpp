#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/journal/journal.hpp"
#include "controller/log/log.hpp"
#include "controller/watch/night_view.hpp"
#include "recipes/bench_file.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

struct Moment;

/// A log as the window reads it: followed while it grows, and seen as it stood at any time. Reads only, and
/// keeps no spectra. Not thread-safe.
class FollowedNight {
 public:
  struct Sentence {
    std::int64_t seq = 0;
    Instant time{};
    std::string text;
    bool is_alarm = false;
  };
  struct Experiment {
    Decided decision;
    Instant decided{};
    std::int64_t decided_seq = 0;
    std::optional<Outcome> outcome = {};
    Instant finished{};
    std::int64_t finished_seq = 0;
  };
  /// Spectra that were read, without their counts.
  struct Taken {
    std::int64_t seq = 0;
    Instant time{};
    FramesTaken frames;
  };
  /// One quantity of one instrument or stock.
  struct Series {
    std::vector<double> time_s, value;
  };
  using SeriesName = std::pair<std::string, std::string>;  ///< quantity with its unit; instrument or stock

  /// Reads the log but for most of its readings. Throws LogError, FileError.
  explicit FollowedNight(const std::filesystem::path& file);

  /// Reads what was appended since. Throws LogError, and from then on always, once an event is damaged.
  void follow();

  const Log& log() const { return log_; }
  bool imported() const { return !recipe_; }
  const std::optional<Recipe>& recipe() const { return recipe_; }          ///< none: imported
  const std::optional<BenchDescription>& bench() const { return bench_; }  ///< likewise
  Instant end() const { return end_; }

  /// As it stood at a campaign time; none = as it stands.
  Moment at(std::optional<Instant> time) const;

  const std::vector<Sentence>& sentences() const { return sentences_; }
  /// The first of them that tells an event after this number.
  std::vector<Sentence>::const_iterator sentences_after(std::int64_t seq) const;
  const std::map<int, Experiment>& experiments() const { return experiments_; }
  const std::vector<Taken>& spectra() const { return spectra_; }
  /// All readings, which are most of a log: read when somebody asks. Throws LogError.
  const std::map<SeriesName, Series>& series() const;
  /// Targets of the heated zone in °C, each from its time on; NaN = none.
  const Series& targets_C() const { return targets_C_; }
  /// What an instrument said that it is, by name; with the number of the event.
  const std::map<std::string, std::pair<std::int64_t, std::string>>& identities() const {
    return identities_;
  }
  /// The events up to number `last` that say how the spectra of an experiment are to be read, in order.
  std::vector<std::int64_t> events_behind(int experiment, std::int64_t last) const;
  /// Number of the last event up to `last` that a model is told of; 0 = none.
  std::int64_t last_lesson(std::int64_t last) const;

 private:
  struct Checkpoint {
    std::int64_t seq = 0;
    NightView view;
  };
  void take(const Event& event);
  void keep(const ReadingTaken& reading, double time_s) const;
  void index(const Event& event);
  NightView view_after(std::int64_t last) const;

  Log log_;
  std::optional<Recipe> recipe_;
  std::optional<BenchDescription> bench_;
  std::string damage_;
  NightView view_;
  std::vector<Checkpoint> checkpoints_;  ///< ascending, the first before any event
  std::int64_t last_ = 0;                ///< number of the last event that was read
  Instant end_{};                        ///< its time
  Journal journal_;
  std::vector<Sentence> sentences_;
  std::map<int, Experiment> experiments_;
  std::vector<Taken> spectra_;
  mutable std::map<SeriesName, Series> series_;
  mutable std::int64_t last_in_series_ = 0;
  Series targets_C_;
  std::map<std::string, std::pair<std::int64_t, std::string>> identities_;
  std::vector<std::int64_t> lessons_;  ///< events that a model is told of
  std::vector<std::int64_t> common_;   ///< events that concern the spectra of all experiments
  std::map<int, std::vector<std::int64_t>> of_experiment_;  ///< likewise of one
};

/// A night as it stood at one moment: nothing in it is younger than event number `last`.
struct Moment {
  const FollowedNight& night;
  Instant time{};
  std::int64_t last = 0;
  NightFacts facts;
  bool is_now = true;  ///< not asked for by its time

  bool has(std::int64_t seq) const { return seq <= last; }
};

}  // namespace nocturne
