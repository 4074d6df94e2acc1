#include "controller/window/rate_limit.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace nocturne {
namespace {

constexpr std::size_t kMostAccounts = 4096;

std::string network_of(const std::string& address) {
  boost::system::error_code error;
  const asio::ip::address parsed = asio::ip::make_address(address, error);
  if (error || !parsed.is_v6()) return address;
  const asio::ip::address_v6::bytes_type bytes = parsed.to_v6().to_bytes();
  return {bytes.begin(), bytes.begin() + 8};
}

}  // namespace

double RateLimit::left_of(const Account& account, Instant now) const {
  return std::min(at_once_, account.left + per_s_ * in_seconds(now - account.at));
}

void RateLimit::forget_the_quiet(Instant now) {
  std::erase_if(accounts_, [&](const auto& entry) { return left_of(entry.second, now) >= at_once_; });
  if (accounts_.size() >= kMostAccounts) accounts_.clear();
}

RateLimit::Account& RateLimit::account_of(const std::string& address, Instant now) {
  if (accounts_.size() >= kMostAccounts) forget_the_quiet(now);
  Account& account = accounts_.try_emplace(network_of(address), Account{at_once_, now}).first->second;
  account = {left_of(account, now), now};
  return account;
}

bool RateLimit::allows(const std::string& address, Instant now) {
  Account& account = account_of(address, now);
  if (account.left < 1.0) return false;
  account.left -= 1.0;
  return true;
}

void RateLimit::charge(const std::string& address, Instant now, double requests) {
  Account& account = account_of(address, now);
  account.left = std::max(account.left - requests, -at_once_);
}

}  // namespace nocturne
