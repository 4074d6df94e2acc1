#include "controller/text_input.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <istream>

#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 256u << 20;

/// Everything, in one piece where the size is expected, so that no copy stands beside it.
std::string rest_of(std::istream& stream, const std::string& name, std::uintmax_t expected) {
  constexpr std::size_t piece = 1u << 16;
  std::string bytes;
  std::size_t more = expected > 0 ? std::min<std::uintmax_t>(expected, kMostBytes) + 1 : piece;
  while (stream && bytes.size() <= kMostBytes) {
    const std::size_t size = bytes.size();
    bytes.resize(size + more);
    stream.read(bytes.data() + size, static_cast<std::streamsize>(more));
    bytes.resize(size + static_cast<std::size_t>(stream.gcount()));
    more = piece;
  }
  if (stream.bad()) throw FileError{name + ":1: cannot be read"};
  if (bytes.size() > kMostBytes) throw FileError{name + ":1: is too large (at most 256 MB)"};
  return bytes;
}

}  // namespace

std::string bytes_of_file(const fs::path& file) {
  const std::string name = file.string();
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) throw FileError{name + ":1: no such file"};
  const bool pipe = status.type() == fs::file_type::fifo;
  if (!pipe && !fs::is_regular_file(status)) throw FileError{name + ":1: not a file"};
  std::ifstream stream{file, std::ios::binary};
  if (!stream) throw FileError{name + ":1: cannot be read"};
  return rest_of(stream, name, pipe ? 0 : fs::file_size(file, error));
}

std::string TextInput::bytes(const fs::path& file) {
  if (file != "-") return bytes_of_file(file);
  if (was_read_) throw FileError{"-:1: the standard input was already read (once)"};
  was_read_ = true;
  return rest_of(standard_input_, "-", 0);
}

}  // namespace nocturne
