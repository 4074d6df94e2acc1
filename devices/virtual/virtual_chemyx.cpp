#include "devices/virtual/virtual_chemyx.hpp"

#include <algorithm>
#include <utility>

namespace nocturne {

VirtualChemyx::VirtualChemyx(Clock& clock, VirtualChemyxOptions options, FlowListener listener)
    : clock_{clock},
      options_{std::move(options)},
      settings_{options_.settings},
      motion_{options_.syringe, false, std::move(listener)},
      wake_{clock, [this] {
              advance(clock_.now());
              return next_event();
            }} {
  motion_.advance(clock.now());
  set_back_pressure(0.0);
  clamp_to_limits();
}

Task<void> VirtualChemyx::serve(ByteLink& link) {
  const auto outbox = std::make_shared<Outbox>(clock_);
  line_ = outbox;
  received_.clear();
  co_await race(listen(link), outbox->write_to(link));
}

Task<void> VirtualChemyx::listen(ByteLink& link) {
  for (;;) {
    const std::string bytes = co_await link.read_some();
    receive(bytes);
  }
}

// A CR ends a request. A line feed may follow it, but ends nothing by itself.
void VirtualChemyx::receive(std::string_view bytes) {
  constexpr std::size_t longest = 128;
  for (const char byte : bytes) {
    if (byte == '\r')
      obey(std::exchange(received_, {}));
    else if (received_.size() <= longest && !(byte == '\n' && received_.empty()))
      received_ += byte;
  }
}

void VirtualChemyx::obey(const std::string& line) {
  if (faults_.deaf) return;
  advance(clock_.now());
  Lines lines = interpret(line);
  if (options_.echo) lines.insert(lines.begin(), line);
  reply(lines);
  wake_.set(next_event());
}

void VirtualChemyx::reply(const Lines& lines) {
  const auto link = line_.lock();
  if (!link) return;
  const ReplyFaults faults = faults_.take();
  if (faults.drop_link) return link->hang_up();
  std::string bytes;
  for (const std::string& line : lines) bytes += line + "\r\n";
  link->put(damaged(bytes + options_.prompt, faults), options_.reply_delay + faults.delay);
}

void VirtualChemyx::power_cycle() {
  advance(clock_.now());
  stop();
  stale_replies_ = 0;
  received_.clear();
  motion_.clear_volume(Way::infuse);
  motion_.clear_volume(Way::withdraw);
}

void VirtualChemyx::jam(bool jammed) {
  advance(clock_.now());
  motion_.jam(jammed, clock_.now());
}

void VirtualChemyx::set_back_pressure(double bar) {
  advance(clock_.now());
  motion_.set_load(bar, options_.strongest_push, clock_.now());
}

void VirtualChemyx::refill(Volume contents) {
  advance(clock_.now());
  motion_.refill(contents);
  wake_.set(next_event());
}

void VirtualChemyx::insert(VirtualSyringe syringe) {
  advance(clock_.now());
  motion_.insert(syringe, clock_.now());
  wake_.set(next_event());
}

Volume VirtualChemyx::contents() {
  advance(clock_.now());
  return motion_.syringe().contents;
}

void VirtualChemyx::advance(Instant now) {
  if (starts_ && *starts_ <= now) {
    motion_.advance(*std::exchange(starts_, std::nullopt));
    run();
  }
  motion_.advance(now);
}

std::optional<Instant> VirtualChemyx::next_event() const {
  return starts_ ? starts_ : motion_.next_event();  // what waits for its start does not move
}

VirtualChemyx::Status VirtualChemyx::status() const {
  if (starts_) return Status::delayed;
  if (motion_.moving()) return Status::running;
  if (motion_.state() == virtual_pump::State::stalled) return Status::stalled;
  return paused_ ? Status::paused : Status::stopped;
}

}  // namespace nocturne
