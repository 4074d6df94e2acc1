#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "devices/byte_link.hpp"
#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "support/hex.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {

/// One thing that a scripted partner puts on the line.
struct Utterance {
  Utterance(std::string text, Duration wait = {}) : bytes{std::move(text)}, after{wait} {}
  std::string bytes;
  Duration after;  ///< since the one before it, or since the request
};
using Utterances = std::vector<Utterance>;

/// Plays an instrument: cuts what it hears into requests and says what its script answers.
class Partner {
 public:
  /// Length of the whole request at the beginning of what was heard, or 0.
  using Cut = std::function<std::size_t(const std::string&)>;
  using Script = std::function<Utterances(const std::string& request)>;

  Partner(Clock& clock, std::unique_ptr<ByteLink> link, Cut cut, Script script)
      : clock_{clock}, link_{std::move(link)}, cut_{std::move(cut)}, script_{std::move(script)} {}

  Task<void> serve() {
    std::string heard;
    for (;;) {
      heard += co_await link_->read_some();
      for (std::size_t length = cut_(heard); length > 0; length = cut_(heard)) {
        const std::string request = heard.substr(0, length);
        heard.erase(0, length);
        requests.push_back(request);
        const Utterances utterances = script_(request);
        for (const Utterance& utterance : utterances) {
          if (utterance.after > Duration{}) co_await clock_.sleep_for(utterance.after);
          co_await link_->write(utterance.bytes);
        }
      }
    }
  }
  /// Pulls the plug; only while serve() does not run.
  void leave() { link_.reset(); }

  std::vector<std::string> requests;

 private:
  Clock& clock_;
  std::unique_ptr<ByteLink> link_;
  Cut cut_;
  Script script_;
};

/// Runs `work` while `beside` runs; what either throws is thrown here.
template <class T>
T run_beside(VirtualLab& lab, Task<void> beside, Task<T> work) {
  std::optional<T> result;
  auto keep = [&]() -> Task<void> { result = co_await std::move(work); };
  auto both = [&]() -> Task<void> { co_await race(keep(), std::move(beside)); };
  lab.run(both());
  return *std::move(result);
}
inline void run_beside(VirtualLab& lab, Task<void> beside, Task<void> work) {
  auto both = [&]() -> Task<void> { co_await race(std::move(work), std::move(beside)); };
  lab.run(both());
}

/// The fault of what `work` throws; a failure of another kind is thrown on.
template <class Work>
std::optional<DeviceFault> fault_of(Work work) {
  try {
    work();
  } catch (const DeviceError& error) {
    return error.fault();
  }
  return std::nullopt;
}

/// A driver and the instrument it talks to. A `Lab` derives from this; its member `fake` is the instrument,
/// which answers while something runs.
template <class Lab>
struct DriverLab {
  template <class T>
  T run(Task<T> work) {
    return run_beside(lab, static_cast<Lab&>(*this).fake.serve(), std::move(work));
  }
  template <class T>
  std::optional<DeviceFault> fault(Task<T> work) {
    return fault_of([&] { run(std::move(work)); });
  }

  VirtualLab lab;
};

}  // namespace nocturne::test
