// What the readers of the wire's words share: one of these words with its number, wherever it may
// stand, and how what is found at several places is joined.
//
// Threads: pure functions. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "stages/story/story.h"
#include "stages/story/wire_words.h"

namespace copydesk::wire {

// How a word may stand.
enum Form : uint8_t {
  kAnyCase = 0,
  kCapitals = 1,      // an everyday word: only in capitals outside notes to editors
  kNumbered = 2,      // only with a number
  kCompounds = 4,     // may begin a compound: HOLD-UP, KILL-SWITCH
  kSlash = 8,         // may be followed by a slash: WDH/ROUNDUP 2:
  kEditorsOnly = 16,  // only in notes to editors
  kAttribute = 32     // may stand before what it is said of: WITHDRAWN-TROOPS RETURN HOME
};

struct Word {
  std::string_view text;  // ASCII letters in lower case; others as they stand in either case
  Notice notice;
  uint8_t form;
};

// One of the wire's words with its number.
struct Item {
  const Word* word = nullptr;
  int32_t number = 0;
  bool is_capitals = false;  // not of words that have none of A to Z
  size_t end = 0;
};

// Reads the item at `at`: "UPDATE 2", "1st Ld-Writethru".
bool ReadItem(std::string_view text, size_t at, Item* item);

// Up to two digits. Returns 0, leaving *at alone, where no number stands.
int32_t ReadNumber(std::string_view text, size_t* at);

// Where the salutations that `text` begins with end ("Achtung Redaktionen", "Eds"); 0 for none.
size_t SkipSalutations(std::string_view text);

inline bool IsEnd(Notice notice) { return notice == Notice::kKill || notice == Notice::kWithhold; }

// Which of two notices names a story that has both: a kill before all others.
int Strength(Notice notice);
void Join(Notice notice, int32_t number, WireWords* words);
inline void Join(const Item& item, WireWords* words) {
  Join(item.word->notice, item.number, words);
}

// Whether a word is a slug as Reuters writes one: "SPACE-MOONLET/".
bool IsSlug(std::string_view word);

// Letters are ASCII's; what is beyond counts as a part of a word.
inline char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsWordByte(char c) {
  return IsDigit(c) || (ToLower(c) >= 'a' && ToLower(c) <= 'z') || (c & 0x80) != 0;
}
std::string ToLower(std::string_view text);
bool StartsWith(std::string_view text, std::string_view lower);
inline constexpr std::string_view kFullWidthColon = "\uFF1A";
inline bool EndsWord(std::string_view text, size_t at) {
  return at >= text.size() || !IsWordByte(text[at]) || text.substr(at).starts_with(kFullWidthColon);
}
size_t SkipSpaces(std::string_view text, size_t at);

}  // namespace copydesk::wire
