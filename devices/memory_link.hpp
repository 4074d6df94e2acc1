#pragma once

#include <memory>
#include <string>

#include "devices/byte_link.hpp"

namespace nocturne {

/// The two ends of one line. Destroying either end is pulling the plug: the other reads what had arrived,
/// then finds the line broken.
struct MemoryLinkPair {
  std::unique_ptr<ByteLink> host;
  std::unique_ptr<ByteLink> instrument;
};

/// A line inside the process whose endpoint reads "memory:name". At `baud` > 0 a byte arrives ten bit-times
/// after the one before it and a write completes when its last byte has left; at 0 everything arrives at
/// once. As with a real port, a waiting reader gets the first byte of a write at once and what follows in
/// bunches of up to 10 ms. The same calls at the same campaign times give the same bytes at the same times.
/// `clock` must outlive both ends.
MemoryLinkPair make_memory_link(Clock& clock, std::string name, int baud);

}  // namespace nocturne
