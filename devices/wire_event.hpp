#pragma once

#include <string>

namespace nocturne {

/// What happens on a line, as its host sees it.
struct WireEvent {
  enum class Kind {
    opened,     ///< leads to what `text` says
    sent,       ///< `text` went to the instrument
    received,   ///< `text` came from it
    discarded,  ///< `text` came from it and was thrown away unread
    lost,       ///< broken, or not to be opened; `text` says why
    closed,     ///< by the host
  };
  Kind kind = Kind::opened;
  std::string text;
};

}  // namespace nocturne
