#include "devices/virtual/reply_faults.hpp"

namespace nocturne {

ReplyFaults ReplyFaults::take() {
  if (replies == 0) return {};
  if (replies > 0) --replies;
  return *this;
}

std::string damaged(std::string reply, const ReplyFaults& faults) {
  if (faults.silent) return {};
  if (faults.truncated) reply.resize(reply.size() / 2);
  return faults.garbage + reply;
}

Task<bool> send_reply(Clock& clock, ByteLink& link, std::string reply, ReplyFaults faults) {
  if (faults.drop_link) co_return false;
  std::string bytes = damaged(std::move(reply), faults);
  if (bytes.empty()) co_return true;
  if (faults.delay > Duration::zero()) co_await clock.sleep_for(faults.delay);
  co_await link.write(std::move(bytes));
  co_return true;
}

}  // namespace nocturne
