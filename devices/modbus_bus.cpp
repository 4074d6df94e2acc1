#include "devices/modbus_bus.hpp"

#include <modbus/modbus.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <utility>

#include "devices/error.hpp"
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

}  // namespace

std::array<std::uint16_t, 2> to_registers(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return {static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits & 0xFFFF)};
}

float float_from_registers(std::uint16_t high, std::uint16_t low) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(high) << 16 | low);
}

/// The library's handle and the thread on which it may block.
class ModbusBus::Connection {
 public:
  Connection(Clock& clock, SerialSettings rtu)
      : endpoint_{"rtu:" + rtu.path}, serial_{std::move(rtu)}, is_tcp_{false}, worker_{clock} {}
  Connection(Clock& clock, ModbusTcpSettings tcp)
      : endpoint_{"modbus-tcp://" + tcp.host + ":" + std::to_string(tcp.port)},
        tcp_{std::move(tcp)},
        is_tcp_{true},
        worker_{clock} {}

  const std::string& endpoint() const { return endpoint_; }
  bool is_tcp() const { return is_tcp_; }
  bool is_open() const { return context_ != nullptr; }
  void close() { context_.reset(); }
  Worker& worker() { return worker_; }

  /// Blocks. Returns 0 or the error number.
  int open(Duration deadline) {
    Context made{make()};
    if (!made) return errno;
    const auto limit = std::chrono::duration_cast<std::chrono::microseconds>(deadline).count();
    const auto whole = static_cast<std::uint32_t>(limit / 1'000'000),
               rest = static_cast<std::uint32_t>(limit % 1'000'000);
    modbus_set_response_timeout(made.get(), whole, rest);
    modbus_set_byte_timeout(made.get(), whole, rest);
    // The library's own recovery can block for ever when the partner is gone.
    modbus_set_error_recovery(made.get(), MODBUS_ERROR_RECOVERY_NONE);
    if (modbus_connect(made.get()) != 0) return errno;
    context_ = std::move(made);
    return 0;
  }

  /// Blocks. Returns 0 or the error number of `request`.
  template <class Request>
  int perform(int unit, Request& request) {
    if (modbus_set_slave(context_.get(), unit) != 0) return errno;
    modbus_flush(context_.get());  // a late reply would be taken for the answer to this request
    return request(context_.get()) >= 0 ? 0 : errno;
  }

 private:
  modbus_t* make() const {
    if (is_tcp_) return modbus_new_tcp_pi(tcp_.host.c_str(), std::to_string(tcp_.port).c_str());
    return modbus_new_rtu(serial_.path.c_str(), serial_.baud, letter_of(serial_.parity), 8, 1);
  }

  const std::string endpoint_;
  const SerialSettings serial_;
  const ModbusTcpSettings tcp_;
  const bool is_tcp_;
  Context context_;
  Worker worker_;  // last: its thread ends before the handle is closed
};

ModbusBus::ModbusBus(Clock& clock, SerialSettings rtu, ModbusTiming timing)
    : clock_{clock},
      timing_{timing},
      mutex_{clock.io()},
      backoff_{timing.first_backoff},
      connection_{std::make_unique<Connection>(clock, std::move(rtu))} {}

ModbusBus::ModbusBus(Clock& clock, ModbusTcpSettings tcp, ModbusTiming timing)
    : clock_{clock},
      timing_{timing},
      mutex_{clock.io()},
      backoff_{timing.first_backoff},
      connection_{std::make_unique<Connection>(clock, std::move(tcp))} {}

ModbusBus::~ModbusBus() = default;

const std::string& ModbusBus::endpoint() const { return connection_->endpoint(); }

Task<void> ModbusBus::connect(const std::string& device) {
  if (connection_->is_open()) co_return;
  if (clock_.now() < next_attempt_)
    throw DeviceError{DeviceFault::unreachable, device,
                      endpoint() + " is gone; the next attempt is not due yet"};
  auto open = [this] { return connection_->open(timing_.reply_deadline); };
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
  throw DeviceError{
      fault_of(error), device,
      std::string{modbus_strerror(error)} + " (unit " + std::to_string(unit) + " on " + endpoint() + ")"};
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
