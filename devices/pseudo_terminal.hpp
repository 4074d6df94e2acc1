#pragma once

#include <memory>
#include <string>

#include "devices/byte_link.hpp"

namespace nocturne {

/// The instrument's end of a pseudo-terminal whose other end anyone can open as a serial port. Clients may
/// come and go: the line itself never breaks.
class PseudoTerminal final : public ByteLink {
 public:
  /// Throws DeviceError{unreachable} if the system gives none.
  explicit PseudoTerminal(Clock& clock);
  ~PseudoTerminal() override;

  /// What clients open: "/dev/pts/3".
  const std::string& path() const;
  /// "serial:/dev/pts/3"
  const std::string& endpoint() const override;
  Task<std::string> read_some() override;
  Task<void> write(std::string bytes) override;
  std::string discard_input() override;

 private:
  struct Ends;
  std::unique_ptr<Ends> ends_;
};

}  // namespace nocturne
