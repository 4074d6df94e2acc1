#include "controller/bench/devices_serve.hpp"

#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "controller/json.hpp"
#include "controller/virtual/fault_player.hpp"
#include "controller/virtual/virtual_side.hpp"
#include "devices/concurrency.hpp"

namespace nocturne {
namespace {

Json offered(const BenchDescription& bench, VirtualSide& side) {
  Json instruments = Json::array();
  for (const VirtualSide::Offer& offer : side.offer())
    for (const InstrumentDescription& instrument : bench.instruments)
      if (instrument.line == offer.line)
        instruments.push_back(Json{{"name", instrument.name},
                                   {"protocol", instrument.driver},
                                   {"address", instrument.address},
                                   {"endpoint", offer.endpoint}});
  return Json{{"bench", bench.name}, {"instruments", instruments}};
}

void list_faults(const BenchDescription& bench, VirtualSide& side, std::ostream& messages) {
  for (const InstrumentDescription& instrument : bench.instruments) {
    if (!side.has(instrument.name)) continue;
    messages << instrument.name << ":";
    for (const std::string& name : side.faults(instrument.name).names()) messages << ' ' << name;
    messages << std::endl;
  }
}

void obey(const std::string& line, const BenchDescription& bench, VirtualSide& side, std::ostream& messages) {
  std::istringstream words{line};
  std::string instrument, fault, turn, more;
  words >> instrument >> fault >> turn >> more;
  if (instrument.empty()) return;
  if (instrument == "faults" && fault.empty()) return list_faults(bench, side, messages);
  try {
    if ((turn != "on" && turn != "off") || !more.empty())
      throw std::invalid_argument{"'" + line +
                                  "' (allowed: INSTRUMENT FAULT on, INSTRUMENT FAULT off, faults)"};
    side.faults(instrument).set(fault, turn == "on");
    messages << instrument << ": " << fault << ' ' << turn << std::endl;
  } catch (const std::invalid_argument& error) {
    messages << "nocturne: " << error.what() << std::endl;
  }
}

/// Until standard input ends.
Task<void> listen(Clock& clock, const BenchDescription& bench, VirtualSide& side, std::ostream& messages) {
  asio::posix::stream_descriptor input{clock.io()};
  boost::system::error_code error;
  input.assign(::dup(STDIN_FILENO), error);  // an error: a file, which cannot be waited for
  std::string received;
  while (!error) {
    auto buffer = asio::dynamic_buffer(received);
    const std::size_t length = co_await asio::async_read_until(
        input, buffer, '\n', asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    obey(received.substr(0, length - 1), bench, side, messages);
    received.erase(0, length);
  }
}

}  // namespace

int serve_devices(const BenchDescription& bench, std::optional<PlantParameters> plant, std::uint64_t seed,
                  const std::optional<FaultScenario>& faults, std::ostream& out, std::ostream& messages) {
  if (!plant) throw FileError{bench.file + ": no virtual line to serve (kind = \"virtual\")"};
  SystemClock clock;
  VirtualSide side{clock, bench, *std::move(plant), seed};
  if (faults) check(*faults, &side);
  out << canonical_text(offered(bench, side)) << std::endl;
  asio::signal_set interrupts{clock.io(), SIGINT, SIGTERM};
  interrupts.add(SIGHUP);
  Background beside{clock};
  const auto fail = [](const std::exception_ptr& failure) { std::rethrow_exception(failure); };
  std::signal(SIGTTIN, SIG_IGN);  // in the background of a terminal there is nobody to listen to
  beside.start(listen(clock, bench, side, messages), fail);
  if (faults) beside.start(play(clock, side, *faults), fail);
  auto until_interrupted = [&]() -> Task<void> { co_await interrupts.async_wait(asio::use_awaitable); };
  clock.run(until_interrupted());
  return 0;
}

}  // namespace nocturne
