// The capitalised words of a text, in chains: "President Bill Clinton", "Bank of England".
//
// A chain is words that begin with a capital, with nothing between them but a space, the end of a
// wrapped line, or words of the list `joint` ("of", "de", "&"). Its context is the word or the
// punctuation before it, and up to four behind it, to the first that no rule asks for; it is read
// only where somebody asks. The rest of the text is passed over 64 bytes at a time.
//
//     reader.Read(text);
//     while (reader.Next()) {
//       ... reader.words()[i] for i in [chain().begin, chain().end) ...
//       reader.ReadBefore();
//       while (... && reader.ReadBehind()) ...
//     }
//
// Units:   byte offsets of the text; ranges are half-open.
// Lifetime: words() are those of one chain, until the next Next(); the text must stay in place.
// Threads: one task thread.
// Cost:    a look-up in the lexicon for each word that is read; no allocation once the vectors have
//          grown.
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

// Indexes into ChainReader::words(). The context is what has been read of it.
struct NameChain {
  uint32_t context_begin = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t context_end = 0;
  WordFlags all = 0;  // of its words, and of the context that was read
};

class ChainReader {
 public:
  // `context` are the lists that rules ask for around names, `asked` those that anybody asks for of
  // a word around names that begins with no capital: it is not looked up in others.
  ChainReader(const Lexicon& lexicon, WordFlags context, WordFlags asked = kAnyWord);

  void Read(std::string_view text);
  // Goes on to the next chain, without context. False behind the last.
  bool Next();
  // Reads the word or punctuation before the chain, if there is one and it was not read yet.
  void ReadBefore();
  // Reads one more word behind it. False where nothing more is context.
  bool ReadBehind();
  // False where neither the first word behind the chain nor the one before it, if any, begins with
  // a capital or may be one of a filter's. Reads nothing.
  bool MayStandBeside(const WordFilter& before, const WordFilter& behind) const;

  std::span<NameWord> words() { return words_; }
  std::span<const NameWord> words() const { return words_; }
  const NameChain& chain() const { return chain_; }
  // True for a text without a small letter, as far as ASCII goes.
  bool is_capitals() const { return !masks_.has_lower_or_high(); }

 private:
  // A word that begins with a capital. Most are plain, ASCII letters and digits and nothing else:
  // of those what the lexicon knows has been asked for before it is needed.
  struct Capital {
    uint32_t begin;
    uint32_t end;  // 0 for one that has to be read slowly
    uint64_t hash;
    WordFlags shape;
  };

  bool MayGoOn(uint32_t end, uint32_t size) const;
  bool MayGoOnBehind(uint32_t end) const;
  uint32_t EndOfPlainWord(uint32_t begin) const;
  WordFlags ShapeOfPlainWord(uint32_t begin, uint32_t end) const;
  NameWord ReadWord(uint32_t begin, const WordFilter& filter) const;
  NameWord ReadWordSlowly(uint32_t begin) const;
  NameWord Read(const Capital& capital) const {
    if (capital.end == 0) return ReadWordSlowly(capital.begin);
    return {capital.begin, capital.end, lexicon_.FindHash(capital.hash) | capital.shape};
  }
  void Add(const NameWord& word) {
    words_.push_back(word);
    chain_.all |= word.flags;
  }
  bool Joins(uint32_t from, uint32_t to, WordFlags before);
  bool JoinsByWords(uint32_t from, uint32_t to, WordFlags before);
  uint32_t EndOfBefore() const;
  uint32_t BeginOfBehind() const;
  void FindCapitals();
  bool IsCapital(uint32_t at) const;
  void AddCapital(uint32_t at, const LetterMasks::Block& block);

  const Lexicon& lexicon_;
  const WordFlags joint_;
  const WordFlags ampersand_;
  const WordFlags title_;
  const WordFlags common_;
  const WordFlags context_;
  const WordFilter joint_words_;
  const WordFilter asked_words_;
  const WordFilter all_words_;
  std::string_view text_;
  LetterMasks masks_;
  std::vector<Capital> capitals_;
  size_t next_capital_ = 0;
  std::vector<NameWord> words_;  // the first is kept for what stands before the chain
  NameChain chain_;
  bool is_before_read_ = false;
  bool has_more_behind_ = false;
};

}  // namespace copydesk
