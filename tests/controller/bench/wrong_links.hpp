#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "devices/byte_link.hpp"
#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "tests/controller/bench/uart.hpp"

/// Links with something wrong in the middle.
namespace nocturne::test {

/// The computer's port is set to one speed, the instrument speaks at another and hears at that or a third.
class OffSpeedLink final : public ByteLink {
 public:
  OffSpeedLink(std::unique_ptr<ByteLink> link, double host_baud, double speaks_baud, double hears_baud)
      : link_{std::move(link)}, host_baud_{host_baud}, speaks_baud_{speaks_baud}, hears_baud_{hears_baud} {}

  const std::string& endpoint() const override { return link_->endpoint(); }
  Task<std::string> read_some() override {
    std::string heard;
    while (heard.empty()) heard = heard_at(host_baud_, speaks_baud_, co_await link_->read_some());
    co_return heard;
  }
  Task<void> write(std::string bytes) override {
    co_await link_->write(heard_at(hears_baud_, host_baud_, bytes));
  }
  std::string discard_input() override { return heard_at(host_baud_, speaks_baud_, link_->discard_input()); }

 private:
  const std::unique_ptr<ByteLink> link_;
  const double host_baud_, speaks_baud_, hears_baud_;
};

/// What becomes of the bytes of two that talk at once.
enum class Collision { zeros_win, alternate };

inline std::string collided(Collision kind, const std::string& one, const std::string& other) {
  const std::size_t common = std::min(one.size(), other.size());
  std::string heard;
  for (std::size_t i = 0; i < common; ++i)
    if (kind == Collision::zeros_win)
      heard += static_cast<char>(one[i] & other[i]);
    else
      heard += {one[i], other[i]};
  return heard + (one.size() > common ? one : other).substr(common);
}

/// Two instruments on one wire: both hear everything, and what they say at the same time collides.
class CrowdedLink final : public ByteLink {
 public:
  CrowdedLink(Clock& clock, std::array<std::unique_ptr<ByteLink>, 2> links, Collision kind)
      : clock_{clock}, links_{std::move(links)}, kind_{kind} {}

  const std::string& endpoint() const override { return links_[0]->endpoint(); }
  Task<std::string> read_some() override {
    co_await race(hear(0), hear(1));
    co_await clock_.sleep_for(longest_reply);
    for (std::size_t i = 0; i < 2; ++i) heard_[i] += links_[i]->discard_input();
    co_return take();
  }
  Task<void> write(std::string bytes) override {
    for (const auto& link : links_) co_await link->write(bytes);
  }
  std::string discard_input() override {
    for (std::size_t i = 0; i < 2; ++i) heard_[i] += links_[i]->discard_input();
    return take();
  }

 private:
  static constexpr Duration longest_reply = std::chrono::milliseconds{15};

  Task<void> hear(std::size_t i) { heard_[i] += co_await links_[i]->read_some(); }
  std::string take() {
    const auto heard = std::exchange(heard_, {});
    return collided(kind_, heard[0], heard[1]);
  }

  Clock& clock_;
  const std::array<std::unique_ptr<ByteLink>, 2> links_;
  const Collision kind_;
  std::array<std::string, 2> heard_;
};

/// A cable that is pulled when so many requests have gone through it.
class LooseLink final : public ByteLink {
 public:
  /// `requests_left` counts down and outlives the link.
  LooseLink(std::unique_ptr<ByteLink> link, int& requests_left)
      : link_{std::move(link)}, requests_left_{requests_left} {}

  const std::string& endpoint() const override { return link_->endpoint(); }
  Task<std::string> read_some() override { return link_->read_some(); }
  Task<void> write(std::string bytes) override {
    if (requests_left_ == 0) throw DeviceError{DeviceFault::unreachable, endpoint(), "the port is gone"};
    --requests_left_;
    co_await link_->write(std::move(bytes));
  }
  std::string discard_input() override { return link_->discard_input(); }

 private:
  const std::unique_ptr<ByteLink> link_;
  int& requests_left_;
};

}  // namespace nocturne::test
