#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/json_types.hpp"

// JSON Schema (2020-12), as the documents of the window describe themselves.
namespace nocturne::schema {

inline OrderedJson of(const char* type, const std::string& description) {
  OrderedJson schema{{"type", type}};
  if (!description.empty()) schema["description"] = description;
  return schema;
}
inline OrderedJson number(const std::string& description = "") { return of("number", description); }
inline OrderedJson whole(const std::string& description = "") { return of("integer", description); }
inline OrderedJson text(const std::string& description = "") { return of("string", description); }
inline OrderedJson flag(const std::string& description = "") { return of("boolean", description); }

inline OrderedJson one_of(std::vector<std::string> words, const std::string& description = "") {
  OrderedJson schema = text(description);
  schema["enum"] = std::move(words);
  return schema;
}

inline OrderedJson list(OrderedJson items, const std::string& description = "") {
  OrderedJson schema = of("array", description);
  schema["items"] = std::move(items);
  return schema;
}
inline OrderedJson numbers(const std::string& description = "") { return list(number(), description); }

/// Values of one kind by names that are not known beforehand.
inline OrderedJson by_name(OrderedJson value, const std::string& description = "") {
  OrderedJson schema = of("object", description);
  schema["additionalProperties"] = std::move(value);
  return schema;
}

/// A property, and whether it is always there.
struct Property {
  const char* name;
  OrderedJson value;
  bool always = true;
};
inline Property maybe(const char* name, OrderedJson value) { return {name, std::move(value), false}; }

inline OrderedJson object(const std::vector<Property>& properties, const std::string& description = "") {
  OrderedJson schema = of("object", description);
  OrderedJson named = OrderedJson::object(), required = OrderedJson::array();
  for (const Property& property : properties) {
    named[property.name] = property.value;
    if (property.always) required.push_back(property.name);
  }
  schema["properties"] = std::move(named);
  schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

}  // namespace nocturne::schema
