#include "controller/window/broadcast.hpp"

namespace nocturne {

void Broadcast::add(std::string piece) {
  bytes_ += piece.size();
  pieces_.push_back(std::move(piece));
  while (bytes_ > most_bytes_ && pieces_.size() > 1) {
    bytes_ -= pieces_.front().size();
    pieces_.pop_front();
    ++first_;
  }
}

std::optional<std::string> Broadcast::take(Place& place, std::size_t enough) const {
  if (!keeps(place)) return std::nullopt;
  std::string taken;
  for (; place < end() && taken.size() < enough; ++place) taken += pieces_[place - first_];
  return taken;
}

}  // namespace nocturne
