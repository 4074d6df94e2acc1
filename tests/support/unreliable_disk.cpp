#include "support/unreliable_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <fstream>
#include <limits>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

constexpr std::size_t kDiskSector = 512;
constexpr const char* kDiskName = "unreliable";

struct DiskOperation {
  std::size_t offset = 0;            ///< of a truncation: the new size
  std::optional<std::string> bytes;  ///< none: a truncation
};

struct DiskFile {
  std::string synced;
  std::vector<DiskOperation> unsynced;
};

void put_bytes(std::string& content, std::size_t offset, const char* bytes, std::size_t size) {
  if (content.size() < offset + size) content.resize(offset + size, '\0');
  content.replace(offset, size, bytes, size);
}

void do_now(std::string& content, const DiskOperation& operation) {
  if (operation.bytes)
    put_bytes(content, operation.offset, operation.bytes->data(), operation.bytes->size());
  else
    content.resize(operation.offset, '\0');
}

/// Every sector arrives or does not.
void do_torn(std::string& content, const DiskOperation& operation, std::mt19937_64& random) {
  const std::size_t end = operation.offset + operation.bytes->size();
  for (std::size_t from = operation.offset; from < end;) {
    const std::size_t to = std::min(end, (from / kDiskSector + 1) * kDiskSector);
    if (random() % 2 == 0)
      put_bytes(content, from, operation.bytes->data() + (from - operation.offset), to - from);
    from = to;
  }
}

/// How gently a power cut treats what was not synced.
struct CutMood {
  double kept = 0.0, torn = 0.0;
};

CutMood some_mood(std::mt19937_64& random) {
  constexpr CutMood moods[] = {{0.0, 0.0}, {0.5, 0.25}, {0.9, 0.05}, {0.98, 0.02}, {0.1, 0.4}, {1.0, 0.0}};
  return moods[random() % std::size(moods)];
}

std::string content_after_cut(const DiskFile& file, std::mt19937_64& random) {
  const CutMood mood = some_mood(random);
  std::uniform_real_distribution<double> uniform;
  std::string content = file.synced;
  for (const DiskOperation& operation : file.unsynced) {
    const double fate = uniform(random);
    if (fate < mood.kept)
      do_now(content, operation);
    else if (fate < mood.kept + mood.torn && operation.bytes)
      do_torn(content, operation, random);
  }
  return content;
}

}  // namespace

struct UnreliableDisk::State {
  using OpenDirectory = int (*)(const char*, int*);
  /// A file that SQLite holds open: this in front, the one of the system's file system behind it.
  struct Handle {
    sqlite3_file base;
    State* disk;
    DiskFile* file;  ///< null: not on this disk
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  std::filesystem::path folder;
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  sqlite3_vfs vfs{};
  std::deque<DiskFile> files;  ///< all there ever were
  /// By name: what it stood for when the folder was last synced and after each change since; null = nothing.
  std::map<std::string, std::vector<DiskFile*>> names;
  std::size_t operations = 0;
  std::size_t fatal = std::numeric_limits<std::size_t>::max();
  bool dead = false;
  std::atomic<bool> hangs = false;
  static inline State* current = nullptr;  ///< SQLite's hook for folders takes no context
  static inline OpenDirectory open_directory = nullptr;

  explicit State(const std::filesystem::path& where) : folder{std::filesystem::canonical(where)} {
    for (const auto& entry : std::filesystem::directory_iterator{folder})
      if (entry.is_regular_file())
        names[entry.path().filename()] = {&files.emplace_back(DiskFile{file_text(entry.path()), {}})};
    vfs = *system;
    vfs.zName = kDiskName;
    vfs.pNext = nullptr;
    vfs.pAppData = this;
    vfs.szOsFile = static_cast<int>(sizeof(Handle)) + system->szOsFile;
    vfs.xOpen = &State::open;
    vfs.xDelete = &State::remove;
    current = this;
    open_directory = reinterpret_cast<OpenDirectory>(system->xGetSystemCall(system, "openDirectory"));
    const auto hook = [](const char* path, int* descriptor) {
      current->sync_folder();
      return open_directory(path, descriptor);
    };
    system->xSetSystemCall(system, "openDirectory", reinterpret_cast<sqlite3_syscall_ptr>(+hook));
    sqlite3_vfs_register(&vfs, 1);
  }

  ~State() {
    sqlite3_vfs_unregister(&vfs);
    sqlite3_vfs_register(system, 1);
    system->xSetSystemCall(system, "openDirectory", nullptr);
    current = nullptr;
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static State& of(sqlite3_vfs* vfs) { return *static_cast<State*>(vfs->pAppData); }
  static Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

  /// False if the machine is without power. The operation at which it fails is under way: it counts as
  /// unsynced.
  bool count() {
    hangs.wait(true);
    if (dead) return false;
    dead = ++operations >= fatal;
    return true;
  }
  int result() const { return dead ? SQLITE_IOERR : SQLITE_OK; }

  /// SQLite opens a folder for nothing but to sync it.
  void sync_folder() {
    if (dead) return;
    for (auto& [name, stood_for] : names) stood_for.erase(stood_for.begin(), stood_for.end() - 1);
  }

  bool is_folder_synced() const {
    return std::ranges::all_of(names, [](const auto& entry) { return entry.second.size() == 1; });
  }

  std::optional<std::string> name_here(const char* path) const {
    if (!path) return std::nullopt;
    const std::filesystem::path file{path};
    std::error_code error;
    if (std::filesystem::weakly_canonical(file.parent_path(), error) != folder) return std::nullopt;
    return file.filename();
  }

  DiskFile* opened(const std::string& name) {
    std::vector<DiskFile*>& stood_for = names.try_emplace(name, 1, nullptr).first->second;
    if (stood_for.back()) return stood_for.back();
    if (!count()) return nullptr;
    stood_for.push_back(&files.emplace_back());
    return stood_for.back();
  }

  static int open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* out_flags) {
    State& disk = of(vfs);
    Handle& made = *new (file) Handle{};
    if (disk.dead) return SQLITE_CANTOPEN;
    const int status = disk.system->xOpen(disk.system, path, made.real(), flags, out_flags);
    if (status != SQLITE_OK) return status;
    const auto name = disk.name_here(path);
    made.disk = &disk;
    made.file = name ? disk.opened(*name) : nullptr;
    made.base.pMethods = &methods;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    State& disk = of(vfs);
    const auto name = disk.name_here(path);
    if (name) {
      if (!disk.count()) return SQLITE_IOERR_DELETE;
      const auto known = disk.names.find(*name);
      if (known != disk.names.end() && known->second.back()) known->second.push_back(nullptr);
      if (disk.dead) return SQLITE_IOERR_DELETE;
    }
    return disk.system->xDelete(disk.system, path, sync_folder);
  }

  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    Handle& self = handle(file);
    if (self.file) {
      if (!self.disk->count()) return SQLITE_IOERR_WRITE;
      self.file->unsynced.push_back(
          {static_cast<std::size_t>(offset),
           std::string{static_cast<const char*>(bytes), static_cast<std::size_t>(size)}});
      if (self.disk->dead) return SQLITE_IOERR_WRITE;
    }
    return self.real()->pMethods->xWrite(self.real(), bytes, size, offset);
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& self = handle(file);
    if (self.file) {
      if (!self.disk->count()) return SQLITE_IOERR_TRUNCATE;
      self.file->unsynced.push_back({static_cast<std::size_t>(size), std::nullopt});
      if (self.disk->dead) return SQLITE_IOERR_TRUNCATE;
    }
    return self.real()->pMethods->xTruncate(self.real(), size);
  }

  static int sync(sqlite3_file* file, int flags) {
    Handle& self = handle(file);
    if (!self.file) return self.real()->pMethods->xSync(self.real(), flags);
    if (!self.disk->count() || self.disk->dead) return SQLITE_IOERR_FSYNC;
    for (const DiskOperation& operation : self.file->unsynced) do_now(self.file->synced, operation);
    self.file->unsynced.clear();
    // The file behind must see to it only that the folder of a new journal is synced as well.
    return self.disk->is_folder_synced() ? SQLITE_OK : self.real()->pMethods->xSync(self.real(), flags);
  }

  static int close(sqlite3_file* file) { return handle(file).real()->pMethods->xClose(handle(file).real()); }

  /// Calls the method of the file behind.
  template <auto method, class... Arguments>
  static auto pass(sqlite3_file* file, Arguments... arguments) {
    sqlite3_file* real = handle(file).real();
    return (real->pMethods->*method)(real, arguments...);
  }

  static const sqlite3_io_methods methods;
};

const sqlite3_io_methods UnreliableDisk::State::methods = {
    2,  // with shared memory, without memory-mapped files
    &State::close,
    &State::pass<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>,
    &State::write,
    &State::truncate,
    &State::sync,
    &State::pass<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
    &State::pass<&sqlite3_io_methods::xLock, int>,
    &State::pass<&sqlite3_io_methods::xUnlock, int>,
    &State::pass<&sqlite3_io_methods::xCheckReservedLock, int*>,
    &State::pass<&sqlite3_io_methods::xFileControl, int, void*>,
    &State::pass<&sqlite3_io_methods::xSectorSize>,
    &State::pass<&sqlite3_io_methods::xDeviceCharacteristics>,
    &State::pass<&sqlite3_io_methods::xShmMap, int, int, int, void volatile**>,
    &State::pass<&sqlite3_io_methods::xShmLock, int, int, int>,
    &State::pass<&sqlite3_io_methods::xShmBarrier>,
    &State::pass<&sqlite3_io_methods::xShmUnmap, int>,
    nullptr,
    nullptr,
};

UnreliableDisk::UnreliableDisk(const std::filesystem::path& folder)
    : state_{std::make_unique<State>(folder)} {}
UnreliableDisk::~UnreliableDisk() = default;

void UnreliableDisk::cut_power_at(std::size_t operation) { state_->fatal = operation; }
void UnreliableDisk::hang() { state_->hangs = true; }
std::size_t UnreliableDisk::operations() const { return state_->operations; }
bool UnreliableDisk::is_dead() const { return state_->dead; }

void UnreliableDisk::leave_in(const std::filesystem::path& folder, std::mt19937_64& random) const {
  for (const auto& [name, stood_for] : state_->names) {
    const DiskFile* file = stood_for[random() % stood_for.size()];
    if (file) write_file(folder / name, content_after_cut(*file, random));
  }
}

}  // namespace nocturne::test
