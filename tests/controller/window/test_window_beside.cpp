#include <doctest/doctest.h>

#include <csignal>
#include <sstream>

#include "controller/window/window_command.hpp"
#include "loopback_client.hpp"
#include "support/small_campaign.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

/// What a window beside a campaign says to people.
struct Told {
  std::vector<std::string> lines;
  TellPeople tell() {
    return [this](const std::string& line) { lines.push_back(line); };
  }
};

int port_in(const std::string& url) { return std::stoi(url.substr(url.rfind(':') + 1)); }

std::string question_to(const std::string& url, const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port_in(url)) + "\r\n\r\n";
}

int free_port() {
  return HttpServer{{"127.0.0.1", 0}, {}, {}}.port();  // and closed again
}

}  // namespace

TEST_CASE(
    "window beside: a night is event for event the same with a window beside it that is asked all the "
    "while") {
  VirtualNight alone, watched;
  for (VirtualNight* night : {&alone, &watched}) {
    night->overrides.optimizer = "sobol";
    night->overrides.budget = 3;
  }
  alone.run();
  Told told;
  std::atomic<bool> over = false;
  int replies = 0;
  std::thread browser;
  {
    WindowBeside beside{{{"127.0.0.1", 0}, {}, {}}, told.tell()};
    watched.run([&](Night&) -> Task<void> {
      beside.open(watched.log_file());
      browser = std::thread{[&] {
        while (!over) {
          LoopbackClient client{port_in(beside.window().url())};
          for (const char* path :
               {"/api/v1/campaign", "/api/v1/map", "/api/v1/design?target_nm=490", "/metrics"}) {
            client.send(question_to(beside.window().url(), path));
            replies += client.reply().status != 0 ? 1 : 0;
          }
        }
      }};
      co_return;
    });
    over = true;
    browser.join();
  }
  CHECK(replies > 0);
  CHECK(told.lines.empty());
  CHECK(watched.fingerprint() == alone.fingerprint());
}

TEST_CASE("window beside: one that cannot show its log says so, and ends nothing") {
  const TemporaryFolder folder;
  Told told;
  {
    WindowBeside beside{{{"127.0.0.1", 0}, {}, {}}, told.tell()};
    beside.open(folder / "none.db");
  }
  REQUIRE(told.lines.size() == 1);
  CHECK(told.lines[0].starts_with("the window is closed: "));
  CHECK(told.lines[0].find("none.db") != std::string::npos);
  WindowBeside never_opened{{{"127.0.0.1", 0}, {}, {}}, told.tell()};
}

TEST_CASE("window beside: a port in use is refused before there is a window") {
  Told told;
  const WindowBeside first{{{"127.0.0.1", 0}, {}, {}}, told.tell()};
  const ListenAddress same{"127.0.0.1", port_in(first.window().url())};
  CHECK_THROWS_AS(WindowBeside({same, {}, {}}, told.tell()), std::invalid_argument);
  const TemporaryFolder folder;
  write_file(folder / "token", "short\n");
  CHECK_THROWS_AS(WindowBeside({{"127.0.0.1", 0}, folder / "token", {}}, told.tell()), FileError);
}

TEST_CASE("window beside: who may look needs a token where others can reach the window") {
  const TemporaryFolder folder;
  write_file(folder / "token", "a-token-of-the-house\n");
  const auto invitation = [&](const char* host, bool with_file) {
    return Window{{{host, 0}, with_file ? folder / "token" : std::filesystem::path{}, {}}}.invitation();
  };
  CHECK(invitation("127.0.0.1", false)[0].starts_with("window: http://127.0.0.1:"));
  CHECK(invitation("127.0.0.1", false)[1].starts_with("token to act: "));
  CHECK(invitation("0.0.0.0", false)[1].starts_with("token to look and to act: "));
  CHECK(invitation("0.0.0.0", true)[1] ==
        "token to look and to act: the first line of " + (folder / "token").string());
}

TEST_CASE("window beside: serve tells its address, keeps the token out of it, and Ctrl-C ends it with 0") {
  const TemporaryFolder folder;
  write_small_campaign(folder / "night.db");
  const int port = free_port();
  std::ostringstream out, messages;
  int status = -1;
  std::thread command{[&] {
    status = serve(folder / "night.db", folder.path(), {{"127.0.0.1", port}, {}, {}}, true, out, messages);
  }};
  const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/";
  Got got;
  for (int i = 0; i < 6000 && got.status == 0; ++i) {
    LoopbackClient client{port};
    if (client.connected() && client.send(question_to(url, "/"))) got = client.reply();
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  CHECK(got.status != 0);
  CHECK(got.has("x-nocturne-build"));
  ::kill(::getpid(), SIGINT);
  command.join();
  CHECK(status == 0);
  CHECK(out.str() == "{\"url\":\"" + url + "\",\"log\":\"" + (folder / "night.db").string() + "\"}\n");
  CHECK(messages.str().find("token to act: ") != std::string::npos);
  CHECK_THROWS_AS(serve(folder / "none.db", {}, {{"127.0.0.1", 0}, {}, {}}, false, out, messages), LogError);
  CHECK_THROWS_AS(
      serve(folder / "night.db", folder / "none", {{"127.0.0.1", 0}, {}, {}}, false, out, messages),
      FileError);
}

}  // namespace nocturne::test
