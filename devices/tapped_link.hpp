#pragma once

#include <functional>
#include <memory>
#include <string>

#include "devices/byte_link.hpp"
#include "devices/wire_event.hpp"

namespace nocturne {

/// A link of which someone is told everything: bytes to the instrument before they leave, bytes from it when
/// they are read or thrown away, its beginning and its end. Who uses it cannot tell.
class TappedLink final : public ByteLink {
 public:
  using Listener = std::function<void(WireEvent)>;
  TappedLink(std::unique_ptr<ByteLink> link, Listener listener);
  ~TappedLink() override;

  const std::string& endpoint() const override { return link_->endpoint(); }
  Task<std::string> read_some() override;
  Task<void> write(std::string bytes) override;
  std::string discard_input() override;

 private:
  void tell(WireEvent::Kind kind, std::string text) { listener_(WireEvent{kind, std::move(text)}); }
  void lose(const std::string& why);

  const std::unique_ptr<ByteLink> link_;
  const Listener listener_;
  bool lost_ = false;
};

}  // namespace nocturne
