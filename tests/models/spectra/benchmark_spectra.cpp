#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

#include "models/spectra/characterize.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

namespace {

constexpr int pixels = 2048;

struct Pair {
  Spectrum emission, absorbance;
};

/// A droplet as the flow cell sees it: counts with shot and read noise, absorbance of an edge with exciton.
Pair pair_of(std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> normal;
  const Eigen::VectorXd nm = Eigen::VectorXd::LinSpaced(pixels, 350.0, 950.0);
  Pair pair{{nm, Eigen::VectorXd(pixels), Eigen::VectorXd(pixels)},
            {nm, Eigen::VectorXd(pixels), Eigen::VectorXd(pixels)}};
  const Light line = energy_gaussian(502.0, 95.0, 9000.0);
  for (Eigen::Index i = 0; i < pixels; ++i) {
    const double at = nm[i], light = line(at);
    pair.emission.variance[i] = light / 3.0 + 64.0;
    pair.emission.value[i] = light + std::sqrt(pair.emission.variance[i]) * normal(random);
    const double absorbed = 0.15 * std::exp((420.0 - at) / 90.0) / (1.0 + std::exp((at - 482.0) / 6.0)) +
                            0.05 * std::exp(-0.5 * std::pow((at - 489.0) / 7.0, 2)) + 0.02;
    pair.absorbance.variance[i] = 4e-7;
    pair.absorbance.value[i] = absorbed + std::sqrt(4e-7) * normal(random);
  }
  return pair;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

int run(int frames) {
  const Material material = bromide();
  CharacterizationSettings settings;
  settings.search.low_nm = 400.0;
  settings.search.high_nm = 900.0;
  settings.path_cm = 0.1;
  std::vector<Pair> pairs;
  for (std::uint64_t seed = 0; seed < 16; ++seed) pairs.push_back(pair_of(seed));
  const auto once = [&](int i) {
    const Pair& pair = pairs[static_cast<std::size_t>(i) % pairs.size()];
    return quantities(characterize(&pair.emission, &pair.absorbance, material, settings)).size();
  };
  std::vector<double> seconds;
  std::size_t found = 0;
  for (int i = 0; i < 500; ++i) {
    const double start = cpu_seconds();
    found = once(i);
    seconds.push_back(cpu_seconds() - start);
  }
  std::sort(seconds.begin(), seconds.end());
  const auto milliseconds = [&](double share) {
    return 1e3 * seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1))];
  };
  std::printf("%d pixels, %zu quantities: median %.2f ms, 95 %% below %.2f ms of processor time\n", pixels,
              found, milliseconds(0.5), milliseconds(0.95));
  const std::size_t before = mallinfo2().uordblks;
  for (int i = 0; i < frames; ++i) once(i);
  const std::size_t after = mallinfo2().uordblks;
  std::printf("%d frames: %lld bytes more in use\n", frames,
              static_cast<long long>(after) - static_cast<long long>(before));
  return after == before ? 0 : 1;
}

}  // namespace

}  // namespace nocturne::test

/// Time and memory of the full analysis of one pair; the argument is the number of frames for the memory
/// check.
int main(int count, char** arguments) {
  return nocturne::test::run(count > 1 ? std::atoi(arguments[1]) : 100000);
}
