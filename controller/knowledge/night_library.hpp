#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "controller/log/log.hpp"
#include "models/study.hpp"

namespace nocturne {

/// The logs (*.db) of a folder, in the order of their names. Throws FileError if it is none.
std::vector<std::filesystem::path> logs_in(const std::filesystem::path& folder);

/// All nights of one folder as one knowledge: each log is a study with an offset of its own, seen from the
/// bench and recipe of the newest campaign on one material. What was read and learned is kept beside the
/// logs, so that the next answer comes at once; it is made anew when a log changes, comes or goes.
class NightLibrary {
 public:
  /// Reads the logs (*.db) of a folder, or what was kept of them. `material`: what the answers are to be made
  /// of, by its name or its file's, in any case; empty = the only one that there are campaigns on. Throws
  /// FileError: no folder, no campaign on it, campaigns on several materials and none is named.
  explicit NightLibrary(std::filesystem::path folder, std::string material = {});

  /// The campaign that answers are for: nobody started one later.
  const CampaignHeader& newest() const { return newest_; }
  const std::vector<Study>& studies() const { return studies_; }
  /// A line for every log: what of it is used, and why not the rest.
  const std::vector<std::string>& messages() const { return messages_; }

  /// What a model of these outputs (comma-separated) found in the studies before; empty = nobody asked yet.
  std::vector<double> learned(const std::string& outputs) const;
  /// Keeps it, and everything else. A folder that cannot be written is a message.
  void keep(const std::string& outputs, std::vector<double> learned);

 private:
  bool recall();
  void read();
  /// The newest campaign on the material; `logs` are sound. Throws FileError.
  void choose(const std::vector<std::pair<std::filesystem::path, CampaignHeader>>& logs);
  std::string identity() const;
  std::filesystem::path kept() const;

  std::filesystem::path folder_;
  std::string material_;                     ///< as asked for, without capitals
  std::vector<std::filesystem::path> logs_;  ///< in the order of their names
  CampaignHeader newest_;
  std::filesystem::path newest_file_;
  std::vector<Study> studies_;
  std::vector<std::string> messages_;
  std::map<std::string, std::vector<double>> learned_;
};

}  // namespace nocturne
