#include "stages/tag/lexicon.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// A slot is a hash whose lowest bits are the word's lists; 0 is empty, as every word has a list.
// Its place comes from the hash's upper bits, which it keeps.
constexpr int kListBits = kFlagBits - kListBit;
constexpr uint64_t kListMask = (uint64_t{1} << kListBits) - 1;
static_assert(kListBits <= 27, "too little is left of the hash");

uint64_t Mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ 0x9E3779B97F4A7C15) *
                       static_cast<unsigned __int128>(b ^ 0xD6E8FEB86659FD93);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t Load(const char* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

// Of a word in small letters. FindAscii() computes the same of the text itself.
uint64_t HashOf(std::string_view word) {
  char padded[kWordBytesMax + 16] = {};
  std::memcpy(padded, word.data(), word.size());
  uint64_t hash = word.size();
  for (size_t at = 0; at < word.size(); at += 16) {
    hash = Mix(Load(padded + at) ^ hash, Load(padded + at + 8));
  }
  return hash;
}

// The lowest `size` bytes of a word's eight, made small.
uint64_t LowerBytes(uint64_t bytes, size_t size) {
  const uint64_t mask = size >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * size)) - 1;
  return (bytes | 0x2020202020202020) & mask;
}

}  // namespace

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

bool IsSameWord(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
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

uint64_t& Lexicon::SlotOf(uint64_t hash) {
  size_t at = hash >> slot_shift_;
  while (slots_[at] != 0 && ((slots_[at] ^ hash) & ~kListMask) != 0) {
    at = (at + 1) & (slots_.size() - 1);
  }
  return slots_[at];
}

void Lexicon::AddWord(std::string_view word, WordFlags flag) {
  char buffer[kWordBytesMax];
  const std::string_view key = ToLowerWord(word, buffer);
  if (key.empty()) return;
  if (2 * (word_count_ + 1) > slots_.size()) {
    std::vector<uint64_t> old(2 * slots_.size());
    old.swap(slots_);
    slot_shift_ = 64 - std::countr_zero(slots_.size());
    for (const uint64_t slot : old) {
      if (slot != 0) SlotOf(slot) = slot;
    }
  }
  const uint64_t hash = HashOf(key);
  uint64_t& slot = SlotOf(hash);
  if (slot == 0) {
    ++word_count_;
    slot = hash & ~kListMask;
  }
  slot |= flag >> kListBit;
}

WordFlags Lexicon::FindHash(uint64_t hash) const {
  // Nearly all words are decided by two slots, without a branch on which.
  const size_t at = hash >> slot_shift_;
  const uint64_t first = slots_[at];
  const uint64_t second = slots_[(at + 1) & (slots_.size() - 1)];
  const bool is_first = ((first ^ hash) & ~kListMask) == 0;
  const bool is_second = ((second ^ hash) & ~kListMask) == 0;
  const bool is_open = first != 0 && second != 0 && !is_first && !is_second;
  if (is_open) [[unlikely]] {
    return (const_cast<Lexicon*>(this)->SlotOf(hash) & kListMask) << kListBit;
  }
  const uint64_t found = (is_first ? first : 0) | (is_second ? second : 0);
  return (found & kListMask) << kListBit;
}

WordFilter Lexicon::FilterOf(WordFlags lists) const {
  WordFilter filter;
  filter.has_all_ = lists == kAnyWord;
  for (const uint64_t slot : slots_) {
    if (((slot & kListMask) << kListBit & lists) == 0) continue;
    const uint64_t bit = slot >> WordFilter::kHashShift;
    filter.bits_[bit / 64] |= uint64_t{1} << (bit % 64);
  }
  return filter;
}

WordFlags Lexicon::Find(std::string_view word) const {
  char buffer[kWordBytesMax];
  const std::string_view key = ToLowerWord(word, buffer);
  return key.empty() ? 0 : FindHash(HashOf(key));
}

uint64_t Lexicon::HashAscii(std::string_view text, uint32_t begin, uint32_t end) {
  const size_t size = end - begin;
  if (size > 16 || begin + 16 > text.size()) {
    char buffer[kWordBytesMax];
    return HashOf(ToLowerWord(text.substr(begin, size), buffer));
  }
  const uint64_t low = LowerBytes(Load(text.data() + begin), size);
  const uint64_t high = size <= 8 ? 0 : LowerBytes(Load(text.data() + begin + 8), size - 8);
  return Mix(low ^ size, high);
}

}  // namespace copydesk
