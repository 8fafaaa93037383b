#include "stages/similarity/token.h"

#include <unicode/uchar.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "stages/text/boundary.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// Hashes bytes one at a time; what a hash is does not depend on how they were handed over.
class TokenHash {
 public:
  // REQUIRES: as many bytes were added before as fill eight.
  void AddEight(uint64_t packed) {
    pending_ = packed;
    Flush();
  }
  void Add(unsigned char byte) {
    pending_ |= uint64_t{byte} << filled_;
    filled_ += 8;
    if (filled_ == 64) Flush();
  }
  // The bytes behind the last eight.
  void SetRest(uint64_t packed) { pending_ = packed; }
  uint64_t Finish() {
    Flush();
    return MixHash(hash_);
  }

 private:
  void Flush() {
    hash_ = (hash_ ^ pending_) * 0x9fb21c651e98df25;
    hash_ ^= hash_ >> 29;
    pending_ = 0;
    filled_ = 0;
  }

  uint64_t hash_ = 0x27d4eb2f165667c5;
  uint64_t pending_ = 0;
  unsigned filled_ = 0;
};

// What an ASCII byte is: 0 ends a word; else the byte it counts as.
constexpr std::array<unsigned char, 256> kAsciiLower = [] {
  std::array<unsigned char, 256> table{};
  for (unsigned c = 'a'; c <= 'z'; ++c)
    table[c] = table[c - 'a' + 'A'] = static_cast<unsigned char>(c);
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = static_cast<unsigned char>(c);
  return table;
}();

// The bytes of a word of up to eight, the first in the lowest place.
constexpr uint64_t Packed(std::string_view word) {
  uint64_t packed = 0;
  for (size_t i = word.size(); i-- > 0;) packed = packed << 8 | static_cast<unsigned char>(word[i]);
  return packed;
}

// English wires spell figures up to twelve; "one" is more often a pronoun.
uint64_t FigureOf(uint64_t packed) {
  switch (packed) {
    case Packed("two"):
      return 2;
    case Packed("three"):
      return 3;
    case Packed("four"):
      return 4;
    case Packed("five"):
      return 5;
    case Packed("six"):
      return 6;
    case Packed("seven"):
      return 7;
    case Packed("eight"):
      return 8;
    case Packed("nine"):
      return 9;
    case Packed("ten"):
      return 10;
    case Packed("eleven"):
      return 11;
    case Packed("twelve"):
      return 12;
  }
  return 0;
}

uint64_t HashOfFigure(uint64_t number) {
  TokenHash hash;
  for (const char digit : std::to_string(number)) hash.Add(static_cast<unsigned char>(digit));
  return hash.Finish();
}

// An ASCII word of up to sixteen letters and digits in lower case.
struct ShortWord {
  size_t length = 0;  // 0 when it is none
  uint64_t packed[2];
};

// Reads a word at the front of `text` if it is short and ends before its last bytes. What is more
// than that is for ReadWord(), which would come to the same hash.
#if defined(__SSE2__)
ShortWord ReadShortWord(std::string_view text) {
  ShortWord word;
  if (text.size() <= 16) return word;
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
  const auto is_between = [](__m128i value, char from, char count) {
    const __m128i above = _mm_sub_epi8(value, _mm_set1_epi8(from));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(count - 1)), above);
  };
  const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const __m128i is_letter = is_between(lower, 'a', 26);
  const __m128i is_word = _mm_or_si128(is_letter, is_between(bytes, '0', 10));
  const auto others = static_cast<uint32_t>(~_mm_movemask_epi8(is_word));
  const size_t length = std::min(std::countr_zero(others), 16);
  const auto behind = static_cast<unsigned char>(text[length]);
  if (behind >= 0x80 || behind == '\'' || kAsciiLower[behind] != 0) return word;
  const __m128i folded = _mm_or_si128(bytes, _mm_and_si128(is_letter, _mm_set1_epi8(0x20)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(word.packed), folded);
  const auto first_bytes = [](size_t count) { return (uint64_t{1} << (8 * count)) - 1; };
  if (length < 8) {
    word.packed[0] &= first_bytes(length);
  } else if (length < 16) {
    word.packed[1] &= first_bytes(length - 8);
  }
  word.length = length;
  return word;
}
#else
ShortWord ReadShortWord(std::string_view) { return {}; }
#endif

// Visits what a letter adds to the hash of its word.
template <typename Visit>
void VisitFolded(char32_t letter, Visit visit) {
  auto folded =
      static_cast<uint32_t>(u_foldCase(static_cast<UChar32>(letter), U_FOLD_CASE_DEFAULT));
  for (; folded != 0; folded >>= 8) visit(static_cast<unsigned char>(folded));
}

// Where a figure goes on over a separator: 1,200 and 2.5, 15-1/2, 10:30.
bool IsFigureSeparator(char c) { return c == ',' || c == '.' || c == '/' || c == '-' || c == ':'; }

// A letter or digit is there.
bool IsWordAt(std::string_view text, size_t at) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) return kAsciiLower[byte] != 0;
  return ClassOf(NextCodePoint(text, &at)) == WordClass::kWord;
}

}  // namespace

Token ReadWord(std::string_view text, size_t* at) {
  TokenHash hash;
  if (const ShortWord word = ReadShortWord(text.substr(*at)); word.length > 0) {
    *at += word.length;
    if (word.length < 8) {
      const uint64_t figure = FigureOf(word.packed[0]);
      if (figure != 0) return {HashOfFigure(figure), true};
    } else {
      hash.AddEight(word.packed[0]);
    }
    if (word.length == 16) hash.AddEight(word.packed[1]);
    hash.SetRest(word.length < 8 ? word.packed[0] : word.length < 16 ? word.packed[1] : 0);
    return {hash.Finish(), false};
  }
  uint64_t packed = 0;
  size_t length = 0;
  const auto add = [&](unsigned char byte) {
    hash.Add(byte);
    if (length < 8) packed |= uint64_t{byte} << (8 * length);
    ++length;
  };
  while (*at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[*at]);
    if (byte < 0x80) {
      const unsigned char lower = kAsciiLower[byte];
      if (lower != 0) {
        add(lower);
      } else if (byte != '\'') {
        break;
      }
      ++*at;
      continue;
    }
    size_t behind = *at;
    const char32_t code_point = NextCodePoint(text, &behind);
    if (ClassOf(code_point) != WordClass::kWord) break;
    VisitFolded(code_point, add);
    *at = behind;
  }
  const uint64_t figure = length < 8 ? FigureOf(packed) : 0;
  if (figure != 0) return {HashOfFigure(figure), true};
  return {hash.Finish(), false};
}

bool ReadFigure(std::string_view text, size_t* at, size_t* none_before, Token* figure) {
  if (*at < *none_before) return false;
  const auto is_digit = [text](size_t i) { return i < text.size() && IsAsciiDigit(text[i]); };
  TokenHash hash;
  size_t end = *at;
  for (;;) {
    if (is_digit(end)) {
      hash.Add(static_cast<unsigned char>(text[end++]));
    } else if (end < text.size() && IsFigureSeparator(text[end]) && is_digit(end + 1)) {
      // 1,200 is 1200; other separators are part of the figure.
      if (text[end] != ',') hash.Add(static_cast<unsigned char>(text[end]));
      ++end;
    } else {
      break;
    }
  }
  if (IsWordAt(text, end)) {
    *none_before = end;
    return false;
  }
  *at = end;
  *figure = {hash.Finish(), true};
  return true;
}

uint64_t HashOfWord(std::string_view word) {
  TokenHash hash;
  for (size_t at = 0; at < word.size();) {
    VisitFolded(NextCodePoint(word, &at), [&](unsigned char byte) { hash.Add(byte); });
  }
  return hash.Finish();
}

}  // namespace copydesk
