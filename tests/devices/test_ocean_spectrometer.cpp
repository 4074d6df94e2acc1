#include <doctest/doctest.h>

#include <algorithm>

#include "devices/concurrency.hpp"
#include "devices/fake_ocean.hpp"
#include "devices/ocean_spectrometer.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

OceanSettings fx_settings() {
  OceanSettings settings;
  settings.name = "cell";
  settings.model = ocean_instrument("FX");
  settings.gain_electrons_per_count = 4.0;
  settings.read_noise_counts = 12.0;
  return settings;
}

/// A spectrometer and the instrument it talks to.
struct CellLab : DriverLab<CellLab> {
  explicit CellLab(int baud = 0) : baud_{baud} {}

  void arm() {
    run(cell.arm());
    fake.requests.clear();
  }
  std::ptrdiff_t count(std::uint32_t type) const { return std::ranges::count(fake.requests, type); }

  int baud_;
  MemoryLinkPair pair = make_memory_link(lab.clock, "cell", baud_);
  FakeOcean fake{lab.clock, std::move(pair.instrument)};
  Line line{lab.clock, std::move(pair.host)};
  OceanSpectrometer cell{lab.clock, line, fx_settings()};
};

constexpr std::uint32_t spectrum = 0x101000;

/// The counts of all pixels but the last, which flickers.
double flat(const Frame& frame) {
  REQUIRE(frame.counts.head(frame.counts.size() - 1).isConstant(frame.counts[0]));
  return frame.counts[0];
}

TEST_CASE("ocean spectrometer: arming reads identity, calibration and limits, and leaves it dark") {
  CellLab labs;
  CHECK(labs.run(labs.cell.arm()) == "FX FX01234");
  CHECK_FALSE(labs.fake.lamp_on());
  CHECK_FALSE(labs.fake.led_on());
  const Detector& detector = labs.cell.detector();
  CHECK(detector.model == "FX");
  CHECK(detector.serial == "FX01234");
  CHECK(detector.saturation_counts == 64'000.0);
  CHECK(detector.gain_electrons_per_count == 4.0);
  CHECK(detector.read_noise_counts == 12.0);
  REQUIRE(detector.wavelength_nm.size() == 2136);
  CHECK(detector.wavelength_nm[0] == doctest::Approx(350.0));
  CHECK(detector.wavelength_nm[1000] == doctest::Approx(350.0 + 320.0 - 10.0));
  REQUIRE(detector.nonlinearity.size() == 3);
  CHECK(detector.nonlinearity[1] == doctest::Approx(1e-6));
}

TEST_CASE(
    "ocean spectrometer: its messages are those of the protocol reference, but for the number they carry") {
  CellLab labs;
  labs.arm();
  labs.run(labs.cell.set_exposure(50ms));
  std::vector<std::string> frames = labs.fake.frames();
  for (std::string& frame : frames) frame.replace(12, 4, 4, '\0');
  const std::string zeros(16, '\0'), tail = from_hex("14000000") + zeros + from_hex("C5C4C3C2");
  CHECK(frames.front() ==
        from_hex("C1C0 0011 0000 0000 00010000 00000000 000000000000 00 00") + zeros + tail);
  const std::string set_50_ms =
      from_hex("C1C0 0011 0400 0000 10001100 00000000 000000000000 00 04 50C30000") + zeros.substr(4) + tail;
  CHECK(std::ranges::count(frames, set_50_ms) == 1);
}

TEST_CASE("ocean spectrometer: one that lacks optional messages is armed with what its model is known for") {
  CellLab labs;
  labs.fake.unknown = {0x1010A0, 0x181100, 0x180100, 0x110001, 0x110002, 0x110110, 0x120010, 0x110220};
  labs.run(labs.cell.arm());
  CHECK(labs.cell.detector().saturation_counts == 65535.0);
  CHECK(labs.cell.detector().nonlinearity.empty());
  CHECK(labs.cell.detector().wavelength_nm[1] == doctest::Approx(350.32));
  CHECK(labs.fault(labs.cell.set_exposure(11s)) == DeviceFault::out_of_range);
}

TEST_CASE("ocean spectrometer: another model, or a calibration that is none, is refused") {
  CellLab labs;
  SUBCASE("pixel count") { labs.fake.data[0x110220] = ocean::u32_bytes(2068); }
  SUBCASE("falling wavelengths") { labs.fake.wavelengths = {900.0f, -0.3f, 0.0f, 0.0f}; }
  SUBCASE("a light that stays on") { labs.fake.unknown = {0x110410}; }
  CHECK(labs.fault(labs.cell.arm()) == DeviceFault::refused);
  CHECK(labs.fault(labs.cell.acquire(1)) == DeviceFault::refused);
}

TEST_CASE("ocean spectrometer: a silent one costs one deadline, not one for every field") {
  CellLab labs;
  SUBCASE("from the beginning") {
    labs.fake.tamper = [](const ocean::Message&, Utterances) { return Utterances{}; };
  }
  SUBCASE("at an optional message") {
    labs.fake.tamper = [](const ocean::Message& request, Utterances usual) {
      return request.type == 0x1010A0 ? Utterances{} : usual;
    };
  }
  CHECK(labs.fault(labs.cell.arm()) == DeviceFault::timed_out);
  CHECK(labs.lab.clock.now() < Instant{1100ms});
}

TEST_CASE("ocean spectrometer: exposure and lights are read back, and what is not held is refused") {
  CellLab labs;
  labs.arm();
  CHECK(labs.run(labs.cell.set_exposure(50ms)) == 50ms);
  CHECK(ocean::u32_at(labs.fake.data[0x110000], 0) == 50'000);
  labs.run(labs.cell.set_light(Light::lamp, true));
  CHECK(labs.fake.lamp_on());
  labs.run(labs.cell.set_light(Light::led, true));
  CHECK(labs.fake.led_on());
  labs.fake.tamper = [](const ocean::Message& request, Utterances usual) {
    ocean::Message lie;
    ocean::examine(usual.front().bytes, lie);
    if (request.type == 0x110000) lie.data = ocean::u32_bytes(10'000);
    if (request.type == 0x110400) lie.data = std::string(1, '\1');
    if (request.type == 0x200300) lie.data = ocean::u32_bytes(1);
    return Utterances{{ocean::encode(lie)}};
  };
  CHECK(labs.fault(labs.cell.set_exposure(70ms)) == DeviceFault::refused);
  CHECK(labs.fault(labs.cell.set_light(Light::lamp, false)) == DeviceFault::refused);
  CHECK(labs.fault(labs.cell.set_light(Light::led, false)) == DeviceFault::refused);
}

TEST_CASE("ocean spectrometer: an exposure outside its limits is refused before anything is sent") {
  CellLab labs;
  labs.arm();
  CHECK(labs.fault(labs.cell.set_exposure(5ms)) == DeviceFault::out_of_range);
  CHECK(labs.fault(labs.cell.set_exposure(11s)) == DeviceFault::out_of_range);
  CHECK(labs.fake.requests.empty());
}

TEST_CASE("ocean spectrometer: switching the LED leaves the other outputs alone") {
  CellLab labs;
  labs.fake.data[0x200300] = ocean::u32_bytes(0b101);
  labs.arm();
  CHECK(ocean::u32_at(labs.fake.data[0x200300], 0) == 0b100);
}

TEST_CASE("ocean spectrometer: no frame shows what was before the last change of exposure or light") {
  CellLab labs;
  labs.arm();
  labs.run(labs.cell.set_exposure(50ms));
  CHECK(labs.run(labs.cell.acquire(1)).counts[0] == 50.0);
  labs.run(labs.cell.set_light(Light::lamp, true));
  const Frame lit = labs.run(labs.cell.acquire(2));
  CHECK(flat(lit) == 1050.0);
  CHECK(lit.lamp_on);
  CHECK_FALSE(lit.led_on);
  CHECK(lit.exposure_s == doctest::Approx(0.05));
  CHECK_FALSE(lit.dark_subtracted);
  labs.run(labs.cell.set_light(Light::led, true));
  labs.run(labs.cell.set_light(Light::lamp, false));
  CHECK(labs.run(labs.cell.acquire(1)).counts[0] == 2050.0);
}

TEST_CASE("ocean spectrometer: one spectrum is dropped after a change and none otherwise") {
  CellLab labs;
  labs.arm();
  labs.run(labs.cell.acquire(3));
  CHECK(labs.count(spectrum) == 4);
  labs.run(labs.cell.acquire(3));
  CHECK(labs.count(spectrum) == 7);
}

TEST_CASE("ocean spectrometer: a frame is the mean of its scans") {
  CellLab labs;
  labs.arm();
  labs.run(labs.cell.acquire(1));
  labs.fake.per_scan = 4;  // from here on 10 + 4 n
  labs.run(labs.cell.acquire(1));
  const Frame frame = labs.run(labs.cell.acquire(4));
  CHECK(frame.scans == 4);
  CHECK(flat(frame) == 10.0 + 4.0 * (3 + 4 + 5 + 6) / 4.0);
}

TEST_CASE("ocean spectrometer: a long exposure is waited for, and no longer than it takes") {
  CellLab labs;
  labs.arm();
  labs.run(labs.cell.set_exposure(5s));
  Duration delay{};
  labs.fake.tamper = [&](const ocean::Message& request, Utterances usual) {
    if (request.type == spectrum) usual.front().after = delay;
    return usual;
  };
  delay = 10s;
  CHECK(labs.fault(labs.cell.acquire(1)) == std::nullopt);
  delay = 12s;
  CHECK(labs.fault(labs.cell.acquire(1)) == DeviceFault::timed_out);
}

TEST_CASE("ocean spectrometer: a light switched during a measurement spoils it") {
  CellLab labs;
  labs.arm();
  labs.fake.tamper = [](const ocean::Message& request, Utterances usual) {
    if (request.type == spectrum) usual.front().after = 10ms;
    return usual;
  };
  auto disturb = [&]() -> Task<void> {
    co_await labs.lab.clock.sleep_for(25ms);
    co_await labs.cell.set_light(Light::lamp, true);
  };
  std::optional<DeviceFault> fault;
  auto measure = [&]() -> Task<void> {
    try {
      co_await labs.cell.acquire(5);
    } catch (const DeviceError& error) {
      fault = error.fault();
    }
  };
  std::vector<Task<void>> works;
  works.push_back(measure());
  works.push_back(disturb());
  labs.run(all(std::move(works)));
  CHECK(fault == DeviceFault::refused);
}

TEST_CASE("ocean spectrometer: a spectrum that is lost in any way is asked for again, once") {
  CellLab labs;
  labs.arm();
  bool bad = true;
  FakeOcean::Tamper spoil;
  SUBCASE("silence") {
    spoil = [](const ocean::Message&, Utterances) { return Utterances{}; };
  }
  SUBCASE("truncated") {
    spoil = [](const ocean::Message&, Utterances usual) {
      usual.front().bytes.resize(1000);
      return usual;
    };
  }
  SUBCASE("bad footer") {
    spoil = [](const ocean::Message&, Utterances usual) {
      usual.front().bytes.back() = '?';
      return usual;
    };
  }
  SUBCASE("too few pixels") {
    spoil = [](const ocean::Message&, Utterances usual) {
      ocean::Message reply;
      ocean::examine(usual.front().bytes, reply);
      reply.data.resize(4136);
      return Utterances{{ocean::encode(reply)}};
    };
  }
  SUBCASE("the answer to another question") {
    spoil = [](const ocean::Message&, Utterances usual) {
      ocean::Message reply;
      ocean::examine(usual.front().bytes, reply);
      --reply.regarding;
      return Utterances{{ocean::encode(reply)}};
    };
  }
  SUBCASE("late") {
    spoil = [](const ocean::Message&, Utterances usual) {
      usual.front().after = 1030ms;
      return usual;
    };
  }
  labs.fake.tamper = [&](const ocean::Message& request, Utterances usual) {
    return std::exchange(bad, false) ? spoil(request, std::move(usual)) : usual;
  };
  auto work = [&]() -> Task<double> {
    const Frame first = co_await labs.cell.acquire(1);
    CHECK(first.counts[0] == 10.0);
    co_await labs.cell.set_exposure(20ms);
    const Frame frame = co_await labs.cell.acquire(1);
    co_return frame.counts[0];
  };
  CHECK(labs.run(work()) == 20.0);
  CHECK(labs.lab.clock.now() < Instant{2500ms});
}

TEST_CASE(
    "ocean spectrometer: spectra that stay lost fail one frame within two deadlines, not the next frame") {
  CellLab labs;
  labs.arm();
  bool losing = true;
  labs.fake.tamper = [&](const ocean::Message& request, Utterances usual) {
    return losing && request.type == spectrum ? Utterances{} : usual;
  };
  const Instant before = labs.lab.clock.now();
  CHECK(labs.fault(labs.cell.acquire(9)) == DeviceFault::timed_out);
  CHECK(labs.lab.clock.now() - before < 2200ms);
  losing = false;
  CHECK(flat(labs.run(labs.cell.acquire(9))) == 10.0);
}

TEST_CASE("ocean spectrometer: who answers after a lost spectrum must be the one that was armed") {
  CellLab labs;
  labs.arm();
  labs.fake.tamper = [&](const ocean::Message& request, Utterances usual) {
    return request.type == spectrum ? Utterances{} : usual;
  };
  labs.fake.data[0x000100] = "FX99999";
  CHECK(labs.fault(labs.cell.acquire(1)) == DeviceFault::refused);
}

TEST_CASE("ocean spectrometer: garbage before a reply and a deferred answer do no harm") {
  CellLab labs;
  labs.arm();
  labs.fake.tamper = [](const ocean::Message&, Utterances usual) {
    ocean::Message wait;
    ocean::examine(usual.front().bytes, wait);
    wait.data.clear();
    wait.error = ocean::deferred;
    usual.insert(usual.begin(), Utterance{"garbage\xC1\xC0\x11" + ocean::encode(wait)});
    return usual;
  };
  CHECK(labs.run(labs.cell.set_exposure(20ms)) == 20ms);
}

TEST_CASE("ocean spectrometer: a refusal and a missing acknowledgement are errors") {
  CellLab labs;
  labs.arm();
  SUBCASE("refusal") {
    labs.fake.unknown = {0x110010};
    CHECK(labs.fault(labs.cell.set_exposure(20ms)) == DeviceFault::refused);
  }
  SUBCASE("no acknowledgement") {
    labs.fake.tamper = [](const ocean::Message&, Utterances usual) {
      usual.front().bytes[4] &= ~ocean::is_ack;
      return usual;
    };
    CHECK(labs.fault(labs.cell.set_exposure(20ms)) == DeviceFault::garbled);
  }
}

TEST_CASE("ocean spectrometer: works over a serial line just as well") {
  CellLab labs{115'200};
  labs.run(labs.cell.arm());
  CHECK(flat(labs.run(labs.cell.acquire(2))) == 10.0);
}

TEST_CASE("ocean spectrometer: lights go out without arming") {
  CellLab labs;
  labs.run(labs.cell.set_light(Light::lamp, false));
  labs.run(labs.cell.set_light(Light::led, false));
  CHECK_FALSE(labs.fake.lamp_on());
  CHECK_FALSE(labs.fake.led_on());
}

TEST_CASE("ocean spectrometer: after its line was lost and found it must be armed before it measures") {
  VirtualLab lab;
  std::unique_ptr<FakeOcean> fake;
  const Line::Opener opener = [&]() -> Task<std::unique_ptr<ByteLink>> {
    MemoryLinkPair pair = make_memory_link(lab.clock, "cell", 0);
    fake = std::make_unique<FakeOcean>(lab.clock, std::move(pair.instrument));
    co_return std::move(pair.host);
  };
  Line line{lab.clock, "cell", opener};
  OceanSpectrometer cell{lab.clock, line, fx_settings()};
  auto serve = [&]() -> Task<void> {
    while (!fake) co_await lab.clock.sleep_for(1ms);
    co_await fake->serve();
  };
  run_beside(lab, serve(), cell.arm());
  run_beside(lab, serve(), cell.acquire(1));
  fake.reset();
  CHECK(fault_of([&] { lab.run(cell.acquire(1)); }) == DeviceFault::unreachable);
  run_beside(lab, serve(), cell.set_light(Light::lamp, false));
  CHECK(fault_of([&] { run_beside(lab, serve(), cell.acquire(1)); }) == DeviceFault::refused);
  run_beside(lab, serve(), cell.arm());
  CHECK(run_beside(lab, serve(), cell.acquire(1)).counts[0] == 10.0);
}

TEST_CASE("spectrometer models: a name that is none is answered with those that are") {
  CHECK(ocean_instrument("QE Pro").pixels == 1044);
  CHECK(ocean_instrument("QE Pro").full_scale_counts == 262143.0);
  CHECK_THROWS_WITH_AS(ocean_instrument("FXX"),
                       doctest::Contains("STS, Spark, QE Pro, Ventana, HDX, FX, FlameX"),
                       std::invalid_argument);
}

}  // namespace
}  // namespace nocturne::test
