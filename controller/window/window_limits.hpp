#pragma once

#include <cstddef>

#include "devices/clock.hpp"

namespace nocturne {

/// How much the window gives at most.
struct WindowLimits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 16 * 1024;
  std::size_t connections = 512;
  std::size_t connections_of_one_address = 256;
  std::size_t viewers = 128;                      ///< of the stream
  std::size_t slow_questions = 16;                ///< different ones, waiting or being answered
  std::size_t kept_news_bytes = 8 * 1024 * 1024;  ///< a viewer further behind is dropped
  std::size_t reply_bytes = 64 * 1024 * 1024;     ///< on their way to all together
  double requests_at_once = 600.0;                ///< from one address
  double requests_per_s = 100.0;                  ///< from one address, in the long run
  Duration idle = std::chrono::seconds{30};       ///< between two requests
  Duration request = std::chrono::seconds{10};    ///< from its first byte to its last
  Duration reply = std::chrono::seconds{20};      ///< for who reads it; of the stream, for each piece
  Duration news_every = std::chrono::milliseconds{100};
  Duration heartbeat = std::chrono::seconds{10};  ///< on the stream, so that both ends know of each other
};

}  // namespace nocturne
