#include "stages/tag/lexicon.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr int kSetBitsMin = 8;  // of a slot
constexpr uint64_t kLowBits = 0x0101010101010101;
constexpr uint64_t kHighBits = 0x8080808080808080;

// Eight bytes of ASCII in small letters: a sum's high bit says which bytes are 'A' or more, and
// which more than 'Z'.
uint64_t SmallLetters(uint64_t bytes) {
  const uint64_t from_a = bytes + kLowBits * (0x80 - 'A');
  const uint64_t behind_z = bytes + kLowBits * (0x80 - 'Z' - 1);
  return bytes | (from_a & ~behind_z & kHighBits) >> 2;
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

uint64_t Lexicon::HashOf(std::string_view word) {
  char padded[kWordBytesMax + kShortWordBytes] = {};
  std::memcpy(padded, word.data(), word.size());
  uint64_t hash = word.size();
  for (size_t at = 0; at < word.size(); at += kShortWordBytes) {
    hash = Mix(Load(padded + at) ^ hash, Load(padded + at + 8));
  }
  return hash;
}

void Lexicon::AddWord(std::string_view word, WordFlags flag) {
  char buffer[kWordBytesMax];
  const std::string_view key = ToLowerWord(word, buffer);
  if (!key.empty()) words_[HashOf(key)] |= flag;
}

void Lexicon::Pack() {
  // In the order of their hashes, so that the table is the same every time.
  std::vector<std::pair<uint64_t, WordFlags>> words(words_.begin(), words_.end());
  std::sort(words.begin(), words.end());
  sets_ = {0};
  absl::flat_hash_map<WordFlags, uint32_t> numbers;
  for (const auto& [hash, lists] : words) {
    const bool is_new = numbers.try_emplace(lists, static_cast<uint32_t>(sets_.size())).second;
    if (is_new) sets_.push_back(lists);
  }
  hash_mask_ = ~uint32_t{0} << std::max<int>(kSetBitsMin, std::bit_width(sets_.size() - 1));
  bucket_count_ = words.size() / kWordsPerBucket + 1;
  buckets_.assign(bucket_count_, Bucket{});
  for (const auto& [hash, lists] : words) {
    if (FindHash(hash) != 0) continue;  // the one word in millions that cannot be told from another
    size_t at = BucketOf(hash);
    while (buckets_[at].slots[3] != 0) at = at + 1 == bucket_count_ ? 0 : at + 1;
    Bucket::Slots& slots = buckets_[at].slots;
    int slot = 0;
    while (slots[slot] != 0) ++slot;
    slots[slot] = (static_cast<uint32_t>(hash) & hash_mask_) | numbers[lists];
  }
}

WordFilter Lexicon::FilterOf(WordFlags lists) const {
  WordFilter filter;
  filter.has_all_ = lists == kAnyWord;
  for (const auto& [hash, of_word] : words_) {
    if ((of_word & lists) == 0) continue;
    const uint64_t bit = hash >> WordFilter::kHashShift;
    filter.bits_[bit / 64] |= uint64_t{1} << (bit % 64);
  }
  return filter;
}

WordFlags Lexicon::Find(std::string_view word) const {
  // Most words are short ones of ASCII.
  if (word.size() <= kShortWordBytes) {
    char padded[kShortWordBytes] = {};
    std::memcpy(padded, word.data(), word.size());
    const uint64_t low = Load(padded);
    const uint64_t high = Load(padded + 8);
    if (((low | high) & kHighBits) == 0) {
      return FindHash(Mix(SmallLetters(low) ^ word.size(), SmallLetters(high)));
    }
  }
  char buffer[kWordBytesMax];
  const std::string_view key = ToLowerWord(word, buffer);
  return key.empty() ? 0 : FindHash(HashOf(key));
}

}  // namespace copydesk
