#include "devices/serial_link.hpp"

#include <boost/asio/serial_port.hpp>

#include "devices/port_lock.hpp"
#include "devices/stream_link.hpp"

namespace nocturne {
namespace {

asio::serial_port_base::parity to_asio(Parity parity) {
  using Option = asio::serial_port_base::parity;
  switch (parity) {
    case Parity::none:
      return Option{Option::none};
    case Parity::odd:
      return Option{Option::odd};
    case Parity::even:
      return Option{Option::even};
  }
  return Option{Option::none};
}

}  // namespace

std::unique_ptr<ByteLink> open_serial(Clock& clock, const SerialSettings& settings) {
  using Port = asio::serial_port;
  const std::string endpoint = "serial:" + settings.path;
  Port port{clock.io()};
  try {
    port.open(settings.path);
    if (const int busy = claim_port(port.native_handle()))
      throw boost::system::system_error{busy, boost::system::generic_category(), "claim"};
    port.set_option(Port::baud_rate{static_cast<unsigned>(settings.baud)});
    port.set_option(Port::character_size{8});
    port.set_option(to_asio(settings.parity));
    port.set_option(Port::stop_bits{Port::stop_bits::one});
    port.set_option(Port::flow_control{Port::flow_control::none});
  } catch (const boost::system::system_error& error) {
    throw DeviceError{DeviceFault::unreachable, endpoint,
                      "cannot be opened (" + error.code().message() + ")"};
  }
  return std::make_unique<detail::StreamLink<Port>>(endpoint, std::move(port));
}

}  // namespace nocturne
