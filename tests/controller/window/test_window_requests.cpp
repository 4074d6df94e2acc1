#include <doctest/doctest.h>

#include <filesystem>
#include <random>

#include "served_window.hpp"

namespace nocturne::test {
namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) ++count;
  return count;
}

bool is_idle(const HttpServer::Counts& counts) { return counts.connections == 0; }

/// One to four things done to a request: bytes changed, inserted, removed, repeated, or its end cut off.
std::string mutilated(std::string text, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(random() % std::max<std::size_t>(n, 1));
  };
  for (std::size_t times = 1 + below(4); times > 0 && !text.empty(); --times) {
    const std::size_t at = below(text.size()),
                      length = 1 + below(std::min<std::size_t>(text.size() - at, 40));
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, text.substr(at, length));
        break;
      case 4:
        text.insert(at, std::string(1 + below(20'000), static_cast<char>(below(256))));
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

}  // namespace

TEST_CASE(
    "window requests: questions arrive decoded, and answers tell type, build and that they are not kept") {
  ServedWindow window;
  const Got got = window.ask("GET", "/api/v1/map%20x?y=temperature_C&br_pb=5+1%2B2&log=n%C3%A4chte");
  CHECK(got.status == 200);
  CHECK(got.body == "{\"asked\":\"/map x br_pb=5 1+2 log=n\u00e4chte y=temperature_C\"}");
  CHECK(got.field("content-type") == "application/json");
  CHECK(got.field("cache-control") == "no-store");
  CHECK(window.ask("GET", "/api/v1").body == "{\"asked\":\"/\"}");
  CHECK(window.ask("GET", "/api/v1/").body == "{\"asked\":\"/\"}");
  const Got broken = window.ask("GET", "/api/v1/broken");
  CHECK(broken.status == 500);
  CHECK(broken.body == R"({"title":"Internal Error","status":500,"detail":"a bug"})");
}

TEST_CASE("window requests: several on one connection, also sent before the first is answered") {
  ServedWindow window;
  LoopbackClient client{window.port()};
  client.send(window.request("GET", "/api/v1/a") + window.request("GET", "/api/v1/b") +
              window.request("GET", "/api/v1/c", "Connection: close\r\n"));
  CHECK(client.reply().body == "{\"asked\":\"/a\"}");
  CHECK(client.reply().body == "{\"asked\":\"/b\"}");
  CHECK(client.reply().body == "{\"asked\":\"/c\"}");
  client.stop_sending();
  CHECK(client.rest().empty());
  CHECK(window.comes_to(is_idle));
  CHECK(window.counts().accepted == 1);
}

TEST_CASE("window requests: pages come compressed to who takes it, and not again to who has them") {
  ServedWindow window;
  Got plain = window.ask("GET", "/app.js");
  CHECK(plain.body == "console.log('a page');");
  CHECK_FALSE(plain.has("content-encoding"));
  CHECK(plain.field("cache-control") == "no-cache");
  CHECK(plain.field("vary") == "Accept-Encoding");
  Got compressed = window.ask("GET", "/app.js", "Accept-Encoding: br, gzip;q=0.5\r\n");
  CHECK(compressed.body == "gzipped app.js");
  CHECK(compressed.field("content-encoding") == "gzip");
  CHECK(compressed.field("etag") != plain.field("etag"));
  CHECK(window.ask("GET", "/app.js", "Accept-Encoding: gzip;q=0, br\r\n").body == plain.body);
  for (const std::string& tag : {plain.field("etag"), "W/" + plain.field("etag"),
                                 "\"old\", " + plain.field("etag"), std::string{"*"}}) {
    CAPTURE(tag);
    const Got known = window.ask("GET", "/app.js", "If-None-Match: " + tag + "\r\n");
    CHECK(known.status == 304);
    CHECK(known.body.empty());
    CHECK(known.field("etag") == plain.field("etag"));
  }
  CHECK(window.ask("GET", "/app.js", "If-None-Match: \"old\"\r\n").status == 200);
  CHECK(window.ask("GET", "/").body == "<!doctype html><title>Nocturne</title>");
  CHECK(window.ask("GET", "/index.html?page=1").status == 200);
}

TEST_CASE("window requests: HEAD tells the length only, OPTIONS what is allowed, other methods are refused") {
  ServedWindow window;
  LoopbackClient client{window.port()};
  client.send(window.request("HEAD", "/app.js") + window.request("HEAD", "/api/v1/campaign") +
              window.request("OPTIONS", "/api/v1/campaign/pause", "Origin: http://evil.example\r\n") +
              window.request("GET", "/api/v1/campaign"));
  CHECK(client.reply(false).field("content-length") == "22");
  CHECK(client.reply(false).field("content-length") == "21");
  const Got options = client.reply(false);
  CHECK(options.status == 204);
  CHECK(options.field("allow") == "POST, OPTIONS");
  CHECK(client.reply().body == "{\"asked\":\"/campaign\"}");
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "CONNECT", "TRACE", "BREW"}) {
    CAPTURE(method);
    const Got got = window.ask(method, "/api/v1/campaign");
    CHECK(got.status == 405);
    CHECK(got.field("allow") == "GET, HEAD, OPTIONS");
  }
}

TEST_CASE(
    "window requests: a browser that wants to show what comes gets a problem as a page, others as JSON") {
  ServedWindow window;
  const std::string browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
  const Got page = window.ask("GET", "/%3Cscript%3E", browser);
  CHECK(page.status == 404);
  CHECK(page.field("content-type") == "text/html; charset=utf-8");
  CHECK(page.body.find("<h1>Not Found</h1>") != std::string::npos);
  CHECK(page.body.find("<script") == std::string::npos);
  CHECK(page.has("content-security-policy"));
  CHECK(window.ask("GET", "/none", "Accept: */*\r\n").field("content-type") == "application/problem+json");
  WindowLimits limits = wide_limits();
  limits.reply_bytes = 10;
  ServedWindow busy{limits};
  const Got later = busy.ask("GET", "/api/v1/campaign", browser);
  CHECK(later.status == 503);
  CHECK(later.field("retry-after") == "5");
  CHECK(later.body.find("<h1>Busy</h1>") != std::string::npos);
}

TEST_CASE("window requests: WebSocket is refused in words") {
  ServedWindow window;
  const Got got = window.ask("GET", "/api/v1/stream",
                             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  CHECK(got.status == 400);
  CHECK(got.body.find("GET /api/v1/stream") != std::string::npos);
  CHECK(window.ask("GET", "/api/v1/campaign", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n")
            .status == 200);
}

TEST_CASE("window requests: no path leads to a file") {
  ServedWindow window;
  for (const std::string path : {"/../etc/passwd",
                                 "/%2e%2e/%2e%2e/etc/passwd",
                                 "/..%2f..%2fetc/passwd",
                                 "/....//....//etc/passwd",
                                 "/etc/passwd",
                                 "//etc/passwd",
                                 "/%2fetc%2fpasswd",
                                 "/..\\..\\etc\\passwd",
                                 "/%5c..%5cetc%5cpasswd",
                                 "/./index.html/../../etc/passwd",
                                 "/%00/index.html",
                                 "/index.html%00.txt",
                                 "/%c0%ae%c0%ae/etc/passwd",
                                 "/proc/self/environ",
                                 "/app.js/../../etc/passwd",
                                 "/app.js/",
                                 "/APP.JS",
                                 "/file:///etc/passwd",
                                 "/%",
                                 "/%4",
                                 "/%zz",
                                 "etc/passwd",
                                 "http://127.0.0.1/etc/passwd",
                                 "*"}) {
    CAPTURE(path);
    const Got got = window.ask("GET", path);
    CHECK((got.status == 400 || got.status == 404));
    CHECK(got.field("content-type") == "application/problem+json");
  }
  CHECK(window.ask("GET", "/api/v1/../../etc/passwd").status == 400);
  CHECK(window.ask("GET", "/api/v1/%2e%2e/x").status == 400);
  CHECK(window.stand_in.asked().empty());
  CHECK(window.ask("GET", "/" + std::string(3000, 'a')).status == 414);
  CHECK(window.ask("GET", "/api/v1/map?x=1&x=2").status == 400);
}

TEST_CASE("window requests: bodies and headers beyond the limit are refused and nothing of them is kept") {
  ServedWindow window;
  const std::string body(20'000, ' ');
  CHECK(window.ask("POST", "/api/v1/campaign/pause", "Content-Type: application/json\r\n", body).status ==
        413);
  CHECK(
      window
          .ask_raw("POST /api/v1/campaign/pause HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                   "\r\n4e20\r\n" +
                   body + "\r\n0\r\n\r\n")
          .status == 413);
  CHECK(window.ask_raw("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551615\r\n\r\n")
            .status == 413);
  CHECK(window.ask("GET", "/", "X-Long: " + std::string(20'000, 'x') + "\r\n").status == 431);
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(window.ask("GET", "/", many).status == 431);
  CHECK(window.stand_in.acts().empty());
}

TEST_CASE("window requests: what is no HTTP is told so, and the connection ends") {
  ServedWindow window;
  for (const std::string text :
       {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\x01\xfc\r\n", "GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        "GET / HTTP/1.1\r\n: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"}) {
    CAPTURE(text);
    LoopbackClient client{window.port()};
    client.send(text);
    CHECK(client.reply().status == 400);
    client.stop_sending();
    CHECK(client.rest().empty());
  }
  CHECK(window.ask("GET", "/").status == 200);
}

TEST_CASE(
    "window requests: 3000 mutilated requests end in a refusal or a closed connection, and the window goes "
    "on") {
  ServedWindow window;
  const std::string json = "Content-Type: application/json\r\n";
  const std::vector<std::string> whole{
      window.request("GET", "/"),
      window.request("GET", "/api/v1/map%20x?y=temperature_C&br_pb=5", "Accept-Encoding: gzip\r\n"),
      window.request("POST", "/api/v1/campaign/pause", json + "Authorization: Bearer wrong\r\n",
                     "{\"why\":\"x\"}"),
      window.request("POST", "/api/v1/campaign/pause", json + "Transfer-Encoding: chunked\r\n") +
          "5\r\nabcde\r\n0\r\n\r\n",
      window.request("GET", "/app.js", "If-None-Match: \"x\"\r\nConnection: keep-alive\r\n") +
          window.request("HEAD", "/metrics")};
  std::mt19937_64 random{8350};
  std::map<int, int> seen;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = mutilated(whole[random() % whole.size()], random);
    LoopbackClient client{window.port()};
    REQUIRE(client.connected());
    client.send(text);
    client.stop_sending();
    const std::string reply = client.rest();
    if (reply.empty()) continue;
    REQUIRE(reply.starts_with("HTTP/1.1 "));
    const int status = std::atoi(reply.c_str() + 9);
    ++seen[status];
    CAPTURE(text);
    CHECK((status < 500 && status != 202));
  }
  CHECK(seen[400] > 100);
  CHECK(seen[413] + seen[431] > 10);
  CHECK(window.stand_in.acts().empty());
  CHECK(window.ask("GET", "/").status == 200);
  CHECK(window.comes_to(is_idle));
}

TEST_CASE("window requests: who sends half a request, or none, is cut off") {
  WindowLimits limits = wide_limits();
  limits.request = std::chrono::milliseconds{200};
  limits.idle = std::chrono::milliseconds{200};
  ServedWindow window{limits};
  LoopbackClient half{window.port()}, silent{window.port()}, slow{window.port()}, body{window.port()};
  half.send("GET / HTTP/1.1\r\nHo");
  body.send("POST /api/v1/campaign/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
  for (int i = 0; i < 50 && slow.send("G"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{20});
  CHECK(half.reply().status == 408);
  CHECK(body.reply().status == 408);
  CHECK(silent.rest().empty());
  CHECK(window.ask("GET", "/").status == 200);
  half.stop_sending();
  body.stop_sending();
  slow.stop_sending();
  CHECK(window.comes_to(is_idle));
}

TEST_CASE("window requests: who does not read a reply is cut off, and others are served meanwhile") {
  WindowLimits limits = wide_limits();
  limits.reply = std::chrono::milliseconds{300};
  ServedWindow window{limits};
  LoopbackClient deaf{window.port(), "127.0.0.1", 4096};
  for (int i = 0; i < 5; ++i) deaf.send(window.request("GET", "/api/v1/large"));
  CHECK(window.ask("GET", "/api/v1/campaign").status == 200);
  CHECK(window.comes_to([](const HttpServer::Counts& counts) { return counts.connections == 0; }));
}

TEST_CASE("window requests: what is on its way to all together is bounded") {
  WindowLimits limits = wide_limits();
  limits.reply_bytes = 4'000'000;
  ServedWindow window{limits};
  LoopbackClient deaf{window.port(), "127.0.0.1", 4096};
  deaf.send(window.request("GET", "/api/v1/large"));
  REQUIRE(window.comes_to([](const HttpServer::Counts& counts) { return counts.requests == 1; }));
  CHECK(window.ask("GET", "/api/v1/large").status == 503);
  CHECK(window.ask("GET", "/api/v1/campaign").status == 200);
}

TEST_CASE(
    "window requests: no more connections than allowed, from one address half of them, and none leaks") {
  WindowLimits limits = wide_limits();
  limits.connections = 40;
  limits.connections_of_one_address = 20;
  ServedWindow window{limits};
  REQUIRE(window.ask("GET", "/").status == 200);
  REQUIRE(window.comes_to(is_idle));
  const std::size_t before = open_descriptors();
  {
    std::vector<std::unique_ptr<LoopbackClient>> greedy, others;
    for (int i = 0; i < 100; ++i)
      greedy.push_back(std::make_unique<LoopbackClient>(window.port(), "127.0.0.2"));
    REQUIRE(window.comes_to([](const HttpServer::Counts& counts) { return counts.turned_away == 80; }));
    CHECK(window.counts().connections == 20);
    greedy.back()->stop_sending();
    const Got away = greedy.back()->reply();
    CHECK(away.status == 503);
    CHECK(away.field("content-type") == "application/problem+json");
    CHECK(away.field("x-frame-options") == "DENY");
    LoopbackClient elsewhere{window.port(), "127.0.0.3"};
    elsewhere.send(window.request("GET", "/"));
    CHECK(elsewhere.reply().status == 200);
    for (int i = 0; i < 60; ++i)
      others.push_back(
          std::make_unique<LoopbackClient>(window.port(), ("127.0.1." + std::to_string(i)).c_str()));
    CHECK(window.comes_to([](const HttpServer::Counts& counts) { return counts.turned_away == 121; }));
    CHECK(window.counts().connections == 40);
  }
  REQUIRE(window.comes_to(is_idle));
  for (int i = 0; i < 2000; ++i) LoopbackClient{window.port()}.send(i % 2 == 0 ? "GET / HT" : "");
  CHECK(window.comes_to(
      [](const HttpServer::Counts& counts) { return counts.accepted == 2162 && is_idle(counts); }));
  CHECK(open_descriptors() == before);
  CHECK(window.ask("GET", "/").status == 200);
}

TEST_CASE("window requests: an address in use is refused in one line, one that cannot be read too") {
  ServedWindow window;
  const auto attempt = [](const ListenAddress& address) {
    try {
      HttpServer{address, {}, {}};
    } catch (const std::invalid_argument& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  const std::string taken = attempt({"127.0.0.1", window.port()});
  CHECK(taken.starts_with(window.host() + ": cannot be listened on (Address already in use"));
  CHECK(taken.find('\n') == std::string::npos);
  CHECK(attempt({"no.such.host.invalid", 0}).starts_with("no.such.host.invalid:0: cannot be listened on ("));
  CHECK(parse_listen_address("[::1]:80").host == "::1");
  CHECK(parse_listen_address("lab-pc:0").port == 0);
  for (const char* text : {"", "8350", "127.0.0.1", ":8350", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                           "127.0.0.1:-1", "::1:80", "127.0.0.1:80 "}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_listen_address(text), std::invalid_argument);
  }
}

}  // namespace nocturne::test
