#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace nocturne {

/// A new file whose bytes are all written when close() returns. Throws std::runtime_error.
class ExportFile {
 public:
  explicit ExportFile(std::filesystem::path file) : file_{std::move(file)}, out_{file_, std::ios::binary} {
    check();
  }
  void write(const std::string& text) {
    out_ << text;
    check();
  }
  void close() {
    out_.close();
    check();
  }

 private:
  void check() const {
    if (!out_) throw std::runtime_error{file_.string() + ": cannot be written"};
  }

  std::filesystem::path file_;
  std::ofstream out_;
};

}  // namespace nocturne
