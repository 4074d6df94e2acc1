#include "controller/window/night_shelf.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/window/problem.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kMostOpen = 4;  // some megabytes each

}  // namespace

NightShelf::NightShelf(const std::vector<std::filesystem::path>& files) {
  std::set<std::filesystem::path> seen;
  for (const std::filesystem::path& file : files) {
    if (!seen.insert(std::filesystem::weakly_canonical(file)).second) continue;
    const std::string name = file.filename().string();
    std::string id = name;
    const auto is_taken = [&](const Listed& other) { return other.id == id; };
    for (int number = 2; std::ranges::any_of(listed_, is_taken); ++number)
      id = fmt::format("{}-{}", name, number);
    listed_.push_back({std::move(id), file});
  }
}

const NightShelf::Listed& NightShelf::listed(const std::string& id) const {
  const auto found = std::ranges::find(listed_, id, &Listed::id);
  if (found == listed_.end())
    throw not_found(fmt::format("no log is called {} (allowed: those of /logs)", id));
  return *found;
}

std::shared_ptr<SharedNight> NightShelf::night(const std::string& id) {
  const Listed& asked = listed(id);
  const std::lock_guard lock{mutex_};
  const auto found = std::ranges::find_if(open_, [&](const auto& night) { return night->id() == id; });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
    return open_.front();
  }
  open_.push_front(std::make_shared<SharedNight>(asked.id, asked.file));
  if (open_.size() > kMostOpen) open_.pop_back();
  return open_.front();
}

}  // namespace nocturne
