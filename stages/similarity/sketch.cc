#include "stages/similarity/sketch.h"

#include <unicode/uchar.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>

#include "stages/text/boundary.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr size_t kShinglesRead = 4 * Sketch::kShinglesMax;  // kept while a text is read
constexpr size_t kShingleSlots = 2 * kShinglesRead;         // a power of two
constexpr size_t kFiguresRead = 16 * Sketch::kFiguresMax;
constexpr size_t kHeadlineTokensMax = 64;
constexpr size_t kBodyTokensMin = 5;  // of a body that is sketched without its headline
// Of a story with more its letters are not kept; scripts without spaces have one for each
// character.
constexpr uint32_t kLettersShingles = 200;
constexpr uint64_t kFieldEdge = 7;
constexpr uint64_t kOtherFigure = 9;

uint64_t Mix(uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93;
  return hash ^ (hash >> 32);
}

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
    return Mix(hash_);
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

bool IsDigit(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

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

// Visits the places of the bits that are set, rising.
template <typename Bits, typename Visit>
void VisitBits(const Bits& all, Visit visit) {
  for (size_t i = 0; i < all.size(); ++i) {
    for (uint64_t bits = all[i]; bits != 0; bits &= bits - 1) {
      visit(64 * i + static_cast<size_t>(std::countr_zero(bits)));
    }
  }
}

// Visits what a letter adds to the hash of its word.
template <typename Visit>
void VisitFolded(char32_t letter, Visit visit) {
  auto folded =
      static_cast<uint32_t>(u_foldCase(static_cast<UChar32>(letter), U_FOLD_CASE_DEFAULT));
  for (; folded != 0; folded >>= 8) visit(static_cast<unsigned char>(folded));
}

// Where a figure goes on over a separator: 1,200 and 2.5, 15-1/2, 10:30.
bool IsFigureSeparator(char c) { return c == ',' || c == '.' || c == '/' || c == '-' || c == ':'; }

}  // namespace

void Sketch::Clear() {
  shingle_count = 0;
  shingle_limit = UINT32_MAX;
  shingles.clear();
  words.clear();
  word_limit = 0xFFFF;
  figures.clear();
  figure_limit = 0xFFFF;
  names.clear();
  title = {};
  subject = {};
}

uint16_t SketchWordOf(std::string_view word) {
  TokenHash hash;
  for (size_t at = 0; at < word.size();) {
    VisitFolded(NextCodePoint(word, &at), [&](unsigned char byte) { hash.Add(byte); });
  }
  return static_cast<uint16_t>(hash.Finish());
}

Sketcher::Sketcher() : shingle_set_(kShingleSlots), word_bits_(65536 / 64) { Begin(); }

void Sketcher::Begin() {
  is_headline_ = true;
  field_tokens_ = 0;
  first_tokens_.clear();
  body_tokens_ = 0;
  title_ = subject_ = {};
  first_bits_ = 0;
  last_character_ = 0;
  shingle_limit_ = UINT32_MAX;
  shingles_.clear();
  std::fill(shingle_set_.begin(), shingle_set_.end(), 0);
  VisitBits(word_bits_used_, [&](size_t i) { word_bits_[i] = 0; });
  word_bits_used_.fill(0);
  figures_.clear();
  names_.Begin();
  letters_.Begin();
}

void Sketcher::AddHeadline(std::string_view piece) { Add(piece); }

void Sketcher::AddBody(std::string_view piece) {
  if (is_headline_) {
    EndField();
    letters_.BeginBody();
  }
  is_headline_ = false;
  Add(piece);
}

void Sketcher::HeadlineCameAgain() {
  for (size_t i = 0; i < title_.size; ++i) {
    if (!title_.IsFigure(i)) title_.again = static_cast<uint8_t>(title_.again | 1u << i);
  }
}

void Sketcher::Add(std::string_view piece) {
  size_t at = 0;
  const auto read_word = [&] {
    const size_t begin = at;
    ReadWord(piece, &at);
    if (last_[1].is_figure || shingles_.size() > kLettersShingles) return;
    const std::string_view word(piece.data() + begin, at - begin);
    letters_.TakeWord(word);
    if (shingles_.size() <= Sketch::kNamesShingles) names_.TakeWord(word);
  };
  while (at < piece.size()) {
    const auto byte = static_cast<unsigned char>(piece[at]);
    if (byte < 0x80) {
      if (IsDigit(piece, at)) {
        ReadFigure(piece, &at);
      } else if (kAsciiLower[byte] != 0) {
        read_word();
      } else {
        last_character_ = 0;
        names_.TakePunctuation(piece[at++]);
      }
      continue;
    }
    size_t behind = at;
    switch (ClassOf(NextCodePoint(piece, &behind))) {
      case WordClass::kWord:
        read_word();
        break;
      case WordClass::kUnspaced:
        ReadCharacter(piece, &at);
        break;
      case WordClass::kOther:
        last_character_ = 0;
        at = behind;
    }
  }
}

void Sketcher::ReadWord(std::string_view piece, size_t* at) {
  TokenHash hash;
  last_character_ = 0;
  if (const ShortWord word = ReadShortWord(piece.substr(*at)); word.length > 0) {
    *at += word.length;
    if (word.length < 8) {
      const uint64_t figure = FigureOf(word.packed[0]);
      if (figure != 0) return TakeToken({HashOfFigure(figure), true});
    } else {
      hash.AddEight(word.packed[0]);
    }
    if (word.length == 16) hash.AddEight(word.packed[1]);
    hash.SetRest(word.length < 8 ? word.packed[0] : word.length < 16 ? word.packed[1] : 0);
    return TakeWord(hash.Finish());
  }
  uint64_t packed = 0;
  size_t length = 0;
  const auto add = [&](unsigned char byte) {
    hash.Add(byte);
    if (length < 8) packed |= uint64_t{byte} << (8 * length);
    ++length;
  };
  while (*at < piece.size()) {
    const auto byte = static_cast<unsigned char>(piece[*at]);
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
    const char32_t code_point = NextCodePoint(piece, &behind);
    if (ClassOf(code_point) != WordClass::kWord) break;
    VisitFolded(code_point, add);
    *at = behind;
  }
  const uint64_t figure = length < 8 ? FigureOf(packed) : 0;
  if (figure != 0) return TakeToken({HashOfFigure(figure), true});
  TakeWord(hash.Finish());
}

void Sketcher::TakeWord(uint64_t word) {
  const auto small = static_cast<uint16_t>(word);
  is_word_known_ = (word_bits_[small / 64] >> (small % 64) & 1) != 0;
  word_bits_[small / 64] |= uint64_t{1} << (small % 64);
  word_bits_used_[small / 4096] |= uint64_t{1} << (small / 64 % 64);
  TakeToken({word, false});
}

void Sketcher::ReadFigure(std::string_view piece, size_t* at) {
  size_t end = *at;
  TokenHash hash;
  for (;;) {
    if (IsDigit(piece, end)) {
      hash.Add(static_cast<unsigned char>(piece[end++]));
    } else if (end < piece.size() && IsFigureSeparator(piece[end]) && IsDigit(piece, end + 1)) {
      // 1,200 is 1200; other separators are part of the figure.
      if (piece[end] != ',') hash.Add(static_cast<unsigned char>(piece[end]));
      ++end;
    } else {
      break;
    }
  }
  size_t behind = end;
  const bool goes_on =
      end < piece.size() &&
      (IsAscii(piece[end]) ? kAsciiLower[static_cast<unsigned char>(piece[end])] != 0
                           : ClassOf(NextCodePoint(piece, &behind)) == WordClass::kWord);
  if (goes_on) return ReadWord(piece, at);  // 15th, 4x4
  *at = end;
  last_character_ = 0;
  names_.TakeFigure();
  letters_.TakeFigure();
  TakeToken({hash.Finish(), true});
}

void Sketcher::ReadCharacter(std::string_view piece, size_t* at) {
  const char32_t character = NextCodePoint(piece, at);
  letters_.TakeCharacter(character);
  const uint64_t pair = Mix(last_character_ << 32 | character);
  last_character_ = character;
  TakeWord(pair);
}

void Sketcher::TakeToken(Token token) {
  if (is_headline_ ? first_tokens_.size() < kHeadlineTokensMax : body_tokens_ < kBodyTokensMin) {
    first_tokens_.push_back(token.hash);
  }
  TakeFirst(token);
  if (!is_headline_) {
    ++body_tokens_;
    if (field_tokens_ >= 2) TakeShingle(last_[0].hash, last_[1].hash, token.hash);
  }
  if (field_tokens_ >= 1 && last_[1].is_figure) {
    TakeFigure(field_tokens_ >= 2 ? last_[0] : Token{kFieldEdge, false}, last_[1], token);
  }
  row_word_ = token.is_figure ? row_word_ : token.hash;
  row_figures_ = token.is_figure ? row_figures_ + 1 : 0;
  last_[0] = last_[1];
  last_[1] = token;
  ++field_tokens_;
}

void Sketcher::TakeFirst(const Token& token) {
  const auto small = static_cast<uint16_t>(token.hash);
  const uint64_t bit = uint64_t{1} << (small % 64);
  const bool is_again = !token.is_figure && is_word_known_;
  if (is_again && (first_bits_ & bit) != 0) {
    for (FirstTokens* const first : {&title_, &subject_}) {
      for (size_t i = 0; i < first->size; ++i) {
        if (first->tokens[i] == small) first->again = static_cast<uint8_t>(first->again | 1u << i);
      }
    }
  }
  FirstTokens& first = is_headline_ ? title_ : subject_;
  if (first.size == FirstTokens::kTokensMax) return;
  if (is_again) first.again = static_cast<uint8_t>(first.again | 1u << first.size);
  first.Add(small, token.is_figure);
  first_bits_ |= bit;
}

void Sketcher::EndField() {
  names_.EndField();
  if (field_tokens_ >= 1 && last_[1].is_figure) {
    TakeFigure(field_tokens_ >= 2 ? last_[0] : Token{kFieldEdge, false}, last_[1],
               Token{kFieldEdge, false});
  }
  field_tokens_ = 0;
  row_word_ = row_figures_ = 0;
  last_character_ = 0;
}

void Sketcher::TakeFigure(const Token& before, const Token& figure, const Token& behind) {
  const uint64_t left = before.is_figure ? Mix(row_word_ * 31 + row_figures_) : before.hash;
  const uint64_t right = behind.is_figure ? kOtherFigure : behind.hash;
  const auto place = static_cast<uint16_t>(Mix(left * 31 + right));
  figures_.push_back(uint32_t{place} << 16 | static_cast<uint16_t>(figure.hash));
  if (figures_.size() < kFiguresRead) return;
  std::sort(figures_.begin(), figures_.end());
  figures_.erase(std::unique(figures_.begin(), figures_.end()), figures_.end());
  // One more than is kept, for the limit.
  figures_.resize(std::min(figures_.size(), Sketch::kFiguresMax + 1));
}

void Sketcher::TakeShingle(uint64_t first, uint64_t second, uint64_t third) {
  const auto hash = static_cast<uint32_t>(Mix(Mix(first * 31 + second) * 31 + third)) | uint32_t{1};
  if (hash > shingle_limit_ || !InsertShingle(hash)) return;
  shingles_.push_back(hash);
  while (shingles_.size() >= kShinglesRead) HalveShingles();
}

void Sketcher::HalveShingles() {
  shingle_limit_ /= 2;
  const auto behind_lead = shingles_.begin() + Sketch::kLeadShingles;
  const auto is_great = [&](uint32_t hash) { return hash > shingle_limit_; };
  shingles_.erase(std::remove_if(behind_lead, shingles_.end(), is_great), shingles_.end());
  std::fill(shingle_set_.begin(), shingle_set_.end(), 0);
  for (const uint32_t hash : shingles_) InsertShingle(hash);
}

bool Sketcher::InsertShingle(uint32_t hash) {
  for (size_t slot = hash >> 1;; ++slot) {
    uint32_t& held = shingle_set_[slot % kShingleSlots];
    if (held == hash) return false;
    if (held == 0) {
      held = hash;
      return true;
    }
  }
}

void Sketcher::Finish(Sketch* sketch) {
  EndField();
  sketch->Clear();
  if (body_tokens_ < kBodyTokensMin) {
    shingles_.clear();
    std::fill(shingle_set_.begin(), shingle_set_.end(), 0);
    for (size_t i = 2; i < first_tokens_.size(); ++i) {
      TakeShingle(first_tokens_[i - 2], first_tokens_[i - 1], first_tokens_[i]);
    }
  } else {
    sketch->subject = subject_;
  }
  sketch->title = title_;
  KeepShingles(sketch);
  TakeWords(sketch);
  std::sort(figures_.begin(), figures_.end());
  figures_.erase(std::unique(figures_.begin(), figures_.end()), figures_.end());
  if (figures_.size() > Sketch::kFiguresMax) {
    // Of the last place some may be missing.
    const uint32_t limit = figures_[Sketch::kFiguresMax] >> 16;
    sketch->figure_limit = static_cast<uint16_t>(limit == 0 ? 0 : limit - 1);
    std::erase_if(figures_, [&](uint32_t figure) { return figure >> 16 >= limit; });
  }
  sketch->figures = figures_;
  TakeNames(sketch);
}

void Sketcher::KeepShingles(Sketch* sketch) {
  std::vector<uint32_t>& kept = sketch->shingles;
  kept = shingles_;
  sketch->shingle_count = static_cast<uint32_t>(kept.size());
  if (kept.size() <= Sketch::kShinglesMax) return;
  constexpr auto kLead = static_cast<ptrdiff_t>(Sketch::kLeadShingles);
  const uint64_t share = (uint64_t{1} << 32) / (uint64_t{shingle_limit_} + 1);
  const uint64_t count = Sketch::kLeadShingles + (kept.size() - Sketch::kLeadShingles) * share;
  sketch->shingle_count = static_cast<uint32_t>(std::min<uint64_t>(count, UINT32_MAX));
  const auto smallest = [&](ptrdiff_t of, size_t wanted) {
    const auto last = shingles_.begin() + static_cast<ptrdiff_t>(wanted) - 1;
    std::nth_element(shingles_.begin(), last, shingles_.begin() + of);
    return *last;
  };
  const uint32_t lead_limit = smallest(kLead, Sketch::kLeadKept);
  const uint32_t limit = smallest(static_cast<ptrdiff_t>(shingles_.size()), Sketch::kSpreadKept);
  sketch->shingle_limit = limit;
  const auto is_too_great = [&](uint32_t than) {
    return [=](uint32_t hash) { return hash > than; };
  };
  kept.erase(std::remove_if(kept.begin() + kLead, kept.end(), is_too_great(limit)), kept.end());
  kept.erase(
      std::remove_if(kept.begin(), kept.begin() + kLead, is_too_great(std::max(limit, lead_limit))),
      kept.begin() + kLead);
}

void Sketcher::TakeNames(Sketch* sketch) const {
  if (2 * letters_.without_capitals() > sketch->shingle_count) {
    const bool is_short = sketch->shingle_count <= kLettersShingles;
    if (is_short && letters_.is_whole()) letters_.Pack(&sketch->names);
  } else if (sketch->shingle_count <= Sketch::kNamesShingles) {
    sketch->names = names_.names();
  }
}

void Sketcher::TakeWords(Sketch* sketch) const {
  VisitBits(word_bits_used_, [&](size_t i) {
    for (uint64_t bits = word_bits_[i]; bits != 0; bits &= bits - 1) {
      if (sketch->words.size() == Sketch::kWordsMax) {
        sketch->word_limit = sketch->words.back();
        return;
      }
      sketch->words.push_back(
          static_cast<uint16_t>(64 * i + static_cast<size_t>(std::countr_zero(bits))));
    }
  });
}

}  // namespace copydesk
