#include "stages/story/json_walk.h"

#include <fmt/format.h>

#include "stages/story/json_fault.h"
#include "stages/story/json_token.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static_assert(kPaddingBytes >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

bool JsonWalk::Begin(std::string_view json, size_t readable) {
  depth_ = 0;
  last_at_ = 0;
  failure_path_.clear();
  is_path_whole_ = false;
  size_ = json.size();
  text_ = json.data();
  if (readable < size_ + kPaddingBytes) {
    padded_.assign(json);
    padded_.append(kPaddingBytes, '\0');
    text_ = padded_.data();
    readable = padded_.size();
  }
  const size_t begin = json.substr(0, 3) == kByteOrderMark ? 3 : 0;
  const auto error = parser_.iterate(text_ + begin, size_ - begin, readable - begin).get(document_);
  if (!error) return true;
  if (const size_t bad = FirstInvalidUtf8(json); bad < json.size()) {
    // What is open where the good bytes end is where the bad one stands.
    if (const auto fault = FindJsonFault(json.substr(0, bad), depth_max_)) {
      failure_path_ = fault->path;
    }
    return Fail("invalid-utf8", bad,
                fmt::format("byte 0x{:02x} does not belong there; expected UTF-8",
                            static_cast<unsigned char>(json[bad])));
  }
  return FailStructure(error);
}

bool JsonWalk::Walk(JsonValue value) {
  const std::string_view token = TokenOf(value);
  switch (token.empty() ? '\0' : token.front()) {
    case '{':
      return ForEachMember(value,
                           [this](std::string_view, JsonValue child) { return Walk(child); });
    case '[':
      return ForEachElement(value, [this](size_t, JsonValue child) { return Walk(child); });
    case '"': {
      std::string_view content;
      return StringContent(token, &content);
    }
    default:
      if (IsJsonScalar(token)) return true;
      return Fail("invalid-json", OffsetOf(token),
                  fmt::format("found {}, expected a value", Excerpt(token)));
  }
}

std::string_view JsonWalk::TokenOf(JsonValue value) {
  std::string_view token = value.raw_json_token();
  last_at_ = OffsetOf(token);
  token = token.substr(0, last_at_ < size_ ? size_ - last_at_ : 0);
  // simdjson takes a string before a ':' for a key and passes over what follows it, unchecked. With
  // the ':' in it the token is no string any more, and is refused as none.
  const size_t next = last_at_ + token.size();
  if (text_[last_at_] == '"' && text_[next] == ':') return {token.data(), token.size() + 1};
  while (!token.empty() && IsSpace(token.back())) token.remove_suffix(1);
  return token;
}

bool JsonWalk::Unquote(std::string_view token, std::string_view* content) {
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') {
    return FailStructure(simdjson::TAPE_ERROR);
  }
  *content = token.substr(1, token.size() - 2);
  return true;
}

bool JsonWalk::CheckEscape(std::string_view content, size_t bad) {
  if (bad == std::string_view::npos) return true;
  return Fail("invalid-json", OffsetOf(content) + bad, BadEscape(content.substr(bad)));
}

bool JsonWalk::StringContent(std::string_view token, std::string_view* content) {
  return Unquote(token, content) && CheckEscape(*content, FindBadEscape(*content));
}

bool JsonWalk::ReadString(std::string_view token, std::string* out) {
  std::string_view content;
  return Unquote(token, &content) && CheckEscape(content, UnescapeJson(content, out));
}

bool JsonWalk::ReadKey(const char* begin, std::string* unescaped, std::string_view* key) {
  const std::string_view rest(begin, static_cast<size_t>(text_ + size_ - begin));
  size_t end = 0;
  bool has_escape = false;
  while (end < rest.size() && rest[end] != '"') {
    const bool is_escape = rest[end] == '\\';
    has_escape |= is_escape;
    end += is_escape ? 2 : 1;
  }
  *key = rest.substr(0, end);
  key_at_ = OffsetOf(*key) - 1;
  last_at_ = key_at_;
  if (!has_escape) return true;
  if (!ReadString({begin - 1, key->size() + 2}, unescaped)) return false;
  *key = *unescaped;
  return true;
}

bool JsonWalk::Descend() {
  if (++depth_ <= depth_max_) return true;
  return Fail("too-deep", last_at_, fmt::format("expected at most {} levels", depth_max_));
}

bool JsonWalk::CheckEnd() {
  if (document_.current_location().error() == simdjson::OUT_OF_BOUNDS) return true;
  return FailStructure(simdjson::TRAILING_CONTENT);
}

size_t JsonWalk::EndOfWalked() {
  const char* next = nullptr;
  if (document_.current_location().get(next) != simdjson::SUCCESS) return size_;
  auto end = static_cast<size_t>(next - text_);
  while (end > 0 && IsSpace(text_[end - 1])) --end;
  return end;
}

bool JsonWalk::FailStructure(simdjson::error_code error) {
  std::optional<JsonFault> fault = FindJsonFault(text(), depth_max_);
  if (!fault) return Fail("invalid-json", last_at_, simdjson::error_message(error));
  failure_path_ = std::move(fault->path);
  is_path_whole_ = true;
  return Fail("invalid-json", fault->at, fault->what);
}

bool JsonWalk::Fail(std::string_view code, size_t at, std::string_view what) {
  failure_code_ = code;
  failure_at_ = at;
  failure_what_ = what;
  return false;
}

bool JsonWalk::Under(std::string_view key) {
  if (!is_path_whole_) failure_path_.insert(0, "/" + Excerpt(key));
  return false;
}

DecodeFailure JsonWalk::failure() const {
  const std::string_view path = failure_path_;
  return {failure_code_, path.empty() ? fmt::format("byte {}: {}", failure_at_, failure_what_)
                                      : fmt::format("{} at byte {}: {}", path.substr(1),
                                                    failure_at_, failure_what_)};
}

}  // namespace copydesk
