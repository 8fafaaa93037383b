// The words that names are made of: given names, titles, what companies end with.
//
// A lexicon has lists of words, read from the rules file (name_rules.h). A word's flags say in
// which lists it stands and what shape it has in the text; words are found whatever their case.
//
// Units:   words are UTF-8; capitals are Unicode's.
// Threads: immutable once read (share freely).
// Limits:  27 lists; words of 64 bytes.
// Cost:    16 to 32 bytes a word; a look-up is one hash of the word and one or two slots. Words are
//          told apart by 37 bits of their hash: of a million words that are in no list one may be
//          taken for another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
inline constexpr int kFlagBits = 40;
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

class Lexicon {
 public:
  // Adds a list and returns its flag. The same name again returns the same flag.
  absl::Status AddList(std::string_view name, WordFlags* flag);
  void AddWord(std::string_view word, WordFlags flag);

  // The flag of a list; 0 where there is none of that name.
  WordFlags FlagOf(std::string_view list) const;
  // The lists that `word` stands in.
  WordFlags Find(std::string_view word) const;
  // The same in two steps, between which the table's line is fetched. The hash of the ASCII
  // letters, digits and marks . - ' in text[begin, end).
  static uint64_t HashAscii(std::string_view text, uint32_t begin, uint32_t end);
  void Prefetch(uint64_t hash) const { __builtin_prefetch(slots_.data() + (hash >> slot_shift_)); }
  WordFlags FindHash(uint64_t hash) const;
  // Of the words of `lists`; with kAnyWord of all that there may be.
  WordFilter FilterOf(WordFlags lists) const;

 private:
  // The slot of a hash, or the empty one where it would go.
  uint64_t& SlotOf(uint64_t hash);

  static constexpr size_t kSlotsMin = 1024;
  std::vector<uint64_t> slots_ =
      std::vector<uint64_t>(kSlotsMin);  // the upper bits of a word's hash, and its lists below
  int slot_shift_ = 64 - 10;
  size_t word_count_ = 0;
  std::vector<std::string> lists_;
};

// Lower case, code point by code point, into `buffer`; "" for more than kWordBytesMax bytes.
std::string_view ToLowerWord(std::string_view word, char (&buffer)[kWordBytesMax]);
// True when the texts are the same but for the case of ASCII letters.
bool IsSameWord(std::string_view a, std::string_view b);

}  // namespace copydesk
