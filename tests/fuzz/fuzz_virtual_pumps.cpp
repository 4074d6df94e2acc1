#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/noisy_pumps.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nocturne::test::play_to_pumps(std::string_view{reinterpret_cast<const char*>(data), size});
  return 0;
}
