#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "controller/log/log.hpp"
#include "models/material.hpp"
#include "models/study.hpp"
#include "models/variable.hpp"

namespace nocturne {

/// What an optimizer is to begin with, as a user says it.
struct EarlierRequest {
  std::vector<std::string> literature;      ///< files, or names of shipped ones
  std::vector<std::filesystem::path> logs;  ///< of earlier campaigns, or imported
};

/// What it is to be used for.
struct EarlierUse {
  std::vector<Variable> variables;
  std::map<std::string, double> fixed;  ///< conditions that do not vary
  std::vector<std::string> outputs;     ///< records of none of them are left out; empty = any output will do
  const Material* material = nullptr;   ///< what is made; null = nothing that has a sizing curve
  /// The present campaign; logs of the same bench with the same stocks need no offset. Null = another.
  const CampaignHeader* campaign = nullptr;
  /// What is there already: a record of a log that is one of these in every number counts once. Null =
  /// nothing.
  const std::vector<Study>* known = nullptr;
};

struct EarlierStudies {
  std::vector<Study> studies;         ///< every record has every variable and no other condition
  std::vector<std::string> messages;  ///< one line per file: what of it is used, and why not the rest
};

/// Reads and fits them. Records beyond the bounds stay. Left out are records that lack a variable or have no
/// place on its scale, and those that differ in a condition that does not vary here. Throws FileError:
/// unreadable, of another material, given twice.
EarlierStudies read_earlier(const EarlierRequest& request, const EarlierUse& use);

/// The observed experiments of a log, its fixed conditions included; failures are no part of it.
Study study_of(const Log& log);

/// `more` behind `studies`, under names that differ. Throws FileError for a study that is there already.
void append(std::vector<Study>& studies, std::vector<Study> more);

/// Studies as text for a log, and back; "" is none.
std::string text_of(const std::vector<Study>& studies);
std::vector<Study> studies_in(const std::string& text);

}  // namespace nocturne
