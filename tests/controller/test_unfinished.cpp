#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "controller/unfinished.hpp"
#include "recipes/recipe.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {

namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& text) { std::ofstream{file} << text; }

std::string text_of(const fs::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::ptrdiff_t count_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator{folder}, fs::directory_iterator{});
}

}  // namespace

TEST_CASE("Unfinished: what is whole takes the place of what was there") {
  const TemporaryFolder folder;
  const fs::path wanted = folder.path() / "page.html";
  write(wanted, "old");
  {
    Unfinished unfinished{wanted};
    write(unfinished.path(), "new");
    CHECK(text_of(wanted) == "old");
    unfinished.finish();
  }
  CHECK(text_of(wanted) == "new");
  CHECK(count_in(folder.path()) == 1);
}

TEST_CASE("Unfinished: what is given up leaves what was there, and nothing else") {
  const TemporaryFolder folder;
  const fs::path wanted = folder.path() / "night.db";
  write(wanted, "old");
  {
    const Unfinished unfinished{wanted};
    write(unfinished.path(), "half");
    write(unfinished.path().string() + "-wal", "of a database");
  }
  CHECK(text_of(wanted) == "old");
  CHECK(count_in(folder.path()) == 1);
  {
    const Unfinished of_files{folder.path() / "export"};
    fs::create_directory(of_files.path());
    write(of_files.path() / "a.csv", "half");
  }
  CHECK(count_in(folder.path()) == 1);
}

TEST_CASE("Unfinished: nothing written, or a place that is taken by a full folder, is an error") {
  const TemporaryFolder folder;
  Unfinished nothing{folder.path() / "page.html"};
  CHECK_THROWS_AS(nothing.finish(), FileError);
  fs::create_directory(folder.path() / "taken");
  write(folder.path() / "taken" / "file", "");
  Unfinished file{folder.path() / "taken"};
  write(file.path(), "new");
  CHECK_THROWS_AS(file.finish(), FileError);
  CHECK(fs::exists(folder.path() / "taken" / "file"));
}

}  // namespace nocturne::test
