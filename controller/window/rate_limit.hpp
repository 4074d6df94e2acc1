#pragma once

#include <string>
#include <unordered_map>

#include "devices/clock.hpp"

namespace nocturne {

/// How much one address may ask: so many requests at once, and so many a second in the long run.
class RateLimit {
 public:
  RateLimit(double at_once, double per_s) : at_once_{at_once}, per_s_{per_s} {}

  /// Whether `address` may make one more request, which is counted then. An IPv6 network of 64 bits counts as
  /// one address.
  bool allows(const std::string& address, Instant now);
  /// Counts so many requests more, even if not so many are left: it waits the longer.
  void charge(const std::string& address, Instant now, double requests);

 private:
  struct Account {
    double left = 0.0;
    Instant at{};
  };
  Account& account_of(const std::string& address, Instant now);
  double left_of(const Account& account, Instant now) const;
  void forget_the_quiet(Instant now);

  const double at_once_, per_s_;
  std::unordered_map<std::string, Account> accounts_;
};

}  // namespace nocturne
