#include "recipes/literature_file.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "models/sizing.hpp"
#include "recipes/delimited_table.hpp"
#include "recipes/document.hpp"
#include "recipes/quantity_words.hpp"
#include "recipes/unit_text.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kMostBytes = 16u << 20;
constexpr const char* kDefault = "default";
const std::string kError = "_se";

/// A quantity that a column may hold. Beyond the limits it is a slip of the pen, or in another unit.
struct Word {
  std::string name;
  double low = -1e100, high = 1e100;
  bool is_output = false;
  std::vector<std::string> choices;
};

std::vector<Word> words_of(const LiteratureUse& use) {
  std::vector<Word> words;
  for (const QuantityWord& word : quantity_words())
    words.push_back({word.name, word.low, word.high, word.is_output, {}});
  const auto add = [&](Word word) {
    if (std::ranges::find(words, word.name, &Word::name) == words.end()) words.push_back(std::move(word));
  };
  for (const Variable& variable : use.variables) add({variable.name, -1e100, 1e100, false, variable.choices});
  for (const std::string& output : use.outputs) add({output, -1e100, 1e100, true, {}});
  return words;
}

/// Comment lines become empty, so that the others keep their numbers.
std::string without_comments(const std::string& text) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text[at] != '#') kept.append(text, at, end - at);
    kept += '\n';
    at = end + 1;
  }
  return kept;
}

struct Sourced {
  Study study;
  std::string source;  ///< as in the table
  int line = 0;        ///< of its first row
  int from_size = 0;   ///< peaks that come from the sizing curve
};

struct Default {
  Conditions conditions;
  int line = 0;
};

/// Reads a table row by row.
class Reader {
 public:
  Reader(const std::string& text, const std::string& name, const LiteratureUse& use)
      : use_{use}, words_{words_of(use)}, table_{parse_delimited_table(without_comments(text), name)} {
    header_line_ = line_of_header(text);
    check_headings();
  }

  Literature read() {
    for (const auto& row : table_.rows) take(row);
    Literature result;
    result.other_material = other_material_;
    for (Sourced& sourced : studies_) result.studies.push_back(finished(std::move(sourced)));
    for (const auto& [study, given] : defaults_)
      if (std::ranges::find(result.studies, study, &Study::name) == result.studies.end() && !left_out(study))
        refuse(given.line, "the default is of study '" + study + "', which has no synthesis");
    return result;
  }

 private:
  using Row = DelimitedTable::Row;

  [[noreturn]] void refuse(int line, const std::string& what) const {
    throw FileError{table_.file + ":" + std::to_string(line) + ": " + what};
  }

  static int line_of_header(const std::string& text) {
    int line = 1;
    for (std::size_t at = 0; at < text.size(); ++line) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (text[at] != '#' && text.find_first_not_of(" \t\r", at) < end) return line;
      at = end + 1;
    }
    return 1;
  }

  const Word* word(const std::string& name) const {
    const auto found = std::ranges::find(words_, name, &Word::name);
    return found == words_.end() ? nullptr : &*found;
  }

  void check_headings() {
    std::vector<std::string> known{"study", "source", "material", "note"};
    for (const Word& one : words_) {
      known.push_back(one.name);
      if (one.is_output) known.push_back(one.name + kError);
    }
    for (std::size_t i = 0; i < table_.headings.size(); ++i) {
      const std::string& heading = table_.headings[i];
      if (std::ranges::find(known, heading) == known.end())
        refuse(header_line_, "unknown column '" + heading + "'" + suggestion(heading, known));
      if (!columns_.emplace(heading, i).second)
        refuse(header_line_, "column '" + heading + "' stands a second time");
    }
    for (const char* needed : {"study", "source"})
      if (!columns_.contains(needed))
        refuse(header_line_, std::string{"there is no column '"} + needed + "' (needed: study, source)");
    for (const Word& one : words_)
      if (one.is_output && columns_.contains(one.name) && !columns_.contains(one.name + kError))
        refuse(header_line_, "column '" + one.name + "' has no standard errors (needed: a column " +
                                 one.name + kError + ")");
  }

  const std::string& cell(const Row& row, const std::string& heading) const {
    static const std::string nothing;
    const auto found = columns_.find(heading);
    return found == columns_.end() ? nothing : row.cells[found->second];
  }

  std::optional<double> number(const Row& row, const std::string& heading, double low, double high) const {
    const std::string& text = cell(row, heading);
    if (text.empty()) return std::nullopt;
    const auto value = number_in_cell(text);
    if (!value) refuse(row.line, heading + " is '" + text + "' (allowed: a number)");
    if (!(*value >= low && *value <= high))
      refuse(row.line, heading + " is " + text + " (allowed: " + number_text(low) + " to " +
                           number_text(high) + ", in the unit that its name ends with)");
    return value;
  }

  Conditions conditions_of(const Row& row) const {
    Conditions conditions;
    for (const Word& one : words_) {
      if (one.is_output) continue;
      if (one.choices.empty()) {
        if (const auto value = number(row, one.name, one.low, one.high)) conditions[one.name] = *value;
        continue;
      }
      const auto choice = std::ranges::find(one.choices, cell(row, one.name));
      if (choice != one.choices.end())
        conditions[one.name] = static_cast<double>(choice - one.choices.begin());
    }
    return conditions;
  }

  std::map<std::string, Estimate> measured_in(const Row& row) const {
    std::map<std::string, Estimate> measured;
    for (const Word& one : words_) {
      if (!one.is_output) continue;
      const auto value = number(row, one.name, one.low, one.high);
      const auto error = number(row, one.name + kError, 0.0, one.high);
      if (error && !value) refuse(row.line, one.name + kError + " stands without " + one.name);
      if (!value) continue;
      if (!error || *error == 0.0)
        refuse(row.line, one.name + " has no standard error (needed: " + one.name + kError + ", above 0)");
      measured[one.name] = {*value, *error};
    }
    return measured;
  }

  bool left_out(const std::string& study) const {
    return std::ranges::find(left_out_, study) != left_out_.end();
  }

  void take(const Row& row) {
    const std::string &name = cell(row, "study"), &source = cell(row, "source");
    if (name.empty()) refuse(row.line, "the study has no name");
    if (source.empty()) refuse(row.line, "the synthesis has no source (needed: who published it)");
    StudyRecord record{conditions_of(row), measured_in(row)};
    if (source == kDefault) return take_default(row, name, record);
    if (record.measured.empty()) refuse(row.line, "the synthesis has no output");
    const std::string& material = cell(row, "material");
    if (use_.material != nullptr && !material.empty() && material != use_.material->name) {
      ++other_material_;
      left_out_.push_back(name);
      return;
    }
    Sourced& sourced = study(row, name, source);
    sourced.from_size += add_peak(row, record) ? 1 : 0;
    sourced.study.records.push_back(std::move(record));
  }

  void take_default(const Row& row, const std::string& name, const StudyRecord& record) {
    if (!record.measured.empty()) refuse(row.line, "a default has conditions only, no outputs");
    if (record.conditions.empty()) refuse(row.line, "the default names no condition");
    const auto [first, is_new] = defaults_.emplace(name, Default{record.conditions, row.line});
    if (!is_new)
      refuse(row.line,
             "study '" + name + "' has a default already (line " + std::to_string(first->second.line) + ")");
  }

  Sourced& study(const Row& row, const std::string& name, const std::string& source) {
    const auto same = [&](const Sourced& one) { return one.study.name == name; };
    const auto found = std::ranges::find_if(studies_, same);
    if (found == studies_.end()) {
      studies_.push_back({{name, source, {}}, source, row.line, 0});
      return studies_.back();
    }
    if (found->source != source)
      refuse(row.line, "study '" + name + "' has another source on line " + std::to_string(found->line) +
                           " (allowed: one)");
    return *found;
  }

  bool add_peak(const Row& row, StudyRecord& record) const {
    const auto size = record.measured.find("edge_length_nm");
    if (use_.material == nullptr || size == record.measured.end() || record.measured.contains("peak_nm"))
      return false;
    const auto peak = peak_of_edge(*use_.material, size->second);
    if (!peak && use_.material->sizing_by_exciton) return false;
    if (!peak)
      refuse(row.line, "edge_length_nm " + cell(row, "edge_length_nm") + " lies beyond the sizing curve of " +
                           use_.material->name + " (" + number_text(use_.material->smallest_edge_nm) +
                           " to " + number_text(use_.material->largest_edge_nm) + " nm; needed: peak_nm)");
    record.measured["peak_nm"] = *peak;
    return true;
  }

  Study finished(Sourced sourced) const {
    const auto found = defaults_.find(sourced.study.name);
    if (found != defaults_.end())
      for (StudyRecord& record : sourced.study.records)
        record.conditions.insert(found->second.conditions.begin(), found->second.conditions.end());
    if (sourced.from_size > 0)
      sourced.study.source +=
          "; " + std::to_string(sourced.from_size) + " of " + std::to_string(sourced.study.records.size()) +
          " peaks computed from the edge length (" + use_.material->name + ": " + use_.material->source + ")";
    return std::move(sourced.study);
  }

  const LiteratureUse& use_;
  std::vector<Word> words_;
  DelimitedTable table_;
  int header_line_ = 1;
  std::map<std::string, std::size_t> columns_;  // by heading
  std::vector<Sourced> studies_;
  std::map<std::string, Default> defaults_;  // by study
  std::vector<std::string> left_out_;
  int other_material_ = 0;
};

}  // namespace

Literature parse_literature(const std::string& text, const std::string& name, const LiteratureUse& use) {
  return Reader{text, name, use}.read();
}

Literature read_literature(const std::filesystem::path& file, const LiteratureUse& use) {
  return parse_literature(read_text_file(file, kMostBytes), file.string(), use);
}

}  // namespace nocturne
