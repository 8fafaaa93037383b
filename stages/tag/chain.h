// The capitalised words of a text, in chains: "President Bill Clinton", "Bank of England".
//
// A chain is words that begin with a capital, with nothing between them but a space, the end of a
// wrapped line, or words of the list `joint` ("of", "de", "&"). Its context is the word or the
// punctuation before it, and up to four behind it, to the first that no rule asks for. Only what
// stands at capitals is read; the rest of the text is passed over 64 bytes at a time.
//
// Units:   byte offsets of the text; ranges are half-open.
// Lifetime: the results are valid until the next Read().
// Threads: one task thread.
// Cost:    a look-up in the lexicon for each word of a chain and one or two for its context; no
//          allocation once the vectors have grown.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "stages/tag/letter_masks.h"
#include "stages/tag/lexicon.h"

namespace copydesk {

struct NameWord {
  uint32_t begin = 0;
  uint32_t end = 0;
  WordFlags flags = 0;
};

// Indexes into ChainReader::words().
struct NameChain {
  uint32_t context_begin = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t context_end = 0;
};

class ChainReader {
 public:
  // `context` are the lists that rules ask for around names.
  ChainReader(const Lexicon& lexicon, WordFlags context);

  void Read(std::string_view text);

  std::span<NameWord> words() { return words_; }
  std::span<const NameWord> words() const { return words_; }
  std::span<const NameChain> chains() const { return chains_; }
  // True for a text without a small letter, as far as ASCII goes.
  bool is_capitals() const { return !masks_.has_lower_or_high(); }

 private:
  // A word that begins with a capital. Most are ASCII letters and nothing else: of those what the
  // lexicon knows has been asked for before it is needed.
  struct Capital {
    uint32_t begin;
    uint32_t end;  // 0 for one that has to be read slowly
    uint64_t hash;
  };

  uint32_t EndOfPlainWord(uint32_t begin) const;
  NameWord ReadPlainWord(uint32_t begin, uint32_t end, uint64_t hash) const;
  NameWord ReadWord(uint32_t begin) const;
  NameWord ReadWordSlowly(uint32_t begin) const;
  NameWord Read(const Capital& capital) const;
  bool Joins(uint32_t from, uint32_t to, WordFlags before);
  void AddBefore(uint32_t at);
  void AddBehind(uint32_t at);
  bool IsStart(uint32_t at) const;
  void FindCapitals();
  void TakeCapital(uint32_t at);
  void AddCapital(uint32_t at);
  bool BreaksLine(uint32_t line_end) const;

  const Lexicon& lexicon_;
  const WordFlags joint_;
  const WordFlags title_;
  const WordFlags context_;
  std::string_view text_;
  LetterMasks masks_;
  std::vector<Capital> capitals_;
  std::vector<NameWord> words_;
  std::vector<NameChain> chains_;
};

}  // namespace copydesk
