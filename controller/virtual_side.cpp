#include "controller/virtual_side.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "devices/error.hpp"
#include "devices/memory_link.hpp"
#include "devices/tcp_link.hpp"

namespace nocturne {
namespace {

const LineDescription* line_of(const BenchDescription& bench, const InstrumentDescription& instrument) {
  return &*std::ranges::find(bench.lines, instrument.line, &LineDescription::name);
}

FileError misfit(const BenchDescription& bench, const InstrumentDescription& instrument,
                 const std::string& what) {
  return FileError{fmt::format("{}:{}: {}", bench.file, instrument.file_line, what)};
}

/// The pumps in the order of the plant's feeds, each with the syringe that the bench says is in it.
std::vector<VirtualFeed> virtual_feeds(const BenchDescription& bench, const PlantParameters& plant) {
  std::vector<VirtualFeed> feeds;
  for (const FeedDescription& feed : bench.feeds) {
    const auto pump = std::ranges::find(bench.instruments, feed.pump, &InstrumentDescription::name);
    const auto in_plant = std::ranges::find(plant.feeds, feed.stock, &PlantFeed::name);
    if (in_plant == plant.feeds.end())
      throw misfit(bench, *pump, fmt::format("plant {} has no feed {}", plant.name, feed.stock));
    VirtualFeed made;
    made.plant_feed = static_cast<std::size_t>(in_plant - plant.feeds.begin());
    made.pump.memory.address = pump->address;
    made.pump.syringe = VirtualSyringe{feed.syringe.diameter, feed.syringe.volume, feed.syringe.volume};
    feeds.push_back(std::move(made));
  }
  return feeds;
}

VirtualBenchOptions options_of(const BenchDescription& bench, const PlantParameters& plant) {
  VirtualBenchOptions options;
  options.feeds = virtual_feeds(bench, plant);
  const auto heater = std::ranges::find(bench.instruments, bench.heater, &InstrumentDescription::name);
  options.heater.name = heater->name;
  options.heater.address = heater->address;
  if (const auto decimals = heater->settings.find("decimals"); decimals != heater->settings.end())
    options.heater.decimals = std::stoi(decimals->second);
  tune(options.heater.parameters, plant.heater);
  const auto spectrometer =
      std::ranges::find(bench.instruments, bench.spectrometer, &InstrumentDescription::name);
  options.spectrometer.name = spectrometer->name;
  options.spectrometer.model = plant.detector.model;
  options.spectrometer.serial_line = line_of(bench, *spectrometer)->baud > 0;
  return options;
}

}  // namespace

VirtualSide::VirtualSide(Clock& clock, const BenchDescription& bench, PlantParameters plant,
                         std::uint64_t seed)
    : clock_{clock}, bench_{bench}, plant_{plant, seed}, serving_{clock} {
  const LineDescription* chain = nullptr;
  for (const InstrumentDescription& instrument : bench.instruments) {
    const LineDescription* line = line_of(bench, instrument);
    if (line->kind != "virtual") continue;
    if (instrument.driver != "new_era" && instrument.driver != "eurotherm" &&
        instrument.driver != "ocean_obp")
      throw misfit(
          bench, instrument,
          fmt::format("{} has no virtual twin (new_era, eurotherm, ocean_obp have)", instrument.driver));
    if (instrument.driver != "new_era") continue;
    if (chain && chain != line)
      throw misfit(bench, instrument,
                   "virtual pumps stand on one line, not on " + chain->name + " and " + line->name);
    chain = line;
  }
  instruments_ = std::make_unique<VirtualBench>(clock, plant_, options_of(bench, plant));
}

VirtualSide::~VirtualSide() {
  serving_.stop();
  clock_.io().restart();
  clock_.io().poll();  // what serves must end before the instruments do
}

VirtualInstrument& VirtualSide::behind(const LineDescription& line) {
  const auto instrument = std::ranges::find(bench_.instruments, line.name, &InstrumentDescription::line);
  if (instrument->driver == "eurotherm") return instruments_->heater();
  if (instrument->driver == "ocean_obp") return instruments_->spectrometer();
  return instruments_->pumps();
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
  const auto instrument = std::ranges::find(bench_.instruments, line.name, &InstrumentDescription::line);
  if (instrument->driver == "eurotherm")
    co_await instruments_->heater().serve_as(link, virtual_modbus::Framing::tcp);
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
    if (line.kind != "virtual") continue;
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
