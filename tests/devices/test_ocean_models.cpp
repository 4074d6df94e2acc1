#include <doctest/doctest.h>

#include <algorithm>

#include "devices/fake_ocean.hpp"
#include "devices/ocean_spectrometer.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

OceanSettings settings_for(const std::string& model) {
  OceanSettings settings;
  settings.name = "cell";
  settings.model = ocean_instrument(model);
  return settings;
}

/// A spectrometer of any model and the instrument it talks to.
struct ModelLab : DriverLab<ModelLab> {
  explicit ModelLab(const std::string& model, int baud = 0) : ModelLab{settings_for(model), baud} {}
  explicit ModelLab(OceanSettings settings, int baud = 0)
      : pair{make_memory_link(lab.clock, "cell", baud)},
        fake{lab.clock, std::move(pair.instrument), settings.model},
        cell{lab.clock, line, std::move(settings)} {}

  std::string message_of_arming() {
    try {
      run(cell.arm());
    } catch (const DeviceError& error) {
      return error.what();
    }
    return "armed";
  }

  MemoryLinkPair pair;
  FakeOcean fake;
  Line line{lab.clock, std::move(pair.host)};
  OceanSpectrometer cell;
};

TEST_CASE("ocean models: every model is armed and measures with its own message, pixels and bytes") {
  for (const char* name : {"STS", "Spark", "QE Pro", "Ventana", "HDX", "FX", "FlameX"}) {
    CAPTURE(name);
    ModelLab labs{name};
    CHECK(labs.run(labs.cell.arm()) == std::string{name} + " FX01234");
    labs.run(labs.cell.set_exposure(40ms));
    labs.run(labs.cell.set_light(Light::led, true));
    const Frame frame = labs.run(labs.cell.acquire(2));
    CHECK(frame.counts.size() == ocean_instrument(name).pixels);
    CHECK(frame.counts[7] == 2040.0);
  }
}

TEST_CASE("ocean models: the reply of a QE Pro is 4208 bytes, and 18-bit counts come through whole") {
  ModelLab labs{"QE Pro"};
  std::size_t payload = 0;
  labs.fake.tamper = [&](const ocean::Message& request, Utterances usual) {
    ocean::Message reply;
    ocean::examine(usual.front().bytes, reply);
    if (request.type == 0x100928) payload = reply.data.size();
    return usual;
  };
  labs.fake.data[0x1010A0] = ocean::u32_bytes(262'143);
  labs.fake.stuck = {{100, 262'143}, {101, 131'072}, {500, 16'384 + 10}};
  labs.run(labs.cell.arm());
  const Frame frame = labs.run(labs.cell.acquire(1));
  CHECK(payload == 4208);
  CHECK(frame.counts[100] == labs.cell.detector().saturation_counts);
  CHECK(frame.counts[101] == 131'072.0);
  CHECK(frame.counts[500] == 16'394.0);  // a stuck bit is what the instrument sends; the analysis finds it
}

TEST_CASE("ocean models: spectra that a QE Pro has kept from before are thrown away") {
  ModelLab labs{"QE Pro"};
  labs.run(labs.cell.arm());
  labs.run(labs.cell.acquire(1));
  labs.fake.buffer = {7777, 7777, 7777};
  CHECK(labs.run(labs.cell.acquire(2)).counts[0] == 10.0);
}

TEST_CASE("ocean models: a QE Pro that does not buffer is refused") {
  ModelLab labs{"QE Pro"};
  labs.fake.data[0x100800] = std::string(1, '\0');
  CHECK(labs.message_of_arming().find("keeps its buffering at 0") != std::string::npos);
  labs.fake.data.erase(0x100800);
  labs.fake.unknown = {0x100810};
  CHECK(labs.fault(labs.cell.arm()) == DeviceFault::refused);
}

TEST_CASE("ocean models: an STS that knows only raw spectra is asked for those from then on") {
  ModelLab labs{"STS"};
  labs.fake.spectrum_message = 0x101100;
  labs.run(labs.cell.arm());
  labs.fake.requests.clear();
  CHECK(labs.run(labs.cell.acquire(2)).counts[0] == 10.0);
  CHECK(std::ranges::count(labs.fake.requests, 0x101000u) == 1);
  CHECK(std::ranges::count(labs.fake.requests, 0x101100u) == 3);
}

TEST_CASE("ocean models: a Spark's spectrum may carry 64 bytes of metadata, an FX's may not") {
  ModelLab spark{"Spark"}, fx{"FX"};
  spark.fake.metadata = fx.fake.metadata = std::string(64, 'm');
  spark.run(spark.cell.arm());
  fx.run(fx.cell.arm());
  CHECK(spark.run(spark.cell.acquire(1)).counts[0] == 10.0);
  CHECK(fx.fault(fx.cell.acquire(1)) == DeviceFault::garbled);
}

TEST_CASE("ocean models: counts beyond 14 bits are no spectrum of an STS, one stuck bit among them is") {
  ModelLab labs{"STS"};
  labs.run(labs.cell.arm());
  labs.fake.stuck = {{3, 20'000}};
  CHECK(labs.run(labs.cell.acquire(1)).counts[3] == 20'000.0);
  for (std::size_t i = 0; i < 100; ++i) labs.fake.stuck[i] = 60'000;
  CHECK(labs.fault(labs.cell.acquire(1)) == DeviceFault::garbled);
}

TEST_CASE("ocean models: saturation is what the instrument says, but never beyond its full scale") {
  ModelLab labs{"STS"};
  labs.fake.data[0x1010A0] = ocean::u32_bytes(1'000'000);
  labs.run(labs.cell.arm());
  CHECK(labs.cell.detector().saturation_counts == 16383.0);
  labs.fake.data[0x1010A0] = ocean::u32_bytes(15'000);
  labs.run(labs.cell.arm());
  CHECK(labs.cell.detector().saturation_counts == 15'000.0);
}

TEST_CASE("ocean models: unlit pixels are what the instrument says, otherwise those of its model") {
  ModelLab labs{"QE Pro"};
  labs.run(labs.cell.arm());
  CHECK(labs.cell.detector().unlit_pixels == std::vector<Eigen::Index>{0, 1, 2, 3, 1040, 1041, 1042, 1043});
  labs.fake.data[0x110222] = ocean::u32_bytes(1) + ocean::u32_bytes(2);
  labs.fake.data[0x110223] =
      ocean::u32_bytes(2) + ocean::u32_bytes(3) + ocean::u32_bytes(1043) + ocean::u32_bytes(1043);
  labs.run(labs.cell.arm());
  CHECK(labs.cell.detector().unlit_pixels == std::vector<Eigen::Index>{1, 2, 3, 1043});
  SUBCASE("beyond the last pixel") {
    labs.fake.data[0x110222] = ocean::u32_bytes(0) + ocean::u32_bytes(1044);
  }
  SUBCASE("backwards") { labs.fake.data[0x110222] = ocean::u32_bytes(9) + ocean::u32_bytes(8); }
  SUBCASE("nearly all") { labs.fake.data[0x110222] = ocean::u32_bytes(0) + ocean::u32_bytes(900); }
  CHECK(labs.fault(labs.cell.arm()) == DeviceFault::garbled);
}

TEST_CASE("ocean models: another product with as many pixels is told apart and named") {
  ModelLab labs{"STS"};
  labs.fake.data[0x000E01] = std::string("\x00\x42", 2);
  CHECK(labs.message_of_arming() == "cell: is a Spark, not a STS");
  labs.fake.data[0x000E01] = std::string("\x00\x40", 2);
  CHECK(labs.message_of_arming() == "armed");
  labs.fake.data[0x000E01] = std::string("\x34\x12", 2);
  CHECK(labs.message_of_arming() == "armed");
}

TEST_CASE("ocean models: a trigger mode that stays is named as this model counts them") {
  const auto kept = [](const char* model, char mode) {
    ModelLab labs{model};
    labs.fake.data[0x110100] = std::string(1, mode);
    return labs.message_of_arming();
  };
  CHECK(kept("FX", 3) == "cell: keeps its trigger mode at 3 (level)");
  CHECK(kept("QE Pro", 3) == "cell: keeps its trigger mode at 3 (edge)");
  CHECK(kept("STS", 1) == "cell: keeps its trigger mode at 1 (external)");
  CHECK(kept("HDX", '\xFF') == "cell: keeps its trigger mode at 255 (disabled)");
  CHECK(kept("Ventana", 9) == "cell: keeps its trigger mode at 9 (unknown)");
  CHECK(kept("STS", 0) == "armed");
}

TEST_CASE("ocean models: averaging or smoothing left behind by another program is refused if it stays") {
  ModelLab labs{"HDX"};
  SUBCASE("averaging") { labs.fake.data[0x120000] = std::string("\x05\0", 2); }
  SUBCASE("smoothing") { labs.fake.data[0x121000] = "\x03"; }
  CHECK(labs.fault(labs.cell.arm()) == DeviceFault::refused);
}

TEST_CASE("ocean models: at 9600 baud a spectrum takes its seconds and is waited for") {
  OceanSettings settings = settings_for("QE Pro");
  settings.baud = 9600;
  ModelLab labs{settings, 9600};
  labs.run(labs.cell.arm());
  const Instant before = labs.lab.clock.now();
  CHECK(labs.run(labs.cell.acquire(1)).counts[0] == 10.0);
  CHECK(labs.lab.clock.now() - before > 8s);  // two spectra of 4272 bytes
}

TEST_CASE(
    "ocean models: with checksums both sides seal their messages, and what is not sealed is not believed") {
  OceanSettings settings = settings_for("STS");
  settings.checksums = true;
  ModelLab labs{settings};
  bool strip = false, flip = false;
  labs.fake.tamper = [&](const ocean::Message& request, Utterances usual) {
    CHECK(request.md5);
    ocean::Message reply;
    ocean::examine(usual.front().bytes, reply);
    if (std::exchange(strip, false)) {
      reply.md5 = false;
      return Utterances{{ocean::encode(reply)}};
    }
    if (std::exchange(flip, false)) usual.front().bytes[500] ^= 1;
    return usual;
  };
  labs.run(labs.cell.arm());
  CHECK(labs.run(labs.cell.acquire(1)).counts[0] == 10.0);
  flip = true;
  CHECK(labs.run(labs.cell.acquire(1)).counts[228] == 10.0);
  strip = true;
  CHECK(labs.fault(labs.cell.set_exposure(20ms)) == DeviceFault::garbled);
}

TEST_CASE("ocean models: one without checksums is refused if the bench wants them") {
  OceanSettings settings = settings_for("STS");
  settings.checksums = true;
  ModelLab labs{settings};
  labs.fake.unknown = {0x000010};
  CHECK(labs.fault(labs.cell.arm()) == DeviceFault::refused);
}

TEST_CASE("ocean models: a shutter switches the lamp's light where the bench says so") {
  OceanSettings settings = settings_for("QE Pro");
  settings.lamp_switch = LampSwitch::shutter;
  ModelLab labs{settings};
  labs.fake.shutter_open = true;
  labs.run(labs.cell.arm());
  CHECK_FALSE(labs.fake.shutter_open);
  labs.run(labs.cell.set_light(Light::lamp, true));
  CHECK(labs.fake.shutter_open);
  CHECK(labs.run(labs.cell.acquire(1)).lamp_on);
}

TEST_CASE("ocean faults: not ready is waited for, but not beyond the deadline") {
  ModelLab labs{"STS"};
  labs.run(labs.cell.arm());
  int busy = 5;
  labs.fake.tamper = [&](const ocean::Message& request, Utterances usual) {
    ocean::Message reply;
    ocean::examine(usual.front().bytes, reply);
    if (request.type != 0x101000 || busy-- <= 0) return usual;
    reply.data.clear();
    reply.flags |= ocean::is_nack;
    reply.error = ocean::not_ready;
    return Utterances{{ocean::encode(reply)}};
  };
  CHECK(labs.run(labs.cell.acquire(1)).counts[0] == 10.0);
  busy = 1'000'000;
  const Instant before = labs.lab.clock.now();
  CHECK(labs.fault(labs.cell.acquire(9)) == DeviceFault::refused);
  CHECK(labs.lab.clock.now() - before < 1100ms);
}

TEST_CASE("ocean faults: a refused spectrum is an error at once, with the reason") {
  ModelLab labs{"FX"};
  labs.run(labs.cell.arm());
  labs.fake.unknown = {0x101000};
  const Instant before = labs.lab.clock.now();
  CHECK_THROWS_WITH_AS(labs.run(labs.cell.acquire(1)), "cell: refuses message 101000h: unknown message type",
                       DeviceError);
  CHECK(labs.lab.clock.now() == before);
}

TEST_CASE(
    "ocean faults: a frozen detector is found at its third identical spectrum, a full one is not frozen") {
  ModelLab labs{"FX"};
  labs.run(labs.cell.arm());
  labs.run(labs.cell.acquire(1));
  labs.fake.frozen = true;
  CHECK(labs.fault(labs.cell.acquire(9)) == DeviceFault::garbled);
  for (std::size_t i = 0; i < 2136; ++i) labs.fake.stuck[i] = 65'535;
  const Frame full = labs.run(labs.cell.acquire(9));
  CHECK(full.counts.isConstant(65'535.0));
}

TEST_CASE("ocean faults: a restart that nobody saw spoils the frame, and it must be armed again") {
  ModelLab labs{"STS"};
  labs.run(labs.cell.arm());
  SUBCASE("exposure") { labs.run(labs.cell.set_exposure(50ms)); }
  SUBCASE("lamp") { labs.run(labs.cell.set_light(Light::lamp, true)); }
  SUBCASE("LED") { labs.run(labs.cell.set_light(Light::led, true)); }
  labs.run(labs.cell.acquire(1));
  labs.fake.restart();
  CHECK(labs.fault(labs.cell.acquire(1)) == DeviceFault::refused);
  CHECK(labs.fault(labs.cell.acquire(1)) == DeviceFault::refused);
  labs.run(labs.cell.arm());
  CHECK(labs.run(labs.cell.acquire(1)).counts[0] == 10.0);
}

TEST_CASE("ocean faults: who does not speak the protocol is told apart from who is silent") {
  ModelLab labs{"STS"};
  std::string says;
  labs.fake.tamper = [&](const ocean::Message&, Utterances) {
    return says.empty() ? Utterances{} : Utterances{{says}};
  };
  CHECK(labs.fault(labs.cell.arm()) == DeviceFault::timed_out);
  CHECK(labs.message_of_arming().find("STS expected; check power, line and baud rate") != std::string::npos);
  SUBCASE("text") { says = "ES\r\n"; }
  SUBCASE("version 2 of the protocol") {
    says = ocean::encode(ocean::Message{});
    says[3] = '\x20';
  }
  CHECK(labs.fault(labs.cell.arm()) == DeviceFault::garbled);
}

TEST_CASE("ocean faults: a reply in pieces is put together, an exception of the hardware is named") {
  ModelLab labs{"HDX"};
  labs.run(labs.cell.arm());
  labs.fake.tamper = [&](const ocean::Message& request, Utterances usual) {
    if (request.type != 0x101000) return usual;
    Utterances pieces;
    const std::string& bytes = usual.front().bytes;
    for (std::size_t at = 0; at < bytes.size(); at += 613) pieces.emplace_back(bytes.substr(at, 613), 2ms);
    return pieces;
  };
  CHECK(labs.run(labs.cell.acquire(1)).counts[2000] == 10.0);
  labs.fake.tamper = [](const ocean::Message&, Utterances usual) {
    ocean::Message reply;
    ocean::examine(usual.front().bytes, reply);
    reply.flags |= ocean::is_exception;
    return Utterances{{ocean::encode(reply)}};
  };
  CHECK_THROWS_WITH_AS(labs.run(labs.cell.acquire(1)), doctest::Contains("hardware exception"), DeviceError);
}

}  // namespace
}  // namespace nocturne::test
