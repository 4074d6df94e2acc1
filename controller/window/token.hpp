#pragma once

#include <filesystem>
#include <string>

namespace nocturne {

/// 32 random bytes in base64url (43 characters). Throws std::runtime_error without a source of randomness.
std::string random_token();

/// A file's first line. Throws FileError: unreadable, shorter than 16 characters, not plain ASCII without
/// spaces.
std::string read_token(const std::filesystem::path& file);

/// Takes as long for a token that is nearly right as for one that is wrong at once.
bool same_token(const std::string& given, const std::string& right);

}  // namespace nocturne
