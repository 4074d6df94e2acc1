#pragma once

#include <string>

#include "devices/byte_link.hpp"

namespace nocturne {

/// An instrument that exists only in memory and speaks its real protocol byte for byte.
class VirtualInstrument {
 public:
  virtual ~VirtualInstrument() = default;
  virtual const std::string& name() const = 0;
  /// Serves one partner. Throws when the link breaks, returns when the instrument itself gives the connection
  /// up; state survives, so the next link is served by calling it again. The instrument must outlive the
  /// call.
  virtual Task<void> serve(ByteLink& link) = 0;
};

}  // namespace nocturne
