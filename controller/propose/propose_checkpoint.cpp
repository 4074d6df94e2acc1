#include "controller/propose/propose_checkpoint.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;
constexpr const char* kMark = "nocturne propose checkpoint";
constexpr int kVersion = 1;

std::string header_line(const Json& identity) {
  return Json{{kMark, kVersion}, {"of", identity}}.dump() + "\n";
}

/// A new file is only sure to be there after a crash when its folder is on disk, too.
void sync_folder(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path{"."};
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

std::string reason() { return std::strerror(errno); }

}  // namespace

ProposeCheckpoint::ProposeCheckpoint(fs::path file, const Json& identity, std::ostream& messages)
    : file_{std::move(file)} {
  open();
  try {
    std::string text = read_all();
    const std::string header = header_line(identity);
    if (header.starts_with(text) && text.size() < header.size()) {  // new, or torn while it was made
      cut(0);
      write_line(header);
      sync_folder(file_);
      return;
    }
    const std::size_t before = text.size();
    const std::vector<std::string> lines = whole_lines(text);
    if (lines.empty()) refuse("1", "is not a checkpoint of propose");
    check_identity(lines.front(), identity);
    for (std::size_t i = 1; i < lines.size(); ++i) entries_.push_back(Json::parse(lines[i]));
    size_ = text.size();
    if (size_ == before) return;
    cut(size_);
    messages << file_.string()
             << ": the last line was torn by a crash and is dropped (nobody was answered)\n";
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

ProposeCheckpoint::~ProposeCheckpoint() { ::close(descriptor_); }

void ProposeCheckpoint::refuse(const std::string& where, const std::string& what) const {
  throw FileError{file_.string() + ":" + where + ": " + what};
}

void ProposeCheckpoint::open() {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
  if (descriptor_ < 0) refuse("1", "cannot be opened: " + reason());
  struct stat status {};
  std::string problem;
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode))
    problem = "is not a file";
  else if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
    problem = "is in use by another session";
  if (problem.empty()) return;
  ::close(descriptor_);
  refuse("1", problem);
}

std::string ProposeCheckpoint::read_all() const {
  std::string text;
  constexpr std::size_t piece = 1u << 20;
  for (;;) {
    const std::size_t size = text.size();
    text.resize(size + piece);
    const ssize_t count = ::pread(descriptor_, text.data() + size, piece, static_cast<off_t>(size));
    if (count < 0) refuse("1", "cannot be read: " + reason());
    text.resize(size + static_cast<std::size_t>(count));
    if (count == 0) return text;
  }
}

std::vector<std::string> ProposeCheckpoint::whole_lines(std::string& text) const {
  std::vector<std::string> lines;
  std::size_t at = 0;
  for (std::size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    lines.push_back(text.substr(at, end - at));
    if (Json::accept(lines.back())) continue;
    if (lines.size() == 1) refuse("1", "is not a checkpoint of propose");
    if (end + 1 != text.size()) refuse(std::to_string(lines.size()), "is damaged");
    lines.pop_back();  // a block of the last write that never reached the disk
    break;
  }
  text.resize(at);
  return lines;
}

void ProposeCheckpoint::check_identity(const std::string& line, const Json& identity) const {
  const Json header = Json::parse(line);
  if (!header.is_object() || !header.contains(kMark) || !header.contains("of") ||
      !header.at("of").is_object())
    refuse("1", "is not a checkpoint of propose");
  if (header.at(kMark) != kVersion) refuse("1", "was written by another version");
  const Json& of = header.at("of");
  for (const auto& [key, value] : identity.items())
    if (!of.contains(key) || of.at(key) != value)
      refuse("1", "is the checkpoint of another " + key + " (allowed: the same one, or a new file)");
}

void ProposeCheckpoint::cut(std::size_t size) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0 || ::fsync(descriptor_) != 0)
    refuse("1", "cannot be shortened: " + reason());
}

void ProposeCheckpoint::write_line(const std::string& line) {
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = ::write(descriptor_, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  if (written == line.size() && ::fdatasync(descriptor_) == 0) {
    size_ += line.size();
    return;
  }
  const std::string why = reason();
  cut(size_);
  throw std::runtime_error{file_.string() + ": cannot be written: " + why};
}

void ProposeCheckpoint::append(const Json& entry) { write_line(entry.dump() + "\n"); }

}  // namespace nocturne
