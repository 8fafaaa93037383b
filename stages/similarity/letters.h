// The letters of a short story in a script without capitals, which tell it from another of the same
// template: where the one has a word, or some, in the place of which the other has others, and all
// else is the same. Which words are names no capital tells (names.h), so that more than that is
// needed to take them for such (verdict.h).
//
// A letter is a byte: of scripts that write spaces below 0x80, with 0 between two words; of those
// that write none above, a few characters sharing each. A digit is as good as another, for figures
// are compared elsewhere. The headline's are not among them: a story is sent again under another.
//
// Texts are those of a sketch (sketch.h).
//
// Threads: LetterReader is used by one task thread; the rest are pure functions.
// Errors:  none; words are valid UTF-8.
// Cost:    of LetterReader, linear in the first kLettersMax letters, and next to nothing where the
//          text is of another script; of CompareLetters(), linear in the letters, and for each
//          place where they differ in the product of what differs, which is bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace copydesk {

// Collects the letters of a body: Begin(), what the headline has, BeginBody(), what the body has.
// None are taken before the first word without capitals.
class LetterReader {
 public:
  static constexpr size_t kLettersMax = 384;
  static constexpr size_t kPackedMax = 1 + kLettersMax / 8;

  void Begin();
  void BeginBody() { is_body_ = true; }
  void TakeWord(std::string_view word) {
    // Before that byte are Latin, Greek, Cyrillic and Armenian.
    if (is_begun_ || static_cast<unsigned char>(word[0]) >= 0xD7) ReadWord(word);
  }
  // Of a script that writes no spaces.
  void TakeCharacter(char32_t character);
  void TakeFigure();

  // Words, or characters, of scripts without capitals.
  size_t without_capitals() const { return without_capitals_; }
  // No letter is missing.
  bool is_whole() const { return letters_.size() < kLettersMax; }
  // For CompareLetters().
  void Pack(std::vector<uint64_t>* packed) const;

 private:
  void ReadWord(std::string_view word);
  void Add(uint8_t letter) {
    if (letters_.size() < kLettersMax) letters_.push_back(static_cast<char>(letter));
  }

  std::string letters_;
  bool is_body_ = false, is_begun_ = false;
  size_t without_capitals_ = 0;
};

// How the letters of two stories go together.
struct LettersCompared {
  uint32_t replaced = 0;  // places where each has other words, the same pair counted once
  uint32_t words = 0;     // so many words of its own each has there, as a sketch counts them
};

// True of what Pack() gave, and not of names (names.h): no name's spelling is 0, as the first is.
bool AreLetters(std::span<const uint64_t> packed);

// Finds nothing where they differ in anything else (one has more, or words that are spelled much
// alike), or at many places: then a hand has gone over the one, or they have little in common.
// Another dateline, with a date in it, is no difference.
// REQUIRES: AreLetters() of both.
LettersCompared CompareLetters(std::span<const uint64_t> a, std::span<const uint64_t> b);

}  // namespace copydesk
