#include "stages/tag/chain.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cstring>

#include "stages/tag/capital_bits.h"
#include "stages/tag/sentence.h"
#include "stages/text/boundary.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr uint32_t kGapBytesMax = 24;        // between two words of a chain
constexpr uint32_t kShortTitleBytesMax = 3;  // "Rev", "Col"
constexpr uint32_t kBehindMax = 4;           // words of context
constexpr ptrdiff_t kCapitalsMax = 250;      // of a chain: no name is as long, but lists may be

using Block = LetterMasks::Block;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool IsAsciiLetter(char c) { return IsUpper(static_cast<char>(c & ~0x20)); }

// The length of a right single quote or apostrophe at `at`; 0 where there is none.
size_t ApostropheAt(std::string_view text, size_t at) {
  if (at >= text.size()) return 0;
  if (text[at] == '\'') return 1;
  return text.substr(at, 3) == "\xE2\x80\x99" ? 3 : 0;
}

bool IsLetterAt(std::string_view text, size_t at) {
  if (at >= text.size()) return false;
  if (IsAscii(text[at])) return IsAsciiLetter(text[at]);
  return u_isalpha(static_cast<UChar32>(NextCodePoint(text, &at))) != 0;
}

bool IsWordAt(std::string_view text, size_t* at) {
  const char byte = text[*at];
  if (IsAscii(byte)) {
    if (!IsAsciiLetter(byte) && !IsDigit(byte)) return false;
    ++*at;
    return true;
  }
  size_t next = *at;
  if (ClassOf(NextCodePoint(text, &next)) != WordClass::kWord) return false;
  *at = next;
  return true;
}

bool IsCapitalAt(std::string_view text, size_t at) {
  if (IsAscii(text[at])) return IsUpper(text[at]);
  return u_isupper(static_cast<UChar32>(NextCodePoint(text, &at))) != 0;
}

bool ContinuesBefore(std::string_view text, size_t at) {
  if (at == 0) return false;
  const char byte = text[at - 1];
  if (IsAscii(byte)) return IsAsciiLetter(byte) || IsDigit(byte) || byte == '_' || byte == '@';
  size_t before = at;
  return ClassOf(PreviousCodePoint(text, &before)) == WordClass::kWord;
}

}  // namespace

ChainReader::ChainReader(const Lexicon& lexicon, WordFlags context, WordFlags asked)
    : lexicon_(lexicon),
      joint_(lexicon.FlagOf("joint")),
      ampersand_(joint_ | lexicon.Find("&")),
      title_(lexicon.FlagOf("title")),
      common_(lexicon.FlagOf("common")),
      context_(context | kNumber | kComma | kBracket),
      joint_words_(lexicon.FilterOf(joint_)),
      asked_words_(lexicon.FilterOf(asked)),
      all_words_(lexicon.FilterOf(kAnyWord)) {}

// Whether a word may go on behind its letters and digits, with one of ' - & at `end`.
bool ChainReader::MayGoOnBehind(uint32_t end) const {
  const auto byte = [&](uint32_t at) { return at < text_.size() ? text_[at] : ' '; };
  const char next = byte(end + 1);
  if (!IsAscii(next) || !IsAsciiLetter(next)) return !IsAscii(next);
  if (text_[end] != '\'' || (next | 0x20) != 's') return true;
  const char behind = byte(end + 2);  // of "Japan's" the word is Japan
  return !IsAscii(behind) || IsAsciiLetter(behind);
}

inline bool ChainReader::MayGoOn(uint32_t end, uint32_t size) const {
  const char after = end < text_.size() ? text_[end] : ' ';
  if ((after == '\'') | (after == '-') | (after == '&')) return MayGoOnBehind(end);
  return (after == '.') & (size == 1);
}

// The end of a word of ASCII letters and digits that nothing may continue; 0 for any other.
inline uint32_t ChainReader::EndOfPlainWord(uint32_t begin) const {
  const uint64_t run = ~masks_.From(&Block::word, begin);
  if (run == 0) return 0;
  const auto size = static_cast<uint32_t>(__builtin_ctzll(run));
  const uint64_t bits = (uint64_t{1} << size) - 1;
  const uint32_t end = begin + size;
  if (size == 0 || MayGoOn(end, size) || (masks_.From(&Block::high, begin) & bits) != 0) return 0;
  return end;
}

inline WordFlags ChainReader::ShapeOfPlainWord(uint32_t begin, uint32_t end) const {
  const uint64_t bits = (uint64_t{1} << (end - begin)) - 1;
  if ((masks_.From(&Block::lower, begin) & bits) != 0) return 0;
  if ((masks_.From(&Block::upper, begin) & bits) == 0) return kNumber;
  return end - begin == 1 ? kInitial | kCapital : kAllCaps | kCapital;
}

// Whether there is a capital at `at` that stands in no word. Of what is beyond ASCII, a lead byte.
bool ChainReader::IsCapital(uint32_t at) const {
  const bool is_ascii = IsAscii(text_[at]);
  if (!is_ascii && !CapitalBits::Get().IsCapital(text_.data() + at)) return false;
  if (at > 1 && !IsAscii(text_[at - 1])) {
    // Behind a letter of two bytes: most of a Cyrillic or Greek text.
    const auto lead = static_cast<uint8_t>(text_[at - 2]);
    if (lead >= 0xC3 && lead < 0xD7) return false;
  }
  return !ContinuesBefore(text_, at);
}

inline void ChainReader::AddCapital(uint32_t at, const Block& block) {
  Capital& capital = capitals_.emplace_back(Capital{at, 0, 0, 0});
  const uint32_t bit = at % 64;
  const uint64_t run = ~(block.word >> bit);
  const auto size = static_cast<uint32_t>(run == 0 ? 64 : __builtin_ctzll(run));
  if (bit + size < 64) {
    const uint64_t bits = ((uint64_t{1} << size) - 1) << bit;
    if ((block.high & bits) != 0 || MayGoOn(at + size, size)) return;
    capital.end = at + size;
    constexpr WordFlags kShapes[] = {0, kAllCaps | kCapital, kInitial | kCapital};
    capital.shape = kShapes[((block.lower & bits) == 0 ? 1 : 0) + (size == 1 ? 1 : 0)];
  } else {
    capital.end = EndOfPlainWord(at);
    if (capital.end == 0) return;
    capital.shape = ShapeOfPlainWord(at, capital.end);
  }
  capital.hash = Lexicon::HashAscii(text_, at, capital.end);
  lexicon_.Prefetch(capital.hash);
}

void ChainReader::FindCapitals() {
  capitals_.clear();
  const size_t blocks = (text_.size() + 63) / 64;
  uint64_t carried = 0;  // the byte before the block is part of a word,
  uint64_t carried_high = 0;
  for (size_t i = 0; i < blocks; ++i) {
    const Block& block = masks_.block(i);
    const uint64_t behind_word = block.word << 1 | carried;
    const uint64_t behind_high = block.high << 1 | carried_high;
    carried = block.word >> 63;
    carried_high = block.high >> 63;
    const auto base = static_cast<uint32_t>(64 * i);
    uint64_t begins = block.upper & ~behind_word;
    uint64_t open = (block.upper & behind_high) | (block.lead & (~behind_word | behind_high));
    for (; open != 0; open &= open - 1) {
      if (IsCapital(base + static_cast<uint32_t>(__builtin_ctzll(open)))) begins |= open & -open;
    }
    for (; begins != 0; begins &= begins - 1) {
      const uint32_t at = base + static_cast<uint32_t>(__builtin_ctzll(begins));
      // A capital behind ASCII that is no part of a word is one, but for _ and @.
      const char before = at == 0 ? ' ' : text_[at - 1];
      if (before != '_' && before != '@') AddCapital(at, block);
    }
  }
}

// With the lists of a word that may be one of the filter's.
NameWord ChainReader::ReadWord(uint32_t begin, const WordFilter& filter) const {
  const uint32_t end = EndOfPlainWord(begin);
  if (end == 0) return ReadWordSlowly(begin);
  const uint64_t hash = Lexicon::HashAscii(text_, begin, end);
  const WordFlags lists = filter.MayHave(hash) ? lexicon_.FindHash(hash) : 0;
  return {begin, end, lists | ShapeOfPlainWord(begin, end)};
}

NameWord ChainReader::ReadWordSlowly(uint32_t begin) const {
  const std::string_view text = text_;
  size_t at = begin;
  size_t letters = 0;
  size_t part_begin = at;
  bool has_small = false;
  bool has_digit_only = true;
  bool has_stop = false;
  while (at < text.size()) {
    size_t next = at;
    if (IsWordAt(text, &next)) {
      const char byte = text[at];
      if (IsAscii(byte)) {
        has_small |= byte >= 'a' && byte <= 'z';
        has_digit_only &= IsDigit(byte);
      } else {
        size_t copy = at;
        has_small |= u_islower(static_cast<UChar32>(NextCodePoint(text, &copy))) != 0;
        has_digit_only = false;
      }
      ++letters;
      at = next;
      continue;
    }
    if (at == begin) break;
    if (const size_t quote = ApostropheAt(text, at); quote != 0 && IsLetterAt(text, at + quote)) {
      const char after = text[at + quote];
      size_t behind = at + quote + 1;
      const bool is_possessive =
          (after == 's' || after == 'S') && (behind == text.size() || !IsLetterAt(text, behind));
      if (is_possessive) break;
      at += quote;
      part_begin = at;
      continue;
    }
    if ((text[at] == '-' || text[at] == '&') && IsLetterAt(text, at + 1)) {
      part_begin = ++at;
      continue;
    }
    if (text[at] == '.' && at - part_begin == 1) {  // U.S., J.P.
      has_stop = true;
      ++at;
      if (!IsLetterAt(text, at)) break;
      part_begin = at;
      continue;
    }
    break;
  }
  NameWord word{begin, static_cast<uint32_t>(at), 0};
  const std::string_view token = text.substr(begin, at - begin);
  if (letters == 0) return word;
  const bool is_upper = !has_small && !has_digit_only;
  if (has_digit_only) {
    word.flags = kNumber;
  } else if (letters == 1 && is_upper && token.size() <= 3) {
    word.flags = kInitial | kCapital;
  } else if (has_stop && letters <= 3 && is_upper) {
    word.flags = kInitial | kCapital | kAllCaps;
  } else if (is_upper) {
    word.flags = kAllCaps | kCapital;
  }
  word.flags |= lexicon_.Find(token);
  return word;
}

// Reads what stands between two capitalised words. Adds the joint words in it, or returns false.
inline bool ChainReader::Joins(uint32_t from, uint32_t to, WordFlags before) {
  const char first = text_[from];
  if ((to - from == 1) & (first == ' ')) return true;
  // Most gaps are long or begin with other punctuation.
  const bool may_join =
      (first == ' ') | (first == '.') | (first == '\n') | (first == '&') | !IsAscii(first);
  if (!(may_join & (to - from <= kGapBytesMax) & (to != from))) return false;
  return JoinsByWords(from, to, before);
}

bool ChainReader::JoinsByWords(uint32_t from, uint32_t to, WordFlags before) {
  uint32_t at = from;
  if (text_[from] == '.') {
    // "Rev. Smith", but not "He met the King. Critics": a word of the language is no abbreviation.
    const bool is_short = from - words_.back().begin <= kShortTitleBytesMax;
    const bool is_title = (before & title_) != 0 && (is_short || (before & common_) == 0);
    if (!is_title && (before & kInitial) == 0) return false;
    if (to - from == 2 && text_[from + 1] == ' ') return true;
    ++at;
  }
  const size_t words_before = words_.size();
  while (at < to) {
    const char byte = text_[at];
    if (masks_.IsBlank(at)) {
      ++at;
    } else if (byte == '&') {
      Add({at, at + 1, ampersand_ | kSmall});
      ++at;
    } else if (!IsAscii(byte) || IsAsciiLetter(byte)) {
      NameWord word = ReadWord(at, joint_words_);
      if (word.end == at || (word.flags & joint_) == 0) break;
      word.flags |= kSmall;
      Add(word);
      at = word.end;
      if (const size_t quote = ApostropheAt(text_, at)) at += static_cast<uint32_t>(quote);
    } else {
      break;
    }
  }
  if (at >= to) return true;
  words_.resize(words_before);
  return false;
}

// Where the word or punctuation before the chain ends; 0 for none.
uint32_t ChainReader::EndOfBefore() const {
  const uint32_t begin = words_[chain_.begin].begin;
  return begin - masks_.BlanksBefore(begin);
}

// Where the next word or punctuation behind what was read begins.
uint32_t ChainReader::BeginOfBehind() const {
  const uint32_t end = words_.back().end;
  return end + masks_.BlanksFrom(end);
}

bool ChainReader::MayStandBeside(const WordFilter& before, const WordFilter& behind) const {
  // Where words are not plain it says that they may.
  if (before.has_all()) return true;
  const uint32_t at = BeginOfBehind();
  const char byte = at < text_.size() ? text_[at] : '.';
  if (!IsAscii(byte) || IsUpper(byte)) return true;
  if (IsAsciiLetter(byte) || IsDigit(byte)) {
    const uint32_t word_end = EndOfPlainWord(at);
    if (word_end == 0 || behind.MayHave(Lexicon::HashAscii(text_, at, word_end))) return true;
  }
  const uint32_t end = EndOfBefore();
  if (end == 0) return false;
  const uint64_t run = masks_.Before(&Block::word, end);
  if ((run >> 63) == 0) return text_[end - 1] == '-';
  if (~run == 0) return true;
  const auto size = static_cast<uint32_t>(__builtin_clzll(~run));
  if ((masks_.Before(&Block::high, end) >> (64 - size)) != 0) return true;
  const uint32_t begin = end - size;
  const char last = begin == 0 ? ' ' : text_[begin - 1];
  if (last == '-' || last == '\'' || IsUpper(text_[begin])) return true;
  return before.MayHave(Lexicon::HashAscii(text_, begin, end));
}

void ChainReader::ReadBefore() {
  if (is_before_read_) return;
  is_before_read_ = true;
  const uint32_t end = EndOfBefore();
  if (end == 0) return;
  NameWord& word = words_[0];
  const char last = text_[end - 1];
  const uint64_t run = masks_.Before(&Block::word, end);
  if ((run >> 63) == 0 && last != '-') {
    WordFlags flags = kStop;
    if (last == ',') flags = kComma;
    if (last == '(' || last == '[') flags = kBracket;
    word = {end - 1, end, flags};
    chain_.all |= flags;
    chain_.context_begin = 0;
    return;
  }
  if (~run == 0) return;  // longer than any word of a list
  auto size = static_cast<uint32_t>(__builtin_clzll(~run));
  const auto is_part = [&](char c) {
    return !IsAscii(c) || IsAsciiLetter(c) || IsDigit(c) || c == '-' || c == '\'';
  };
  while (size < end && size <= kWordBytesMax && is_part(text_[end - size - 1])) ++size;
  if (size > kWordBytesMax) return;
  const uint32_t begin = end - size;
  const bool is_ascii = size < 64 && masks_.Before(&Block::high, end) >> (64 - size) == 0;
  word = {begin, end, 0};
  if (is_ascii) {
    const uint64_t hash = Lexicon::HashAscii(text_, begin, end);
    const bool may_count = IsUpper(text_[begin]) || asked_words_.MayHave(hash);
    if (may_count) word.flags = lexicon_.FindHash(hash);
  } else {
    word.flags = lexicon_.Find(text_.substr(begin, size));
  }
  word.flags |= IsDigit(text_[begin]) ? WordFlags{kNumber} : WordFlags{kSmall};
  if (IsUpper(text_[begin])) word.flags |= kCapital;
  chain_.all |= word.flags;
  chain_.context_begin = 0;
}

bool ChainReader::ReadBehind() {
  if (!has_more_behind_) return false;
  const uint32_t at = BeginOfBehind();
  NameWord word{at, at + 1, kStop};
  if (at == text_.size()) {
    word.end = at;
  } else if (const char byte = text_[at]; !IsAscii(byte) || IsAsciiLetter(byte) || IsDigit(byte)) {
    word = ReadWord(at, IsUpper(byte) ? all_words_ : asked_words_);
    if ((word.flags & kNumber) == 0) {
      word.flags |= IsCapitalAt(text_, at) ? WordFlags{kCapital} : WordFlags{kSmall};
    }
  } else if (byte == ',') {
    word.flags = kComma;
  } else if (byte == '(' || byte == '[') {
    word.flags = kBracket;
  }
  has_more_behind_ = word.end != at && (word.flags & context_) != 0 && word.flags != kStop &&
                     chain_.context_end - chain_.end + 1 < kBehindMax;
  if (word.end == at) return false;
  Add(word);
  ++chain_.context_end;
  return true;
}

void ChainReader::Read(std::string_view text) {
  text_ = text;
  masks_.Read(text);
  FindCapitals();
  next_capital_ = 0;
}

bool ChainReader::Next() {
  const Capital* capital = capitals_.data() + next_capital_;
  const Capital* const last = capitals_.data() + capitals_.size();
  if (capital == last) return false;
  const Capital* const limit = capital + std::min<ptrdiff_t>(kCapitalsMax, last - capital);
  words_.resize(1);
  chain_.all = 0;
  NameWord word = Read(*capital);
  word.flags |= kCapital;
  if (IsSentenceStart(text_, masks_, word.begin)) word.flags |= kStart;
  while (true) {
    Add(word);
    // A hyphen's second half may be capitalised too: it is part of the word.
    for (++capital; capital != last && capital->begin < word.end;) ++capital;
    if (capital >= limit || !Joins(word.end, capital->begin, word.flags)) break;
    word = Read(*capital);
    word.flags |= kCapital;
  }
  next_capital_ = static_cast<size_t>(capital - capitals_.data());
  const auto end = static_cast<uint32_t>(words_.size());
  chain_ = {1, 1, end, end, chain_.all};
  is_before_read_ = false;
  has_more_behind_ = true;
  return true;
}

}  // namespace copydesk
