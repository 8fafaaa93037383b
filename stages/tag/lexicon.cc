#include "stages/tag/lexicon.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/string_view.h"
#include "stages/text/utf8.h"

namespace copydesk {

std::string_view ToLowerWord(std::string_view word, char (&buffer)[kWordBytesMax]) {
  if (word.size() > kWordBytesMax - U8_MAX_LENGTH) return {};
  size_t size = 0;
  for (size_t at = 0; at < word.size();) {
    const char byte = word[at];
    if (static_cast<unsigned char>(byte) < 0x80) {
      if (size == kWordBytesMax) return {};
      buffer[size++] = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte;
      ++at;
      continue;
    }
    const UChar32 lower = u_tolower(static_cast<UChar32>(NextCodePoint(word, &at)));
    if (size + U8_MAX_LENGTH > kWordBytesMax) return {};
    U8_APPEND_UNSAFE(reinterpret_cast<uint8_t*>(buffer), size, lower);
  }
  return {buffer, size};
}

absl::Status Lexicon::AddList(std::string_view name, WordFlags* flag) {
  *flag = FlagOf(name);
  if (*flag != 0) return absl::OkStatus();
  if (lists_.size() == kFlagBits - kListBit) {
    return absl::InvalidArgumentError(
        fmt::format("more than {} lists of words", kFlagBits - kListBit));
  }
  lists_.emplace_back(name);
  *flag = FlagOf(name);
  return absl::OkStatus();
}

WordFlags Lexicon::FlagOf(std::string_view list) const {
  const auto found = std::find(lists_.begin(), lists_.end(), list);
  return found == lists_.end() ? 0 : WordFlags{1} << (kListBit + (found - lists_.begin()));
}

void Lexicon::AddWord(std::string_view word, WordFlags flag) {
  char buffer[kWordBytesMax];
  const std::string_view key = ToLowerWord(word, buffer);
  if (!key.empty()) words_[absl::string_view(key.data(), key.size())] |= flag;
}

WordFlags Lexicon::Find(std::string_view word) const {
  char buffer[kWordBytesMax];
  const std::string_view key = ToLowerWord(word, buffer);
  if (key.empty()) return 0;
  const auto found = words_.find(absl::string_view(key.data(), key.size()));
  return found == words_.end() ? 0 : found->second;
}

}  // namespace copydesk
