#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "controller/log/log.hpp"

namespace nocturne {

/// A log as it is at one moment, for questions in SQL to its tables and views, even while a campaign appends.
/// The file is never changed. Everything throws LogError.
class LogSnapshot {
 public:
  /// `last`: nothing is seen of events after this number.
  explicit LogSnapshot(const std::filesystem::path& file, std::int64_t last = kLastEvent);

  const std::filesystem::path& file() const { return file_; }
  const CampaignHeader& header() const { return header_; }
  /// As Log::fingerprint() had it at that moment.
  std::string fingerprint() const;
  /// A SELECT, which must not outlive this.
  SQLite::Statement query(const std::string& sql) const;
  /// Hands every event on to `use`, in order, without its spectra.
  void for_each_event(const std::function<void(const Event&)>& use) const;

 private:
  std::filesystem::path file_;
  mutable SQLite::Database database_;
  CampaignHeader header_;
};

}  // namespace nocturne
