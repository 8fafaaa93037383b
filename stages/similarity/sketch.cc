#include "stages/similarity/sketch.h"

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

// Visits the places of the bits that are set, rising.
template <typename Bits, typename Visit>
void VisitBits(const Bits& all, Visit visit) {
  for (size_t i = 0; i < all.size(); ++i) {
    for (uint64_t bits = all[i]; bits != 0; bits &= bits - 1) {
      visit(64 * i + static_cast<size_t>(std::countr_zero(bits)));
    }
  }
}

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

uint16_t SketchWordOf(std::string_view word) { return static_cast<uint16_t>(HashOfWord(word)); }

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
  no_figure_before_ = 0;
  while (at < piece.size()) {
    const auto byte = static_cast<unsigned char>(piece[at]);
    if (byte < 0x80) {
      if (IsAsciiDigit(piece[at])) {
        TakeFigureAt(piece, &at);
      } else if (IsAsciiWord(piece[at])) {
        TakeWordAt(piece, &at);
      } else {
        last_character_ = 0;
        names_.TakePunctuation(piece[at++]);
      }
      continue;
    }
    size_t behind = at;
    switch (ClassOf(NextCodePoint(piece, &behind))) {
      case WordClass::kWord:
        TakeWordAt(piece, &at);
        break;
      case WordClass::kUnspaced:
        TakeCharacterAt(piece, &at);
        break;
      case WordClass::kOther:
        last_character_ = 0;
        at = behind;
    }
  }
}

void Sketcher::TakeWordAt(std::string_view piece, size_t* at) {
  const size_t begin = *at;
  const Token token = ReadWord(piece, at);
  last_character_ = 0;
  TakeWord(token);
  if (token.is_figure || shingles_.size() > kLettersShingles) return;
  const std::string_view word(piece.data() + begin, *at - begin);
  letters_.TakeWord(word);
  if (shingles_.size() <= Sketch::kNamesShingles) names_.TakeWord(word);
}

void Sketcher::TakeFigureAt(std::string_view piece, size_t* at) {
  last_character_ = 0;
  Token figure;
  if (!ReadFigure(piece, at, &no_figure_before_, &figure)) {
    return TakeWord(ReadWord(piece, at));  // 15th, 4x4
  }
  names_.TakeFigure();
  letters_.TakeFigure();
  TakeToken(figure);
}

void Sketcher::TakeCharacterAt(std::string_view piece, size_t* at) {
  const char32_t character = NextCodePoint(piece, at);
  letters_.TakeCharacter(character);
  const uint64_t pair = MixHash(last_character_ << 32 | character);
  last_character_ = character;
  TakeWord({pair, false});
}

void Sketcher::TakeWord(const Token& word) {
  if (!word.is_figure) {
    const auto small = static_cast<uint16_t>(word.hash);
    is_word_known_ = (word_bits_[small / 64] >> (small % 64) & 1) != 0;
    word_bits_[small / 64] |= uint64_t{1} << (small % 64);
    word_bits_used_[small / 4096] |= uint64_t{1} << (small / 64 % 64);
  }
  TakeToken(word);
}

void Sketcher::TakeToken(const Token& token) {
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
  const uint64_t left = before.is_figure ? MixHash(row_word_ * 31 + row_figures_) : before.hash;
  const uint64_t right = behind.is_figure ? kOtherFigure : behind.hash;
  const auto place = static_cast<uint16_t>(MixHash(left * 31 + right));
  figures_.push_back(uint32_t{place} << 16 | static_cast<uint16_t>(figure.hash));
  if (figures_.size() < kFiguresRead) return;
  std::sort(figures_.begin(), figures_.end());
  figures_.erase(std::unique(figures_.begin(), figures_.end()), figures_.end());
  // One more than is kept, for the limit.
  figures_.resize(std::min(figures_.size(), Sketch::kFiguresMax + 1));
}

void Sketcher::TakeShingle(uint64_t first, uint64_t second, uint64_t third) {
  const auto hash =
      static_cast<uint32_t>(MixHash(MixHash(first * 31 + second) * 31 + third)) | uint32_t{1};
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
