#pragma once

#include <cstddef>
#include <functional>

namespace nocturne {

/// Does work(0) to work(count - 1) on so many threads, in about this order. The first exception ends it and
/// is thrown again once all threads are at rest. Work that is independent gives the same on any number of
/// threads.
void in_parallel(int threads, std::size_t count, const std::function<void(std::size_t)>& work);

/// Threads that this machine runs at the same time; 1 if nobody knows.
int hardware_threads();

}  // namespace nocturne
