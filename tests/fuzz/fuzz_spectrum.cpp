#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "fuzz/read_spectrum.hpp"

namespace {

// The allocator's hooks have no context of their own.
bool counting = false;
std::ptrdiff_t live = 0, most = 0;

void count_malloc(const volatile void*, std::size_t size) {
  if (!counting) return;
  live += static_cast<std::ptrdiff_t>(size);
  most = std::max(most, live);
}

void count_free(const volatile void* pointer) {
  if (counting && pointer) live -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(pointer));
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  __sanitizer_install_malloc_and_free_hooks(count_malloc, count_free);
  return 0;
}

/// Reading takes no more than eight times the file, and 4 MB for what does not grow with it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t constant = 4u << 20, factor = 8;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  live = most = 0;
  counting = true;
  nocturne::test::read_spectrum(bytes);
  counting = false;
  if (static_cast<std::size_t>(most) + size > factor * size + constant) {
    std::fprintf(stderr, "%td bytes of memory to read %zu\n", most, size);
    std::abort();
  }
  return 0;
}
