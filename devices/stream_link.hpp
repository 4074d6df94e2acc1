#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <string>
#include <utility>

#include "devices/byte_link.hpp"
#include "devices/error.hpp"

namespace nocturne::detail {

/// A ByteLink over one of Asio's streams; the base of the links that the operating system carries.
template <class Stream>
class StreamLink : public ByteLink {
 public:
  StreamLink(std::string endpoint, Stream stream)
      : endpoint_{std::move(endpoint)}, stream_{std::move(stream)} {}

  const std::string& endpoint() const override { return endpoint_; }

  Task<std::string> read_some() override {
    std::string bytes(4096, '\0');
    boost::system::error_code error;
    const std::size_t count = co_await stream_.async_read_some(
        asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    require_none(error);
    bytes.resize(count);
    co_return bytes;
  }

  Task<void> write(std::string bytes) override {
    boost::system::error_code error;
    co_await asio::async_write(stream_, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
    require_none(error);
  }

  std::string discard_input() override {
    std::string discarded;
    char bytes[4096];
    for (int waiting = 0; ::ioctl(stream_.native_handle(), FIONREAD, &waiting) == 0 && waiting > 0;) {
      const ssize_t count = ::read(stream_.native_handle(), bytes, sizeof bytes);
      if (count <= 0) break;
      discarded.append(bytes, static_cast<std::size_t>(count));
    }
    return discarded;
  }

 private:
  void require_none(const boost::system::error_code& error) const {
    if (!error) return;
    if (error == asio::error::operation_aborted) throw boost::system::system_error{error};
    throw DeviceError{DeviceFault::unreachable, endpoint_, "the line broke (" + error.message() + ")"};
  }

  const std::string endpoint_;
  Stream stream_;
};

}  // namespace nocturne::detail
