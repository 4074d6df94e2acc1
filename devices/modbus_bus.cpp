#include "devices/modbus_bus.hpp"

#include <modbus/modbus.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <optional>
#include <utility>

#include "devices/error.hpp"
#include "devices/port_lock.hpp"
#include "devices/worker.hpp"

namespace nocturne {
namespace {

struct Close {
  void operator()(modbus_t* context) const {
    modbus_close(context);
    modbus_free(context);
  }
};
using Context = std::unique_ptr<modbus_t, Close>;

/// What requests go through.
struct Handle {
  Handle() = default;
  Handle(Handle&&) = default;
  Handle& operator=(Handle&&) = default;
  ~Handle() {
    if (stream && context) modbus_set_socket(context.get(), -1);  // the stream closes it
  }
  Context stream;  // RTU over TCP: whose socket `context` uses
  Context context;
};

enum class Transport { rtu, tcp, rtu_over_tcp };

char letter_of(Parity parity) {
  switch (parity) {
    case Parity::none:
      return 'N';
    case Parity::odd:
      return 'O';
    case Parity::even:
      return 'E';
  }
  return 'N';
}

bool is_exception_reply(int error) { return error >= EMBXILFUN && error <= EMBXGTAR; }

DeviceFault fault_of(int error) {
  if (is_exception_reply(error)) return DeviceFault::refused;
  switch (error) {
    case ETIMEDOUT:
      return DeviceFault::timed_out;
    case EMBBADCRC:
    case EMBBADDATA:
    case EMBBADEXC:
    case EMBUNKEXC:
    case EMBMDATA:
    case EMBBADSLAVE:
      return DeviceFault::garbled;
    default:
      return DeviceFault::unreachable;
  }
}

/// What became of a request, where the library's own words leave open what came. Bytes that are too few for a
/// reply, as those of another protocol mostly are, look like silence to it.
std::string told_of(int error) {
  if (is_exception_reply(error))
    return std::string{"it answers with the Modbus exception '"} + modbus_strerror(error) + "'";
  switch (error) {
    case ETIMEDOUT:
      return "no Modbus reply in time: nothing came, or bytes that are none";
    case EMBBADCRC:
      return "what came is no sound Modbus reply: its checksum is wrong";
    case EMBBADDATA:
    case EMBBADEXC:
    case EMBUNKEXC:
    case EMBMDATA:
      return "what came is no Modbus reply to this request";
    case EMBBADSLAVE:
      return "what came is a Modbus reply of another unit";
    default:
      return modbus_strerror(error);
  }
}

}  // namespace

std::array<std::uint16_t, 2> to_registers(float value, WordOrder order) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  std::array words{static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits & 0xFFFF)};
  if (order == WordOrder::low_first) std::swap(words[0], words[1]);
  return words;
}

float float_from_registers(std::uint16_t first, std::uint16_t second, WordOrder order) {
  if (order == WordOrder::low_first) std::swap(first, second);
  return std::bit_cast<float>(static_cast<std::uint32_t>(first) << 16 | second);
}

/// The library's handle and the thread on which it may block.
class ModbusBus::Connection {
 public:
  Connection(Clock& clock, SerialSettings rtu)
      : transport_{Transport::rtu}, endpoint_{"rtu:" + rtu.path}, serial_{std::move(rtu)}, worker_{clock} {}
  Connection(Clock& clock, Transport transport, const std::string& scheme, std::string host, int port)
      : transport_{transport},
        endpoint_{scheme + "://" + host + ":" + std::to_string(port)},
        host_{std::move(host)},
        port_{std::to_string(port)},
        worker_{clock} {}

  const std::string& endpoint() const { return endpoint_; }
  bool is_tcp() const { return transport_ == Transport::tcp; }
  bool is_open() const { return handle_.has_value(); }
  void close() { handle_.reset(); }
  Worker& worker() { return worker_; }

  /// Blocks. Returns 0 or the error number.
  int open(Duration deadline) {
    Handle made;
    if (transport_ != Transport::tcp) made.context = make_rtu(deadline);
    if (transport_ == Transport::rtu_over_tcp) made.stream = make_tcp(deadline);
    if (transport_ == Transport::tcp) made.context = make_tcp(deadline);
    if (!made.context || (transport_ == Transport::rtu_over_tcp && !made.stream)) return errno;
    if (modbus_connect(made.stream ? made.stream.get() : made.context.get()) != 0) return errno;
    if (transport_ == Transport::rtu)
      if (const int busy = claim_port(modbus_get_socket(made.context.get()))) return busy;
    if (made.stream) {
      modbus_set_socket(made.context.get(), modbus_get_socket(made.stream.get()));
      ignore_broken_pipes();
    }
    handle_ = std::move(made);
    return 0;
  }

  /// Blocks. Returns 0 or the error number of `request`.
  template <class Request>
  int perform(int unit, Request& request) {
    modbus_t* const context = handle_->context.get();
    if (modbus_set_slave(context, unit) != 0) return errno;
    flush();  // a late reply would be taken for the answer to this request
    return request(context) >= 0 ? 0 : errno;
  }

 private:
  Context make_tcp(Duration deadline) const {
    return prepared(modbus_new_tcp_pi(host_.c_str(), port_.c_str()), deadline);
  }
  Context make_rtu(Duration deadline) const {
    const char* path = transport_ == Transport::rtu ? serial_.path.c_str() : "stream";
    return prepared(modbus_new_rtu(path, serial_.baud, letter_of(serial_.parity), 8, 1), deadline);
  }
  static Context prepared(modbus_t* made, Duration deadline) {
    Context context{made};
    if (!context) return context;
    const auto limit = std::chrono::duration_cast<std::chrono::microseconds>(deadline).count();
    const auto whole = static_cast<std::uint32_t>(limit / 1'000'000),
               rest = static_cast<std::uint32_t>(limit % 1'000'000);
    modbus_set_response_timeout(made, whole, rest);
    modbus_set_byte_timeout(made, whole, rest);
    // The library's own recovery can block for ever when the partner is gone.
    modbus_set_error_recovery(made, MODBUS_ERROR_RECOVERY_NONE);
    return context;
  }
  /// The library writes RTU frames as to a file, which on a closed stream is a signal: not to this thread.
  static void ignore_broken_pipes() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  }
  void flush() { modbus_flush(handle_->stream ? handle_->stream.get() : handle_->context.get()); }

  const Transport transport_;
  const std::string endpoint_;
  const SerialSettings serial_;
  const std::string host_, port_;
  std::optional<Handle> handle_;
  Worker worker_;  // last: its thread ends before the handle is closed
};

ModbusBus::ModbusBus(Clock& clock, std::unique_ptr<Connection> connection, ModbusTiming timing)
    : clock_{clock},
      timing_{timing},
      mutex_{clock.io()},
      backoff_{timing.first_backoff},
      connection_{std::move(connection)} {}

ModbusBus::ModbusBus(Clock& clock, SerialSettings rtu, ModbusTiming timing)
    : ModbusBus{clock, std::make_unique<Connection>(clock, std::move(rtu)), timing} {}

ModbusBus::ModbusBus(Clock& clock, ModbusTcpSettings tcp, ModbusTiming timing)
    : ModbusBus{
          clock,
          std::make_unique<Connection>(clock, Transport::tcp, "modbus-tcp", std::move(tcp.host), tcp.port),
          timing} {}

ModbusBus::ModbusBus(Clock& clock, RtuOverTcpSettings stream, ModbusTiming timing)
    : ModbusBus{clock,
                std::make_unique<Connection>(clock, Transport::rtu_over_tcp, "rtu-tcp",
                                             std::move(stream.host), stream.port),
                timing} {}

ModbusBus::~ModbusBus() = default;

const std::string& ModbusBus::endpoint() const { return connection_->endpoint(); }

Task<void> ModbusBus::connect(const std::string& device) {
  if (connection_->is_open()) co_return;
  if (clock_.now() < next_attempt_)
    throw DeviceError{DeviceFault::unreachable, device,
                      endpoint() + " is gone; the next attempt is not due yet"};
  auto open = [this] { return connection_->open(timing_.reply_deadline + timing_.allowance); };
  const int error = co_await connection_->worker().run(open);
  if (error != 0) {
    next_attempt_ = clock_.now() + backoff_;
    backoff_ = std::min(2 * backoff_, timing_.longest_backoff);
    throw DeviceError{DeviceFault::unreachable, device,
                      endpoint() + " cannot be opened (" + modbus_strerror(error) + ")"};
  }
  backoff_ = timing_.first_backoff;
}

template <class Request>
Task<void> ModbusBus::perform(std::string device, int unit, Request& request) {
  const Mutex::Lock lock = co_await mutex_.lock();
  co_await connect(device);
  if (std::exchange(late_reply_possible_, false)) co_await clock_.sleep_for(timing_.reply_deadline);
  late_reply_possible_ = true;
  auto job = [this, unit, &request] { return connection_->perform(unit, request); };
  const int error = co_await connection_->worker().run(job);
  late_reply_possible_ = error != 0 && !is_exception_reply(error);
  if (error == 0) co_return;
  // A TCP stream that is out of step stays so: a new one costs less than finding out.
  const bool lost =
      fault_of(error) == DeviceFault::unreachable || (connection_->is_tcp() && late_reply_possible_);
  if (lost) {
    connection_->close();
    late_reply_possible_ = false;
  }
  throw DeviceError{fault_of(error), device,
                    told_of(error) + " (unit " + std::to_string(unit) + " on " + endpoint() + ")"};
}

Task<std::vector<std::uint16_t>> ModbusBus::read_holding(std::string device, int unit, int address,
                                                         int count) {
  assert(count >= 1 && count <= MODBUS_MAX_READ_REGISTERS);
  std::vector<std::uint16_t> values(static_cast<std::size_t>(count));
  auto request = [&](modbus_t* context) {
    return modbus_read_registers(context, address, count, values.data());
  };
  co_await perform(std::move(device), unit, request);
  co_return values;
}

Task<std::vector<std::uint16_t>> ModbusBus::read_input(std::string device, int unit, int address, int count) {
  assert(count >= 1 && count <= MODBUS_MAX_READ_REGISTERS);
  std::vector<std::uint16_t> values(static_cast<std::size_t>(count));
  auto request = [&](modbus_t* context) {
    return modbus_read_input_registers(context, address, count, values.data());
  };
  co_await perform(std::move(device), unit, request);
  co_return values;
}

Task<void> ModbusBus::write_register(std::string device, int unit, int address, std::uint16_t value) {
  auto request = [&](modbus_t* context) { return modbus_write_register(context, address, value); };
  co_await perform(std::move(device), unit, request);
}

Task<void> ModbusBus::write_registers(std::string device, int unit, int address,
                                      std::vector<std::uint16_t> values) {
  auto request = [&](modbus_t* context) {
    return modbus_write_registers(context, address, static_cast<int>(values.size()), values.data());
  };
  co_await perform(std::move(device), unit, request);
}

}  // namespace nocturne
