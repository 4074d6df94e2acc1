#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "devices/byte_link.hpp"
#include "devices/error.hpp"

namespace nocturne::test {

/// A link on which things go wrong between the two partners.
class FlakyLink final : public ByteLink {
 public:
  /// Changes what arrives; nothing left of it means that nothing arrived.
  using Tamper = std::function<std::string(std::string)>;

  FlakyLink(std::unique_ptr<ByteLink> link, Tamper on_read)
      : link_{std::move(link)}, on_read_{std::move(on_read)} {}

  const std::string& endpoint() const override { return link_->endpoint(); }
  Task<std::string> read_some() override {
    for (;;) {
      std::string bytes = co_await link_->read_some();
      if (on_read_) bytes = on_read_(std::move(bytes));
      if (!bytes.empty()) co_return bytes;
    }
  }
  Task<void> write(std::string bytes) override { return link_->write(std::move(bytes)); }
  void discard_input() override { link_->discard_input(); }

 private:
  std::unique_ptr<ByteLink> link_;
  Tamper on_read_;
};

}  // namespace nocturne::test
