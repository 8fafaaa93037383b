// Walks one JSON object with simdjson on demand, checks every token of it, and knows where it went
// wrong.
//
// simdjson's first stage has checked UTF-8 and the strings' ends before anything is walked; the
// rest of the grammar is checked by walking. Of a walk that fails, failure() tells the code, the
// path from the root and the byte.
//
// Units:    byte offsets into the text given to Begin().
// Lifetime: the text outlives the walk; views of tokens and keys are valid until the next Begin().
// Threads:  one task thread. Errors: functions return false and failure() says why.
// Limits:   nesting; a path or value quoted in a failure is cut.
// Cost:     no allocation once it has grown; a copy of a text without padding.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "stages/story/decode.h"  // DecodeFailure

namespace copydesk {

using JsonValue = simdjson::ondemand::value;

class JsonWalk {
 public:
  explicit JsonWalk(size_t depth_max) : depth_max_(depth_max) {}

  // Takes `json`, whose first byte but a BOM and white space is '{'. `readable` bytes from its
  // first on may be read, that behind its last is then 0; where they are too few for simdjson's
  // padding, it is copied.
  bool Begin(std::string_view json, size_t readable);

  // Calls visit(key, value) for each member of the root object; `visit` walks the value and
  // returns false on failure. Fails also when anything stands behind the object.
  template <typename Visit>
  bool ForEachRootMember(Visit&& visit) {
    return ForEachMemberOf(document_.get_object(), visit) && CheckEnd();
  }
  // The same for the members of `object`, or visit(index, value) for the elements of `array`.
  template <typename Visit>
  bool ForEachMember(JsonValue object, Visit&& visit) {
    return ForEachMemberOf(object.get_object(), visit);
  }
  template <typename Visit>
  bool ForEachElement(JsonValue array, Visit&& visit) {
    simdjson::ondemand::array elements;
    if (const auto error = array.get_array().get(elements)) return FailStructure(error);
    if (!Descend()) return false;
    size_t index = 0;
    for (auto element : elements) {
      JsonValue value;
      if (const auto error = std::move(element).get(value)) return FailStructure(error);
      if (!visit(index, value)) return Under(std::to_string(index));
      ++index;
    }
    --depth_;
    return true;
  }

  // Checks a value and all that is in it.
  bool Walk(JsonValue value);

  // The token at which `value` begins: a whole scalar or string, or a bracket.
  std::string_view TokenOf(JsonValue value);
  // What stands between the quotes of a string's token, escapes checked.
  bool StringContent(std::string_view token, std::string_view* content);
  // Replaces *out by a string's token with its escapes resolved.
  bool ReadString(std::string_view token, std::string* out);

  size_t OffsetOf(std::string_view token) const {
    return static_cast<size_t>(token.data() - text_);
  }
  // Where the quote stands that opens the key read last.
  size_t key_offset() const { return key_at_; }
  // Behind the last byte of the object or array that was walked last.
  size_t EndOfWalked();
  // The text; padding follows it.
  std::string_view text() const { return {text_, size_}; }

  bool Fail(std::string_view code, size_t at, std::string_view what);
  // Puts `key` in front of the path of the failure. Returns false.
  bool Under(std::string_view key);
  DecodeFailure failure() const;

 private:
  template <typename Visit>
  bool ForEachMemberOf(simdjson::simdjson_result<simdjson::ondemand::object> got, Visit&& visit) {
    simdjson::ondemand::object members;
    if (const auto error = std::move(got).get(members)) return FailStructure(error);
    if (!Descend()) return false;
    for (auto member : members) {
      simdjson::ondemand::field field;
      if (const auto error = std::move(member).get(field)) return FailStructure(error);
      std::string unescaped;  // stays empty but for the rare key with an escape
      std::string_view key;
      if (!ReadKey(field.key().raw(), &unescaped, &key)) return false;
      if (!visit(key, field.value())) return Under(key);
    }
    --depth_;
    return true;
  }

  bool ReadKey(const char* begin, std::string* unescaped, std::string_view* key);
  // What stands between the quotes of a string's token.
  bool Unquote(std::string_view token, std::string_view* content);
  // Fails at the bad escape of the content, unless `bad` is npos.
  bool CheckEscape(std::string_view content, size_t bad);
  bool Descend();
  bool CheckEnd();
  // Finds out where the text breaks the grammar that simdjson says it breaks.
  bool FailStructure(simdjson::error_code error);

  const size_t depth_max_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  const char* text_ = nullptr;  // with padding: the caller's, or padded_
  size_t size_ = 0;             // without
  std::string padded_;
  size_t depth_ = 0;
  size_t key_at_ = 0;
  size_t last_at_ = 0;  // where the last token began

  std::string_view failure_code_;
  size_t failure_at_ = 0;
  std::string failure_what_;
  std::string failure_path_;
  bool is_path_whole_ = false;
};

}  // namespace copydesk
