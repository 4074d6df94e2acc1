#include "devices/pseudo_terminal.hpp"

#include <pty.h>
#include <termios.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>

#include "devices/stream_link.hpp"

namespace nocturne {
namespace {

struct Descriptors {
  int master = -1;
  int slave = -1;
  std::string path;
};

Descriptors open_pair() {
  termios raw{};
  ::cfmakeraw(&raw);
  raw.c_cflag |= CREAD | CLOCAL;
  ::cfsetspeed(&raw, B19200);
  Descriptors ends;
  char path[128] = {};
  if (::openpty(&ends.master, &ends.slave, path, &raw, nullptr) != 0)
    throw DeviceError{DeviceFault::unreachable, "pseudo-terminal",
                      std::string{"cannot be made ("} + std::strerror(errno) + ")"};
  ends.path = path;
  return ends;
}

}  // namespace

struct PseudoTerminal::Ends {
  using Master = asio::posix::stream_descriptor;
  Ends(Clock& clock, const Descriptors& fds)
      : path{fds.path},
        slave{clock.io(), fds.slave},
        link{"serial:" + path, Master{clock.io(), fds.master}} {}
  std::string path;
  Master slave;  // held open, because a master whose last client leaves reads EIO
  detail::StreamLink<Master> link;
};

PseudoTerminal::PseudoTerminal(Clock& clock) : ends_{std::make_unique<Ends>(clock, open_pair())} {}
PseudoTerminal::~PseudoTerminal() = default;

const std::string& PseudoTerminal::path() const { return ends_->path; }
const std::string& PseudoTerminal::endpoint() const { return ends_->link.endpoint(); }
Task<std::string> PseudoTerminal::read_some() { return ends_->link.read_some(); }
Task<void> PseudoTerminal::write(std::string bytes) { return ends_->link.write(std::move(bytes)); }
std::string PseudoTerminal::discard_input() { return ends_->link.discard_input(); }

}  // namespace nocturne
