// Reads members of a JSON object that may be of any shape: what is not there, or not of the kind
// asked for, is empty.
//
// Threads: pure functions.
#pragma once

#include <rapidjson/document.h>

#include <limits>
#include <string_view>

namespace copydesk {

inline std::string_view TextOf(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject()) return {};
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsString()) return {};
  return {member->value.GetString(), member->value.GetStringLength()};
}

// NaN when it is no number.
inline double NumberOf(const rapidjson::Value& object, const char* name) {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  if (!object.IsObject()) return kUnknown;
  const auto member = object.FindMember(name);
  return member == object.MemberEnd() || !member->value.IsNumber() ? kUnknown
                                                                   : member->value.GetDouble();
}

// The array or object `name`, or an empty array.
inline const rapidjson::Value& PartOf(const rapidjson::Value& object, const char* name) {
  static const rapidjson::Value kEmpty(rapidjson::kArrayType);
  if (!object.IsObject()) return kEmpty;
  const auto member = object.FindMember(name);
  const bool is_part =
      member != object.MemberEnd() && (member->value.IsArray() || member->value.IsObject());
  return is_part ? member->value : kEmpty;
}

}  // namespace copydesk
