#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "models/plant/flow_path.hpp"

namespace nocturne {

/// A time during which no feed changed. Volumes are what had passed when it began.
struct FlowSegment {
  double start_s = 0.0;
  double mixture_since_s = 0.0;  ///< when somebody last set a feed that joins before the cell
  std::vector<double> feeds;     ///< µL/s
  std::vector<double> flows;     ///< µL/s, of every section
  std::vector<double> passed;    ///< µL, of every section
  std::vector<double> fed;       ///< µL, of every feed
};

/// Piecewise constant feed rates since time zero, and when which volume had passed which section.
class FlowHistory {
 public:
  /// `feeds` is how many there are, each of which joins one of the sections.
  FlowHistory(std::vector<Section> sections, std::size_t feeds);

  /// Times never fall.
  void set(std::size_t feed, double microliters_per_second, double time_s);
  /// The same for a pump that wavers by itself: no new mixture.
  void waver(std::size_t feed, double microliters_per_second, double time_s);

  const FlowSegment& at(double time_s) const;
  double passed_uL(std::size_t section, double time_s) const;
  /// What a feed has brought since time zero.
  double fed_uL(std::size_t feed, double time_s) const;
  /// Of the last section, through the cell: µL/s, and µL since time zero.
  double cell_flow(double time_s) const { return at(time_s).flows.back(); }
  double cell_passed_uL(double time_s) const { return passed_uL(sections_.size() - 1, time_s); }

  /// The passage of one volume into a section: when, and during which segment. Nothing if it passed before
  /// time zero or has not passed.
  struct Passage {
    double time_s = 0.0;
    const FlowSegment* segment = nullptr;
  };
  std::optional<Passage> passage(std::size_t section, double volume_uL, double now_s) const;

  /// Drops what lies before all volumes, one for each section; they must not be asked for again.
  void forget_before(const std::vector<double>& volumes_uL);
  std::size_t segments() const { return segments_.size(); }

 private:
  bool joins_the_cell(std::size_t feed) const;

  std::vector<Section> sections_;
  std::deque<FlowSegment> segments_;
};

}  // namespace nocturne
