#include "devices/port_lock.hpp"

#include <sys/file.h>

#include <cerrno>

namespace nocturne {

int claim_port(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
  return errno == EWOULDBLOCK ? EBUSY : 0;  // what knows no locks can be used nevertheless
}

}  // namespace nocturne
