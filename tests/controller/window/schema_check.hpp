#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nocturne::test {

/// Checks documents against the schemas of an OpenAPI document, as far as these go: types, enumerations,
/// required and unknown properties, items, references.
class SchemaCheck {
 public:
  explicit SchemaCheck(nlohmann::json openapi) : openapi_(std::move(openapi)) {}

  /// What is wrong with `value`, by its place; empty = nothing.
  std::vector<std::string> problems(const std::string& schema, const nlohmann::json& value) const {
    std::vector<std::string> found;
    look(openapi_.at("components").at("schemas").at(schema), value, schema, found);
    return found;
  }

 private:
  static bool is_type(const std::string& type, const nlohmann::json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    if (type == "null") return value.is_null();
    return type == "number" && value.is_number();
  }

  void look(const nlohmann::json& schema, const nlohmann::json& value, const std::string& place,
            std::vector<std::string>& found) const {
    const nlohmann::json types =
        schema.at("type").is_array() ? schema.at("type") : nlohmann::json::array({schema.at("type")});
    if (std::ranges::none_of(types, [&](const auto& type) { return is_type(type, value); }))
      return found.push_back(place + ": " + value.dump().substr(0, 60) + " is no " + types.dump());
    if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end())
      found.push_back(place + ": " + value.dump() + " is none of " + schema["enum"].dump());
    if (value.is_array())
      for (const auto& item : value) look(schema.at("items"), item, place + "[]", found);
    if (!value.is_object()) return;
    const nlohmann::json named = schema.value("properties", nlohmann::json::object());
    for (const auto& required : schema.value("required", nlohmann::json::array()))
      if (!value.contains(required)) found.push_back(place + ": " + required.dump() + " is missing");
    for (const auto& [key, part] : value.items()) {
      if (named.contains(key))
        look(named[key], part, place + "." + key, found);
      else if (schema.at("additionalProperties").is_object())
        look(schema["additionalProperties"], part, place + "." + key, found);
      else
        found.push_back(place + ": " + key + " is not in the schema");
    }
  }

  nlohmann::json openapi_;
};

}  // namespace nocturne::test
