#include "controller/text_input.hpp"

#include <cstdint>
#include <fstream>
#include <istream>

#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 256u << 20;

std::string rest_of(std::istream& stream, const std::string& name) {
  constexpr std::size_t piece = 1u << 16;
  std::string bytes;
  while (stream && bytes.size() <= kMostBytes) {
    const std::size_t size = bytes.size();
    bytes.resize(size + piece);
    stream.read(bytes.data() + size, static_cast<std::streamsize>(piece));
    bytes.resize(size + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw FileError{name + ": cannot be read"};
  if (bytes.size() > kMostBytes) throw FileError{name + ": is too large (at most 256 MB)"};
  return bytes;
}

}  // namespace

std::string bytes_of_file(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) throw FileError{file.string() + ": is a folder, not a file"};
  std::ifstream stream{file, std::ios::binary};
  if (!stream) throw FileError{file.string() + ": cannot be read"};
  return rest_of(stream, file.string());
}

std::string TextInput::bytes(const fs::path& file) {
  if (file != "-") return bytes_of_file(file);
  if (was_read_) throw FileError{"-: the standard input was already read (once)"};
  was_read_ = true;
  return rest_of(standard_input_, "-");
}

}  // namespace nocturne
