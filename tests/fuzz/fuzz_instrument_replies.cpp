#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/read_replies.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nocturne::test::read_replies(std::string_view{reinterpret_cast<const char*>(data), size});
  return 0;
}
