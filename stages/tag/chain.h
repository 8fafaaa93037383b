// The capitalised words of a text, in chains: "President Bill Clinton", "Bank of England".
//
// A chain is words that begin with a capital, with nothing between them but a space, the end of a
// wrapped line, or words of the list `joint` ("of", "de", "&"). Up to two words or punctuation
// before it and four behind it are kept as its context. Only what stands at capitals is read; the
// rest of the text is passed over 64 bytes at a time.
//
// Units:   byte offsets of the text; ranges are half-open.
// Lifetime: the results are valid until the next Read().
// Threads: one task thread.
// Cost:    no allocation once the vectors have grown.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

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
  explicit ChainReader(const Lexicon& lexicon);

  void Read(std::string_view text);

  std::span<NameWord> words() { return words_; }
  std::span<const NameChain> chains() const { return chains_; }

 private:
  NameWord ReadWord(uint32_t begin) const;
  bool Joins(uint32_t from, uint32_t to, WordFlags before);
  void AddBefore(uint32_t at);
  void AddBehind(uint32_t at);
  bool IsStart(uint32_t at) const;
  void FindCapitals();
  bool BreaksLine(uint32_t line_end) const;

  const Lexicon& lexicon_;
  const WordFlags joint_;
  const WordFlags title_;
  std::string_view text_;
  std::vector<uint32_t> capitals_;
  std::vector<NameWord> words_;
  std::vector<NameChain> chains_;
};

}  // namespace copydesk
