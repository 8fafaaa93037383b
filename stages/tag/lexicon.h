// The words that names are made of: given names, titles, what companies end with.
//
// A lexicon has lists of words, read from the rules file (name_rules.h). A word's flags say in
// which lists it stands and what shape it has in the text; words are found whatever their case.
//
// The words stand in a table of 32-bit slots: a few bits of each are the number of the set of lists
// that the word is in, as there are few different sets, the others bits of its hash. So the lists
// of a hundred thousand words take 800 KB, which a core's second cache holds.
//
// Units:   words are UTF-8; capitals are Unicode's.
// Threads: immutable once packed (share freely).
// Limits:  35 lists; words of 64 bytes.
// Cost:    a look-up is one hash of the word and four slots, compared at once. Words are told apart
//          by their place and some 24 bits of their hash: of a million words that are in no list
//          one may be taken for another.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

namespace copydesk {

using WordFlags = uint64_t;

// What a word is in its text. The bits of lists come behind.
enum WordShape : WordFlags {
  kCapital = 1 << 0,   // begins with a capital
  kAllCaps = 1 << 1,   // two letters or more, and all capitals
  kInitial = 1 << 2,   // one capital, with or without its full stop
  kNumber = 1 << 3,    // digits
  kComma = 1 << 4,     // punctuation is a word of its own here
  kSmall = 1 << 5,     // a word that begins with no capital
  kStart = 1 << 6,     // nothing but white space or a full stop stands before it
  kBracket = 1 << 7,   // ( or [
  kStop = 1 << 8,      // other punctuation, or the end of a line
  kInPerson = 1 << 9,  // part of what the dictionary knows as a person's name
  kInOrganisation = 1 << 10,
  kInPlace = 1 << 11,
  kInOther = 1 << 12,  // an event's or object's
};
inline constexpr int kListBit = 13;
inline constexpr int kFlagBits = 48;
inline constexpr size_t kWordBytesMax = 64;

inline constexpr WordFlags kAnyWord = ~WordFlags{0};

// Tells cheaply that a word is in none of some lists. Immutable (share freely).
class WordFilter {
 public:
  // False for most words that are in none of the lists.
  bool MayHave(uint64_t hash) const {
    const uint64_t bit = hash >> kHashShift;
    return (bits_[bit / 64] >> (bit % 64) & 1) != 0;
  }

  bool has_all() const { return has_all_; }

 private:
  friend class Lexicon;
  bool has_all_ = false;
  static constexpr size_t kBits = 1 << 14;
  static constexpr int kHashShift = 64 - 14;
  std::vector<uint64_t> bits_ = std::vector<uint64_t>(kBits / 64);
};

// Lower case, code point by code point, into `buffer`; "" for more than kWordBytesMax bytes.
std::string_view ToLowerWord(std::string_view word, char (&buffer)[kWordBytesMax]);

class Lexicon {
 public:
  // Adds a list and returns its flag. The same name again returns the same flag.
  absl::Status AddList(std::string_view name, WordFlags* flag);
  void AddWord(std::string_view word, WordFlags flag);
  // Makes the words that were added known to what follows.
  void Pack();

  // The flag of a list; 0 where there is none of that name.
  WordFlags FlagOf(std::string_view list) const;
  // The lists that `word` stands in.
  WordFlags Find(std::string_view word) const;
  // The same in two steps, between which the table's line is fetched. The hash of the ASCII
  // letters, digits and marks . - ' in text[begin, end).
  static uint64_t HashAscii(std::string_view text, uint32_t begin, uint32_t end);
  void Prefetch(uint64_t hash) const { __builtin_prefetch(&buckets_[BucketOf(hash)]); }
  WordFlags FindHash(uint64_t hash) const;
  // Of the words of `lists`; with kAnyWord of all that there may be.
  WordFilter FilterOf(WordFlags lists) const;

 private:
  // A slot's lowest bits are the number of a set of lists, the others those of its word's hash; 0
  // is an empty one. A word that finds its bucket full stands in the next that is not.
  struct Bucket {
    using Slots = uint32_t __attribute__((vector_size(16)));  // compared at once
    using Halves = uint64_t __attribute__((vector_size(16)));
    Slots slots = {};
  };
  static constexpr size_t kWordsPerBucket = 2;   // on average
  static constexpr size_t kShortWordBytes = 16;  // are hashed at once

  size_t BucketOf(uint64_t hash) const { return ((hash >> 32) * bucket_count_) >> 32; }
  static uint64_t Load(const char* bytes) {
    uint64_t value;
    std::memcpy(&value, bytes, sizeof(value));
    return value;
  }
  static uint64_t Mix(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a ^ 0x9E3779B97F4A7C15) *
                         static_cast<unsigned __int128>(b ^ 0xD6E8FEB86659FD93);
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  // [8 + n] takes the lowest n bytes of eight: none for n below 0, all for n above 8.
  static constexpr auto kByteMasks = [] {
    std::array<uint64_t, 8 + kShortWordBytes + 1> masks = {};
    for (size_t n = 0; n <= kShortWordBytes; ++n) {
      masks[8 + n] = n >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * n)) - 1;
    }
    return masks;
  }();
  // Of a word in small letters.
  static uint64_t HashOf(std::string_view word);

  std::vector<Bucket> buckets_ = std::vector<Bucket>(1);
  size_t bucket_count_ = 1;
  uint32_t hash_mask_ = 0;                          // of a slot's bits
  std::vector<WordFlags> sets_ = {0};               // by number; the first is no list
  absl::flat_hash_map<uint64_t, WordFlags> words_;  // by hash
  std::vector<std::string> lists_;
};

inline uint64_t Lexicon::HashAscii(std::string_view text, uint32_t begin, uint32_t end) {
  const size_t size = end - begin;
  if (size > kShortWordBytes) {
    char buffer[kWordBytesMax];
    return HashOf(ToLowerWord(text.substr(begin, size), buffer));
  }
  const char* word = text.data() + begin;
  char padded[kShortWordBytes] = {};
  if (begin + kShortWordBytes > text.size()) {
    std::memcpy(padded, word, size);
    word = padded;
  }
  // The word's bytes, made small.
  const uint64_t low = (Load(word) | 0x2020202020202020) & kByteMasks[8 + size];
  const uint64_t high = (Load(word + 8) | 0x2020202020202020) & kByteMasks[size];
  return Mix(low ^ size, high);
}

inline WordFlags Lexicon::FindHash(uint64_t hash) const {
  for (size_t at = BucketOf(hash);; at = at + 1 == bucket_count_ ? 0 : at + 1) {
    const Bucket::Slots slots = buckets_[at].slots;
    const auto low = static_cast<uint32_t>(hash);
    const auto is_same = reinterpret_cast<Bucket::Slots>(((slots ^ low) & hash_mask_) == 0);
    const auto same = reinterpret_cast<Bucket::Halves>(is_same & slots);
    const uint64_t found = same[0] | same[1];
    const uint32_t set = static_cast<uint32_t>(found | found >> 32) & ~hash_mask_;
    // Asked at once: that a word is in some list cannot be foretold, that its bucket decides can.
    const uint32_t full = slots[3] == 0 ? 0 : 1;
    if (set >= full) return sets_[set];
  }
}

// True when the texts are the same but for the case of ASCII letters.
bool IsSameWord(std::string_view a, std::string_view b);

}  // namespace copydesk
