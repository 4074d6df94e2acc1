#pragma once

#include <functional>
#include <optional>

#include "devices/chemyx_protocol.hpp"
#include "devices/error.hpp"
#include "devices/line.hpp"
#include "devices/pump.hpp"

namespace nocturne {

struct ChemyxSettings {
  std::string name;
  Length syringe_diameter;
  Volume syringe_volume;     ///< the pump stops by itself after so much
  bool unwatched = false;    ///< the user knows that nothing stops the pump if this program dies
  bool status_query = true;  ///< use the answer to `pump status`, if there is one, besides the counters
  /// Of the plunger: what is planned with before arm(), as a Fusion 4000 tells its limits.
  double slowest_mm_per_min = 0.02;
  double top_speed_mm_per_min = 150.0;
  bool speed_is_known = false;  ///< arm() refuses a pump with another top speed
  Duration reply_deadline = std::chrono::milliseconds{500};
  Duration stand_still = std::chrono::milliseconds{1200};  ///< a clock that stands for so long has stopped
  Duration stop_deadline = std::chrono::seconds{10};
};

/// A Chemyx Fusion syringe pump, one on its line. Its rate is changed by stopping and starting it. It has no
/// watchdog: the volume left in the syringe, or to be drawn, is its target at every start, and arm() refuses
/// unless `unwatched` says that this is known; while set_flow() changes a flow it counts as moving. Whether
/// it moves is judged by its own counters of time and volume. A set_flow that stop() overtakes throws
/// DeviceError{refused} and starts nothing.
class ChemyxPump final : public Pump {
 public:
  /// `clock` and `line` must outlive the pump.
  ChemyxPump(Clock& clock, Line& line, ChemyxSettings settings);

  const std::string& name() const override { return settings_.name; }
  FlowRate min_flow() const override { return microliters_per_minute(limits_.slowest); }
  FlowRate max_flow() const override { return microliters_per_minute(limits_.fastest); }
  Task<std::string> arm() override;
  CounterAtArming counter() const override { return at_arming_; }
  Task<FlowRate> set_flow(FlowRate flow) override;
  Task<Volume> draw(Volume volume, FlowRate flow) override;
  Task<PumpReading> read() override;
  Task<void> stop() override;

 private:
  using Reply = chemyx::Reply;
  using State = chemyx::State;
  /// Whose volume the pump's only counter shows.
  enum class Counted { pushed, drawn, neither };
  using IsAnswer = std::function<bool(const Reply&)>;

  Task<Reply> send(std::string command, IsAnswer is_answer);
  Task<Reply> converse(std::string command, IsAnswer is_answer, std::optional<unsigned> unless_stopped);
  Task<Reply> query(std::string command, IsAnswer is_answer);
  Task<double> counter(std::string name);
  Task<std::optional<State>> state();
  Task<void> resynchronise();
  Task<void> press_stop();
  Task<bool> stands();
  Task<void> halt();

  Task<void> meet();
  Task<double> set(std::string name, std::string value);
  Task<void> set_syringe();
  Task<void> read_limits();
  chemyx::Number rate_for(FlowRate flow) const;
  Task<void> set_content();
  Task<Volume> set_draw(Volume volume);
  Task<void> wait_until_drawn(Duration limit, unsigned stops_before);
  void close_draw();
  Task<void> start(unsigned stops_before, Counted what);
  Task<bool> comes_to_move();
  Task<void> count();

  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;
  void require_armed() const;

  Clock& clock_;
  Line& line_;
  const ChemyxSettings settings_;
  chemyx::Limits limits_;  // in µL and µL/min
  Mutex setting_;          // arm() and set_flow() exclude each other; stop() and read() wait for neither
  Mutex talking_;          // so that a resynchronisation stands before whatever comes next
  bool in_doubt_ = false;  // a late reply may still come
  bool armed_ = false;
  CounterAtArming at_arming_{};
  bool has_status_ = false;
  bool flowing_ = false;
  bool changing_ = false;  // set_flow() has stopped a flow and will start it again, or throw
  bool stalled_ = false;
  unsigned stops_ = 0;
  FlowRate held_;
  double counter_uL_ = 0.0;    // since the last start, as last seen
  double delivered_uL_ = 0.0;  // before the last start
  double filled_to_uL_ = 0.0;  // what may be delivered in all
  Counted counted_ = Counted::pushed;
  double drawn_uL_ = 0.0;  // in the last draw
  Instant last_progress_{};
};

}  // namespace nocturne
