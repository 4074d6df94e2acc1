#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controller/export/export_table.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

struct CampaignHeader;

/// What the log says of itself: campaign, seed, versions, file names, SHA-256 of each text, fingerprint.
std::vector<std::pair<std::string, std::string>> provenance_of(const LogSnapshot& log);
/// When the campaign began, in s since 1970 by the wall clock of then.
double started_unix_s(const LogSnapshot& log);

/// A text that the campaign was started with.
struct KeptText {
  std::string name;  ///< "recipe", "bench", "plant" or "material"; "import_map" of an import
  std::string file, content;
};
/// Those that are not empty.
std::vector<KeptText> kept_texts(const CampaignHeader& header);

/// The recipe's stocks; none of an import. Throws FileError if the recipe cannot be read.
std::vector<Stock> stocks_of(const CampaignHeader& header);

ExportTable export_reagents(const LogSnapshot& log);
ExportTable export_provenance(const LogSnapshot& log);

}  // namespace nocturne
