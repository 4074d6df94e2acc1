#include "controller/virtual/virtual_side.hpp"

#include <algorithm>
#include <stdexcept>

#include "devices/error.hpp"
#include "devices/memory_link.hpp"
#include "devices/tcp_link.hpp"

namespace nocturne {

VirtualSide::VirtualSide(Clock& clock, const BenchDescription& bench, PlantParameters plant,
                         std::uint64_t seed, const BenchHistory& history)
    : clock_{clock}, bench_{bench}, world_{clock, std::move(plant), seed}, serving_{clock} {
  for (const FeedDescription& feed : bench.feeds)
    if (!history.primed.contains(feed.stock)) world_.empty_line(feed.stock, feed.line_volume);
  for (const LineDescription& line : bench.lines) {
    if (line.kind != "virtual") continue;
    VirtualOrder order{clock, world_, bench, line, history};
    for (const InstrumentDescription& instrument : bench.instruments)
      if (instrument.line == line.name) order.instruments.push_back(&instrument);
    if (!order.instruments.empty()) lines_.emplace(line.name, make_virtual_line(order));
  }
}

VirtualSide::~VirtualSide() {
  serving_.stop();
  clock_.io().restart();
  clock_.io().poll();  // what serves must end before the instruments do
}

VirtualInstrument& VirtualSide::behind(const LineDescription& line) {
  return *lines_.at(line.name).instrument;
}

bool VirtualSide::has(const std::string& instrument) const {
  return std::ranges::any_of(lines_,
                             [&](const auto& line) { return line.second.faults.contains(instrument); });
}

FaultBoard& VirtualSide::faults(const std::string& instrument) {
  for (auto& [name, line] : lines_)
    if (const auto board = line.faults.find(instrument); board != line.faults.end()) return board->second;
  throw std::invalid_argument{"there is no virtual instrument '" + instrument + "'"};
}

Task<void> VirtualSide::serve_link(VirtualInstrument& instrument, ByteLink& link) {
  for (;;) co_await instrument.serve(link);
}

std::unique_ptr<ByteLink> VirtualSide::connect(const LineDescription& line) {
  MemoryLinkPair pair = make_memory_link(clock_, line.name, line.baud);
  ByteLink& end = *ends_.emplace_back(std::move(pair.instrument));
  // The instrument's partner went away: nobody is left to hear of it.
  serving_.start(serve_link(behind(line), end), [](const std::exception_ptr&) {});
  return std::move(pair.host);
}

std::string VirtualSide::open_terminal(const LineDescription& line) {
  auto terminal = std::make_unique<PseudoTerminal>(clock_);
  const std::string path = terminal->path();
  ByteLink& end = *ends_.emplace_back(std::move(terminal));
  serving_.start(serve_link(behind(line), end), [](const std::exception_ptr&) {});
  return path;
}

Task<void> VirtualSide::serve_client(const LineDescription& line, ByteLink& link) {
  const auto& over_tcp = lines_.at(line.name).over_tcp;
  if (over_tcp)
    co_await over_tcp(link);
  else
    co_await behind(line).serve(link);
}

Task<void> VirtualSide::serve_clients(const LineDescription& line, std::shared_ptr<TcpListener> listener) {
  for (;;) {
    const std::unique_ptr<ByteLink> link = co_await listener->accept();
    try {
      co_await serve_client(line, *link);
    } catch (const DeviceError&) {
      // This client left; the next one is welcome.
    }
  }
}

std::vector<VirtualSide::Offer> VirtualSide::offer() {
  std::vector<Offer> offers;
  for (const LineDescription& line : bench_.lines) {
    if (!lines_.contains(line.name)) continue;
    if (line.port == 0) {
      offers.push_back(Offer{line.name, open_terminal(line)});
      continue;
    }
    auto listener = std::make_shared<TcpListener>(clock_, "127.0.0.1", line.port);
    offers.push_back(Offer{line.name, listener->endpoint()});
    serving_.start(serve_clients(line, std::move(listener)), [](const std::exception_ptr&) {});
  }
  return offers;
}

}  // namespace nocturne
