#include "controller/window/shared_night.hpp"

#include <sys/stat.h>

#include "controller/window/problem.hpp"

namespace nocturne {

SharedNight::SharedNight(std::string id, std::filesystem::path file)
    : id_{std::move(id)}, file_{std::move(file)} {
  night_.emplace(file_);
  read_ = place();
}

SharedNight::Place SharedNight::place() const {
  struct stat found {};
  if (::stat(file_.c_str(), &found) != 0) throw unreadable("the log " + id_ + " is not there any more");
  return {found.st_dev, found.st_ino};
}

void SharedNight::refresh() {
  const Place now = place();
  if (night_ && now == read_) return night_->follow();
  night_.reset();
  night_.emplace(file_);
  read_ = now;
  ++replaced_;
}

Life SharedNight::life() const { return life_of(night_->log()); }

}  // namespace nocturne
