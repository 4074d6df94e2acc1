#include "controller/log/log_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "controller/log/log.hpp"

namespace nocturne {
namespace {

/// Whether the locked file is still the one that its name leads to: a former holder removes it on leaving.
bool same_file(int descriptor, const std::filesystem::path& file) {
  struct stat held {};
  struct stat named {};
  return fstat(descriptor, &held) == 0 && stat(file.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

std::filesystem::path lock_file(const std::filesystem::path& log) {
  return std::filesystem::weakly_canonical(log).string() + "-lock";
}

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const auto size = pread(descriptor, text.data(), text.size() - 1, 0);
  return size > 0 ? "process " + std::string{text.data(), static_cast<std::size_t>(size)} : "another process";
}

void write_holder(int descriptor) {
  const std::string text = std::to_string(getpid());
  // The number is only for people: a full disk must not keep anybody from locking.
  [[maybe_unused]] const bool written =
      ftruncate(descriptor, 0) == 0 && pwrite(descriptor, text.data(), text.size(), 0) > 0;
}

/// Of the whole file, for whoever has it open: gone when the last descriptor is closed. Unlike flock() it can
/// be asked for without being taken, so that who only looks never stands in the way.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

bool LogLock::is_held(const std::filesystem::path& log) {
  const int descriptor = ::open(lock_file(log).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock lock = whole_file();
  const bool held = fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(descriptor);
  return held;
}

LogLock::LogLock(const std::filesystem::path& log) : file_{lock_file(log)} {
  while (true) {
    descriptor_ = ::open(file_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw LogError{log.string() + ": cannot be written (" + std::strerror(errno) + ")"};
    const struct flock lock = whole_file();
    if (fcntl(descriptor_, F_OFD_SETLK, &lock) != 0) {
      const std::string who = errno == EAGAIN || errno == EACCES ? holder(descriptor_) : "another process";
      ::close(descriptor_);
      throw LogError{log.string() + ": is being written by " + who +
                     " (wait for its end, or choose another --log)"};
    }
    if (same_file(descriptor_, file_)) break;
    ::close(descriptor_);
  }
  write_holder(descriptor_);
}

LogLock::~LogLock() {
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

}  // namespace nocturne
