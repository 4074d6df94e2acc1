#include <doctest/doctest.h>

#include "served_window.hpp"

namespace nocturne::test {
namespace {

const std::string kJsonType = "Content-Type: application/json\r\n";
const std::string kRightToken = std::string{"Authorization: Bearer "} + kToken + "\r\n";
const std::string kWhy = R"({"why":"the fume hood","who":"Ada"})";
const std::vector<std::string> kActionPaths{"/api/v1/campaign/pause",  "/api/v1/campaign/resume",
                                            "/api/v1/campaign/abort",  "/api/v1/campaign/budget",
                                            "/api/v1/campaign/target", "/api/v1/campaign/acknowledge"};

}  // namespace

TEST_CASE("window access: every action goes through with the right token and from the window's own pages") {
  ServedWindow window;
  for (const std::string& path : kActionPaths) {
    CAPTURE(path);
    const Got got = window.ask("POST", path, kJsonType + kRightToken, kWhy);
    CHECK(got.status == 202);
    CHECK(got.body == R"({"posted":true})");
    CHECK(window.ask("POST", path, kJsonType + kRightToken + "Origin: http://" + window.host() + "\r\n", kWhy)
              .status == 202);
  }
  CHECK(window.stand_in.acts().size() == 2 * kActionPaths.size());
  CHECK(window.stand_in.acts().front() == "pause " + kWhy);
  window.ask("POST", "/api/v1/campaign/abort?at_s=60", kJsonType + kRightToken, kWhy);
  CHECK(window.stand_in.acts().back() == "abort " + kWhy + " at_s=60");
}

TEST_CASE("window access: no action without the token, from another site, under another name or as a form") {
  ServedWindow window;
  struct Attempt {
    std::string lines;
    int status;
  };
  const std::vector<Attempt> attempts{
      {kJsonType, 401},
      {kJsonType + "Authorization: Bearer " + kToken + "x\r\n", 401},
      {kJsonType + "Authorization: Bearer \r\n", 401},
      {kJsonType + "Authorization: Bearer\r\n", 401},
      {kJsonType + "Authorization: " + kToken + "\r\n", 401},
      {kJsonType + "Authorization: Basic " + kToken + "\r\n", 401},
      {kJsonType + "Authorization: Bearer " + std::string{kToken}.substr(0, 10) + "\r\n", 401},
      {kJsonType + "Cookie: token=" + kToken + "\r\n", 401},
      {kJsonType + kRightToken + kRightToken, 400},
      {kJsonType + kRightToken + "Origin: http://evil.example\r\n", 403},
      {kJsonType + kRightToken + "Origin: null\r\n", 403},
      {kJsonType + kRightToken + "Origin: http://" + window.host() + "0\r\n", 403},
      {kJsonType + kRightToken + "Origin: http://127.0.0.1:9\r\n", 403},
      {kJsonType + kRightToken + "Origin: http://localhost:" + std::to_string(window.port()) + "\r\n", 403},
      {kJsonType + kRightToken + "Sec-Fetch-Site: cross-site\r\n", 403},
      {kJsonType + kRightToken + "Sec-Fetch-Site: same-site\r\n", 403},
      {kRightToken, 415},
      {kRightToken + "Content-Type: text/plain\r\n", 415},
      {kRightToken + "Content-Type: application/x-www-form-urlencoded\r\n", 415},
      {kRightToken + "Content-Type: application/jsonp\r\n", 415}};
  for (const std::string& path : kActionPaths)
    for (const Attempt& attempt : attempts) {
      CAPTURE(path);
      CAPTURE(attempt.lines);
      const Got got = window.ask("POST", path, attempt.lines, kWhy);
      CHECK(got.status == attempt.status);
      CHECK(got.field("content-type") == "application/problem+json");
      CHECK(got.has("www-authenticate") == (attempt.status == 401));
      for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "NONSENSE"})
        CHECK(window.ask(method, path, kJsonType + kRightToken).status == 405);
    }
  for (const char* host : {"evil.example", "evil.example:8350", "127.0.0.1.evil.example", "localhost.evil",
                           "", "[::1", "127.0.0.1:80x", "localhost:80:80", "user@localhost"}) {
    CAPTURE(host);
    const Got got = window.ask_raw(std::string{"POST /api/v1/campaign/abort HTTP/1.1\r\nHost: "} + host +
                                   "\r\n" + kJsonType + kRightToken +
                                   "Content-Length: " + std::to_string(kWhy.size()) + "\r\n\r\n" + kWhy);
    CHECK(got.status == 421);
  }
  CHECK(window.stand_in.acts().empty());
}

TEST_CASE("window access: a token in an address is refused, right or wrong") {
  ServedWindow window;
  for (const std::string name : {"token", "access_token", "Token", "authorization"}) {
    CAPTURE(name);
    const std::string end = "?" + name + "=" + kToken;
    CHECK(window.ask("POST", "/api/v1/campaign/abort" + end, kJsonType, kWhy).status == 400);
    CHECK(window.ask("POST", "/api/v1/campaign/abort" + end, kJsonType + kRightToken, kWhy).status == 400);
    CHECK(window.ask("GET", "/api/v1/campaign" + end).status == 400);
  }
  CHECK(window.stand_in.acts().empty());
  CHECK(window.stand_in.asked().empty());
}

TEST_CASE("window access: on loopback everyone may look, by any name of this machine but no other") {
  ServedWindow window;
  const std::string port = ":" + std::to_string(window.port());
  for (const std::string& host : {"127.0.0.1" + port, "localhost" + port, "LOCALHOST" + port, "[::1]" + port,
                                  "lab-pc" + port, std::string{"localhost"}, std::string{"localhost:9000"}}) {
    CAPTURE(host);
    CHECK(window.ask_raw("GET /api/v1/campaign HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status == 200);
  }
  CHECK(window.ask_raw("GET /api/v1/campaign HTTP/1.1\r\nHost: evil.example\r\n\r\n").status == 421);
  CHECK(window.ask_raw("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").status == 421);
  CHECK(window.ask_raw("GET /api/v1/campaign HTTP/1.1\r\n\r\n").status == 400);
  CHECK(window.ask_raw("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n").status == 400);
  CHECK(window.ask("GET", "/api/v1/campaign", "Origin: http://evil.example\r\n").status == 403);
  CHECK(window.ask("GET", "/metrics", "Sec-Fetch-Site: cross-site\r\n").status == 403);
  CHECK(window.ask("GET", "/api/v1/campaign", "Sec-Fetch-Site: same-origin\r\n").status == 200);
}

TEST_CASE(
    "window access: from elsewhere nothing of the night is shown without the token, but the empty pages") {
  ServedWindow window{wide_limits(), false};
  for (const char* path : {"/api/v1/campaign", "/api/v1", "/api/v1/stream", "/api/v1/map", "/metrics"}) {
    CAPTURE(path);
    CHECK(window.ask("GET", path).status == 401);
    CHECK(window.ask("GET", path, "Authorization: Bearer wrong\r\n").status == 401);
  }
  CHECK(window.stand_in.asked().empty());
  CHECK(window.ask("GET", "/api/v1/campaign", kRightToken).status == 200);
  CHECK(
      window.ask("GET", "/api/v1/campaign", std::string{"authorization: bearer "} + kToken + "\r\n").status ==
      200);
  CHECK(window.ask("GET", "/metrics", kRightToken).body == "nocturne_up 1\n");
  CHECK(window.ask("GET", "/").status == 200);
}

TEST_CASE("window access: who asks too much is told to wait, and nobody else") {
  WindowLimits limits = wide_limits();
  limits.requests_at_once = 50.0;
  limits.requests_per_s = 1e-6;
  ServedWindow window{limits};
  LoopbackClient eager{window.port(), "127.0.0.2"}, calm{window.port(), "127.0.0.3"};
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    eager.send(window.request("GET", "/api/v1/campaign"));
    const Got got = eager.reply();
    refused += got.status == 429 ? 1 : 0;
    if (got.status == 429) CHECK(got.field("retry-after") == "1");
  }
  CHECK(refused == 10);
  calm.send(window.request("GET", "/api/v1/campaign"));
  CHECK(calm.reply().status == 200);

  LoopbackClient guesser{window.port(), "127.0.0.4"};
  std::vector<int> statuses;
  for (int i = 0; i < 4; ++i) {
    guesser.send(window.request("POST", "/api/v1/campaign/abort",
                                kJsonType + "Authorization: Bearer guess" + std::to_string(i) + "\r\n",
                                kWhy));
    statuses.push_back(guesser.reply().status);
  }
  CHECK(statuses[0] == 401);
  CHECK(statuses[1] == 401);  // each guess counts as twenty requests more
  int left = 0;
  for (int i = 0; i < 20; ++i) {
    guesser.send(window.request("GET", "/api/v1/campaign"));
    left += guesser.reply().status == 200 ? 1 : 0;
  }
  CHECK(left < 10);
}

TEST_CASE("window access: every reply forbids what pages do not need, errors included") {
  ServedWindow window;
  for (const Got& got :
       {window.ask("GET", "/"), window.ask("GET", "/api/v1/campaign"), window.ask("GET", "/none"),
        window.ask("POST", "/api/v1/campaign/pause", kJsonType, kWhy), window.ask_raw("nonsense\r\n\r\n"),
        window.ask("OPTIONS", "/")}) {
    CAPTURE(got.status);
    CHECK(got.field("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
    CHECK(got.field("content-security-policy").find("unsafe") == std::string::npos);
    CHECK(got.field("content-security-policy").find("frame-ancestors 'none'") != std::string::npos);
    CHECK(got.field("x-content-type-options") == "nosniff");
    CHECK(got.field("referrer-policy") == "no-referrer");
    CHECK(got.field("x-frame-options") == "DENY");
    CHECK_FALSE(got.has("access-control-allow-origin"));
  }
}

}  // namespace nocturne::test
