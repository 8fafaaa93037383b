// The names of a short story, which tell it from another of the same template: where the one has a
// name among others that both have, the other has another.
//
// A name is a word with a capital; of those that begin a sentence only one that another follows,
// for any word may stand there. It is known by its spelling: a bit for each two letters in a row,
// of those that look or sound alike one for all. So a name that is spelled a little otherwise, or
// misread, is the same, and two of hardly any letters are rarely taken for each other.
//
// Texts are those of a sketch (sketch.h).
//
// Threads: NameReader is used by one task thread; the rest are pure functions.
// Errors:  none; words are valid UTF-8.
// Cost:    NameReader is linear in the words up to the last name that it keeps; CompareNames() in
//          the product of the names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace copydesk {

// Collects the first names of a story, each once: Begin(), what the headline has, EndField(), what
// the body has, EndField().
class NameReader {
 public:
  static constexpr size_t kNamesMax = 24;

  void Begin();
  void TakeWord(std::string_view word);
  // A character that is no part of a word.
  void TakePunctuation(char c);
  // A row of a table begins behind a figure, or it is as if.
  void TakeFigure() { begins_sentence_ = true; }
  void EndField();

  // Spellings, in the order of the text.
  const std::vector<uint64_t>& names() const { return names_; }

 private:
  void Add(uint64_t spelling);

  std::vector<uint64_t> names_;
  bool begins_sentence_ = true;
  uint64_t first_ = 0;            // of this sentence, if it is a name where another follows
  bool is_abbreviation_ = false;  // the word before may be one
  // Of this field: the names before it, and its words without a capital and with one.
  size_t names_before_ = 0, small_words_ = 0, capital_words_ = 0;
};

uint64_t SpellingOf(std::string_view name);

// How the names of two stories go together, in the order in which most of them do.
struct NamesCompared {
  uint32_t alike = 0;
  uint32_t replaced = 0;  // each has a name between these that the other does not have
};

// REQUIRES: both are what a NameReader collected, or no longer.
NamesCompared CompareNames(std::span<const uint64_t> a, std::span<const uint64_t> b);

}  // namespace copydesk
