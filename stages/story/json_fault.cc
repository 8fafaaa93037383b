#include "stages/story/json_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "stages/story/json_token.h"

namespace copydesk {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class FaultFinder {
 public:
  FaultFinder(std::string_view json, size_t depth_max) : json_(json), depth_max_(depth_max) {
    if (json_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  std::optional<JsonFault> Find() {
    if (ReadValue(0)) {
      SkipSpace();
      if (at_ == json_.size()) return std::nullopt;
      Expected("nothing behind the value");
    }
    return fault_;
  }

 private:
  char next() const { return at_ < json_.size() ? json_[at_] : '\0'; }

  void SkipSpace() { at_ = std::min(json_.find_first_not_of(" \t\r\n", at_), json_.size()); }

  bool Take(char c) {
    SkipSpace();
    if (next() != c) return false;
    ++at_;
    return true;
  }

  bool Fail(size_t at, std::string what) {
    fault_.at = at;
    fault_.what = std::move(what);
    return false;
  }

  bool Expected(std::string_view what) {
    if (at_ == json_.size()) return Fail(at_, fmt::format("the record ends, expected {}", what));
    return Fail(at_, fmt::format("found {}, expected {}", Excerpt(json_.substr(at_), 16), what));
  }

  bool ReadValue(size_t depth) {
    SkipSpace();
    if (next() == '{' || next() == '[') {
      if (depth == depth_max_) return Expected(fmt::format("at most {} levels", depth_max_));
      return next() == '{' ? ReadObject(depth + 1) : ReadArray(depth + 1);
    }
    if (next() == '"') return ReadString(nullptr);
    const size_t end = std::min(json_.find_first_of(" \t\r\n,:[]{}\"", at_), json_.size());
    if (!IsJsonScalar(json_.substr(at_, end - at_))) return Expected("a value");
    at_ = end;
    return true;
  }

  bool ReadObject(size_t depth) {
    ++at_;
    if (Take('}')) return true;
    do {
      SkipSpace();
      std::string_view key;
      if (next() != '"') return Expected("a member's name");
      if (!ReadString(&key)) return false;
      if (!Take(':')) return Expected("':'");
      const size_t path_size = fault_.path.size();
      fault_.path.append("/").append(Excerpt(key));
      if (!ReadValue(depth)) return false;
      if (next_token() != ',' && next_token() != '}') return Expected("',' or '}'");
      fault_.path.resize(path_size);
    } while (Take(','));
    return Take('}');
  }

  bool ReadArray(size_t depth) {
    ++at_;
    if (Take(']')) return true;
    size_t index = 0;
    do {
      const size_t path_size = fault_.path.size();
      fault_.path.append("/").append(std::to_string(index++));
      if (!ReadValue(depth)) return false;
      if (next_token() != ',' && next_token() != ']') return Expected("',' or ']'");
      fault_.path.resize(path_size);
    } while (Take(','));
    return Take(']');
  }

  char next_token() {
    SkipSpace();
    return next();
  }

  bool ReadString(std::string_view* content) {
    const size_t begin = ++at_;
    while (at_ < json_.size() && json_[at_] != '"') {
      if (static_cast<unsigned char>(json_[at_]) < 0x20) {
        return Fail(at_,
                    fmt::format("found a bare control character 0x{:02x} in a string", json_[at_]));
      }
      at_ += json_[at_] == '\\' ? 2 : 1;
    }
    if (at_ >= json_.size()) return Fail(begin - 1, "found a string that is never closed");
    const std::string_view inside = json_.substr(begin, at_ - begin);
    if (const size_t bad = FindBadEscape(inside); bad != std::string_view::npos) {
      return Fail(begin + bad, BadEscape(inside.substr(bad)));
    }
    if (content != nullptr) *content = inside;
    ++at_;
    return true;
  }

  const std::string_view json_;
  const size_t depth_max_;
  size_t at_ = 0;
  JsonFault fault_;
};

}  // namespace

std::optional<JsonFault> FindJsonFault(std::string_view json, size_t depth_max) {
  return FaultFinder(json, depth_max).Find();
}

std::string BadEscape(std::string_view escape) {
  return fmt::format("found {}, which is no escape or half a surrogate pair", Excerpt(escape, 12));
}

std::string Excerpt(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace copydesk
