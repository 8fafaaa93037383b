#include "stages/tag/chain.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "stages/text/boundary.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr uint32_t kGapBytesMax = 24;      // between two words of a chain
constexpr uint32_t kBehindMax = 4;         // words of context
constexpr uint32_t kWrappedBytesMin = 45;  // a shorter line ends where its writer ended it
constexpr uint32_t kWrappedBytesMax = 110;

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

bool ContinuesBefore(std::string_view text, size_t at) {
  if (at == 0) return false;
  const char byte = text[at - 1];
  if (IsAscii(byte)) return IsAsciiLetter(byte) || IsDigit(byte) || byte == '_' || byte == '@';
  size_t before = at;
  return ClassOf(PreviousCodePoint(text, &before)) == WordClass::kWord;
}

}  // namespace

ChainReader::ChainReader(const Lexicon& lexicon)
    : lexicon_(lexicon), joint_(lexicon.FlagOf("joint")), title_(lexicon.FlagOf("title")) {}

void ChainReader::FindCapitals() {
  capitals_.clear();
  constexpr size_t kBlock = 64;
  std::array<uint8_t, kBlock> is_begin;
  const auto take = [&](size_t at) {
    if (!IsAscii(text_[at])) {
      size_t next = at;
      if ((text_[at] & 0xC0) == 0x80 ||
          u_isupper(static_cast<UChar32>(NextCodePoint(text_, &next))) == 0) {
        return;
      }
    }
    if (!ContinuesBefore(text_, at)) capitals_.push_back(static_cast<uint32_t>(at));
  };
  size_t at = 0;
  for (; at + kBlock <= text_.size(); at += kBlock) {
    const char* const block = text_.data() + at;
    // Capitals of ASCII, and the lead bytes of scripts that have capitals.
    for (size_t i = 0; i < kBlock; ++i) {
      const auto byte = static_cast<uint8_t>(block[i]);
      is_begin[i] = static_cast<uint8_t>(static_cast<uint8_t>(byte - 'A') < 26) |
                    static_cast<uint8_t>(static_cast<uint8_t>(byte - 0xC3) < 0x1F);
    }
    for (size_t i = 0; i < kBlock; i += 8) {
      uint64_t lanes;
      std::memcpy(&lanes, is_begin.data() + i, 8);
      for (; lanes != 0; lanes &= lanes - 1)
        take(at + i + static_cast<size_t>(__builtin_ctzll(lanes)) / 8);
    }
  }
  for (; at < text_.size(); ++at) {
    const auto byte = static_cast<uint8_t>(text_[at]);
    if (IsUpper(text_[at]) || static_cast<uint8_t>(byte - 0xC3) < 0x1F) take(at);
  }
}

NameWord ChainReader::ReadWord(uint32_t begin) const {
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
    if (text[at] == '-' && IsLetterAt(text, at + 1)) {
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

// The end of a line inside a wrapped paragraph is a space like others.
bool ChainReader::BreaksLine(uint32_t line_end) const {
  const size_t line_begin = line_end == 0 ? 0 : text_.rfind('\n', line_end - 1) + 1;
  const size_t length = line_end - line_begin;
  if (length < kWrappedBytesMin || length > kWrappedBytesMax) return true;
  const char next = line_end + 1 < text_.size() ? text_[line_end + 1] : '\n';
  return next == '\n' || next == '\t' || next == ' ' || next == '\r';
}

// Reads what stands between two capitalised words. Adds the joint words in it, or returns false.
bool ChainReader::Joins(uint32_t from, uint32_t to, WordFlags before) {
  if (to - from > kGapBytesMax || to == from) return false;
  const std::string_view gap = text_.substr(from, to - from);
  if (gap == " ") return true;
  uint32_t at = from;
  if (gap[0] == '.') {
    if ((before & (title_ | kInitial)) == 0) return false;
    if (gap == ". ") return true;
    ++at;
  }
  const size_t words_before = words_.size();
  while (at < to) {
    const char byte = text_[at];
    if (byte == ' ') {
      ++at;
    } else if (byte == '\n') {
      if (BreaksLine(at)) break;
      ++at;
    } else if (byte == '&') {
      words_.push_back({at, at + 1, joint_ | kSmall});
      ++at;
    } else if (!IsAscii(byte) || IsAsciiLetter(byte)) {
      NameWord word = ReadWord(at);
      if (word.end == at || (word.flags & joint_) == 0) break;
      word.flags |= kSmall;
      words_.push_back(word);
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

// True at the begin of a sentence, a line or a quotation.
bool ChainReader::IsStart(uint32_t at) const {
  while (at > 0) {
    const char byte = text_[at - 1];
    if (byte == ' ' || byte == '"' || byte == '\'' || byte == '`' || byte == '\t') {
      --at;
    } else if (byte == '\n') {
      return BreaksLine(at - 1) || at < 2 || IsStart(at - 1);
    } else if (!IsAscii(byte)) {
      // Quotation marks and dashes begin with E2, no-break spaces with C2.
      size_t before = at;
      const char32_t c = PreviousCodePoint(text_, &before);
      if (c < 0x2010 || c > 0x203A) {
        if (c != 0xA0 && c != 0xAB) return false;
      }
      at = static_cast<uint32_t>(before);
    } else {
      return byte == '.' || byte == '!' || byte == '?' || byte == ':' || byte == ';' ||
             byte == '_' || byte == '-' || byte == '*';
    }
  }
  return true;
}

// Adds the two words before `at`, if they stand on its line.
void ChainReader::AddBefore(uint32_t at) {
  std::array<NameWord, 2> found;
  size_t count = 0;
  uint32_t from = at;
  while (count < found.size() && from > 0) {
    char byte = text_[from - 1];
    if (byte == ' ' || (byte == '\n' && !BreaksLine(from - 1))) {
      --from;
      continue;
    }
    if (!IsAscii(byte) || IsAsciiLetter(byte) || IsDigit(byte) || byte == '-') {
      uint32_t begin = from;
      while (begin > 0) {
        const char c = text_[begin - 1];
        if (IsAscii(c) && !IsAsciiLetter(c) && !IsDigit(c) && c != '-' && c != '\'') break;
        --begin;
      }
      if (from - begin > kWordBytesMax) break;
      NameWord word{begin, from, lexicon_.Find(text_.substr(begin, from - begin))};
      word.flags |= IsDigit(text_[begin]) ? WordFlags{kNumber} : WordFlags{kSmall};
      if (IsUpper(text_[begin])) word.flags |= kCapital;
      found[count++] = word;
      from = begin;
      continue;
    }
    WordFlags flags = kStop;
    if (byte == ',') flags = kComma;
    if (byte == '(' || byte == '[') flags = kBracket;
    found[count++] = {from - 1, from, flags};
    if (flags == kStop) break;
    --from;
  }
  while (count > 0) words_.push_back(found[--count]);
}

void ChainReader::AddBehind(uint32_t at) {
  uint32_t count = 0;
  while (count < kBehindMax && at < text_.size()) {
    const char byte = text_[at];
    if (byte == ' ' || (byte == '\n' && !BreaksLine(at))) {
      ++at;
      continue;
    }
    if (!IsAscii(byte) || IsAsciiLetter(byte) || IsDigit(byte)) {
      NameWord word = ReadWord(at);
      if (word.end == at) break;
      if ((word.flags & kNumber) == 0) {
        size_t copy = at;
        const bool is_capital = u_isupper(static_cast<UChar32>(NextCodePoint(text_, &copy))) != 0;
        word.flags |= is_capital ? WordFlags{kCapital} : WordFlags{kSmall};
      }
      words_.push_back(word);
      at = word.end;
    } else {
      WordFlags flags = kStop;
      if (byte == ',') flags = kComma;
      if (byte == '(' || byte == '[') flags = kBracket;
      words_.push_back({at, at + 1, flags});
      if (flags == kStop) break;
      ++at;
    }
    ++count;
  }
}

void ChainReader::Read(std::string_view text) {
  text_ = text;
  words_.clear();
  chains_.clear();
  FindCapitals();
  for (size_t i = 0; i < capitals_.size();) {
    NameChain chain;
    chain.context_begin = static_cast<uint32_t>(words_.size());
    AddBefore(capitals_[i]);
    chain.begin = static_cast<uint32_t>(words_.size());
    NameWord word = ReadWord(capitals_[i]);
    word.flags |= kCapital;
    if (IsStart(word.begin)) word.flags |= kStart;
    while (true) {
      words_.push_back(word);
      // A hyphen's second half may be capitalised too: it is part of the word.
      for (++i; i < capitals_.size() && capitals_[i] < word.end;) ++i;
      if (i == capitals_.size() || !Joins(word.end, capitals_[i], word.flags)) break;
      word = ReadWord(capitals_[i]);
      word.flags |= kCapital;
    }
    chain.end = static_cast<uint32_t>(words_.size());
    AddBehind(word.end);
    chain.context_end = static_cast<uint32_t>(words_.size());
    chains_.push_back(chain);
  }
}

}  // namespace copydesk
