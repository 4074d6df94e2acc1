#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace nocturne {

/// A time during which no feed changed. Volumes are what had passed when it began.
struct FlowSegment {
  double start_s = 0.0;
  double mixture_since_s = 0.0;  ///< when a feed of the reaction last changed
  std::vector<double> feeds;     ///< µL/s
  double reaction = 0.0;         ///< µL/s, all feeds but the diluent
  double total = 0.0;            ///< µL/s
  double reaction_uL = 0.0;
  double total_uL = 0.0;
};

/// Piecewise constant feed rates since time zero, and when which volume had passed.
class FlowHistory {
 public:
  /// `diluent` is an index beyond the feeds if there is none.
  FlowHistory(std::size_t feeds, std::size_t diluent);

  /// Times never fall.
  void set(std::size_t feed, double microliters_per_second, double time_s);

  const FlowSegment& at(double time_s) const;
  double reaction_uL(double time_s) const;
  double total_uL(double time_s) const;

  /// The passage of one volume: when, and during which segment. Nothing if it passed before time zero or has
  /// not passed.
  struct Passage {
    double time_s = 0.0;
    const FlowSegment* segment = nullptr;
  };
  std::optional<Passage> of_reaction(double volume_uL, double now_s) const;
  std::optional<Passage> of_total(double volume_uL, double now_s) const;

  /// Drops what lies before both volumes; they must not be asked for again.
  void forget_before(double reaction_uL, double total_uL);
  std::size_t segments() const { return segments_.size(); }

 private:
  template <class Volume, class Rate>
  std::optional<Passage> passage(double volume, double now_s, Volume volume_of, Rate rate_of) const;

  std::size_t diluent_;
  std::deque<FlowSegment> segments_;
};

}  // namespace nocturne
