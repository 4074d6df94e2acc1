#include <doctest/doctest.h>

#include <set>

#include "controller/window/rate_limit.hpp"
#include "controller/window/token.hpp"
#include "recipes/recipe.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

std::string refusal_of_token(const std::string& text) {
  const TemporaryFolder folder;
  write_file(folder / "token", text);
  try {
    read_token(folder / "token");
  } catch (const FileError& error) {
    const std::string message = error.what();
    return message.substr(std::min(message.find("token:1: "), message.size()));
  }
  return {};
}

}  // namespace

TEST_CASE("window token: 256 random bits as 43 characters that need no escape, another one each time") {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = random_token();
    CHECK(token.size() == 43);
    CHECK(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
          std::string::npos);
    CHECK(std::string{"AEIMQUYcgkosw048"}.find(token.back()) != std::string::npos);  // two bits of nothing
    tokens.insert(token);
  }
  CHECK(tokens.size() == 1000);
}

TEST_CASE("window token: only the same one is the same") {
  const std::string token = random_token();
  CHECK(same_token(token, token));
  for (const std::string& other : {token + "x", token.substr(1), std::string{}, token + std::string(1, '\0')})
    CHECK_FALSE(same_token(other, token));
}

TEST_CASE("window token: a file's first line, and what is none is refused with its line") {
  const TemporaryFolder folder;
  write_file(folder / "token", "0123456789abcdef\r\nthe rest is a note\n");
  CHECK(read_token(folder / "token") == "0123456789abcdef");
  CHECK(refusal_of_token("short\n") == "token:1: a token of 5 characters is too short (allowed: 16 or more)");
  CHECK(refusal_of_token("") == "token:1: a token of 0 characters is too short (allowed: 16 or more)");
  CHECK(refusal_of_token("\n0123456789abcdef\n") ==
        "token:1: a token of 0 characters is too short (allowed: 16 or more)");
  CHECK(refusal_of_token("0123456789 abcdef\n") == "token:1: a token is plain ASCII without spaces");
  CHECK(refusal_of_token("0123456789\xc3\xa4"
                         "bcdef\n") == "token:1: a token is plain ASCII without spaces");
  CHECK_THROWS_AS(read_token(folder / "none"), FileError);
}

TEST_CASE("window token: requests of an address are limited, and come back with time") {
  RateLimit limit{3.0, 1.0};
  const Instant start{std::chrono::hours{1}};
  for (int i = 0; i < 3; ++i) CHECK(limit.allows("192.0.2.1", start));
  CHECK_FALSE(limit.allows("192.0.2.1", start));
  CHECK(limit.allows("192.0.2.2", start));
  CHECK(limit.allows("192.0.2.1", start + seconds(1.0)));
  CHECK_FALSE(limit.allows("192.0.2.1", start + seconds(1.5)));
  for (int i = 0; i < 3; ++i) CHECK(limit.allows("192.0.2.1", start + seconds(100.0)));
  CHECK_FALSE(limit.allows("192.0.2.1", start + seconds(100.0)));  // never more than at once
  // One subscriber's network is one address.
  for (int i = 0; i < 3; ++i) CHECK(limit.allows("2001:db8::" + std::to_string(i), start));
  CHECK_FALSE(limit.allows("2001:db8::77", start));
  CHECK(limit.allows("2001:db8:0:1::77", start));
}

TEST_CASE("window token: who has no requests left for a wrong token owes them, and waits the longer") {
  RateLimit limit{50.0, 100.0};
  int guesses = 0;
  for (int i = 0; i < 1000; ++i) {  // one attempt every 10 ms
    const Instant now = Instant{} + std::chrono::milliseconds{10 * i};
    if (!limit.allows("192.168.1.7", now)) continue;
    ++guesses;
    limit.charge("192.168.1.7", now, 20.0);
  }
  CHECK(guesses <= 3 + 50);  // at once, and five a second
  CHECK(guesses >= 40);
  CHECK(limit.allows("192.168.1.8", Instant{} + std::chrono::seconds{10}));
  limit.charge("192.168.1.7", Instant{} + std::chrono::seconds{10}, 1e9);
  CHECK(limit.allows("192.168.1.7", Instant{} + std::chrono::seconds{11}));  // the debt is bounded
}

TEST_CASE(
    "window token: a hundred thousand addresses do not make the limit forget who asks too much just now") {
  RateLimit limit{3.0, 1.0};
  Instant now{};
  for (int i = 0; i < 100'000; ++i) {
    now += std::chrono::milliseconds{1};
    CHECK(limit.allows(std::to_string(i / 256) + ".0.0." + std::to_string(i % 256), now));
    if (i % 1000 == 0)
      while (limit.allows("192.0.2.1", now)) {
      }
  }
  CHECK_FALSE(limit.allows("192.0.2.1", now));
}

}  // namespace nocturne::test
