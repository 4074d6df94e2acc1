#pragma once

namespace nocturne {

/// Holds while a pump's flow is changed by stopping and starting it: whoever reads it meanwhile is told that it
/// moves. `flag` outlives it.
class FlowChange {
 public:
  FlowChange(bool& flag, bool flows) : flag_{flag} { flag_ = flows; }
  ~FlowChange() { flag_ = false; }
  FlowChange(const FlowChange&) = delete;
  FlowChange& operator=(const FlowChange&) = delete;

 private:
  bool& flag_;
};

}  // namespace nocturne
