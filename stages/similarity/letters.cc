#include "stages/similarity/letters.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// Two stories go on alike behind a place where they differ from so many letters on.
constexpr size_t kAnchor = 4;
// More letters than this in a row that differ are no name, of one story and of both.
constexpr size_t kPlaceMax = 48;
constexpr size_t kBothMax = 72;
// Of fewer letters than this one may be misread; and with so great a share of them the same a word
// is only spelled otherwise.
constexpr size_t kReplacedMin = 2;
constexpr double kSameShare = 0.65;
// Where more places than this differ, it is no template.
constexpr size_t kPlacesMax = 4;

constexpr uint8_t kUnspaced = 0x80;
constexpr uint8_t kFigure = kUnspaced;

bool IsOfWord(uint8_t letter) { return letter != 0 && letter < kUnspaced; }

uint8_t LetterOf(char32_t letter) {
  const auto folded =
      static_cast<uint32_t>(u_foldCase(static_cast<UChar32>(letter), U_FOLD_CASE_DEFAULT));
  const uint32_t low = u_isdigit(static_cast<UChar32>(letter)) ? '0' : folded % kUnspaced;
  return static_cast<uint8_t>(low == 0 ? kUnspaced - 1 : low);
}

bool HasNoCapitals(char32_t letter) {
  const auto code_point = static_cast<UChar32>(letter);
  return u_totitle(code_point) == code_point && !u_isupper(code_point);
}

using Place = std::span<const uint8_t>;  // letters in a row

struct Letters {
  explicit Letters(std::span<const uint64_t> packed) {
    size = std::min(8 * (packed.size() - 1), all.size());
    std::memcpy(all.data(), packed.data() + 1, size);
    while (size > 0 && all[size - 1] == 0) --size;
  }
  Place Between(size_t begin, size_t end) const {
    while (end > begin && all[end - 1] == 0) --end;
    return Place(all).subspan(begin, end - begin);
  }
  bool BeginsWord(size_t at) const {
    return at == 0 || at >= size || !IsOfWord(all[at - 1]) || !IsOfWord(all[at]);
  }

  std::array<uint8_t, LetterReader::kLettersMax> all;
  size_t size;
};

size_t CommonOf(Place a, Place b) {
  std::array<uint8_t, kPlaceMax + 1> row{};
  for (const uint8_t letter : a) {
    uint8_t before = 0;
    for (size_t j = 0; j < b.size(); ++j) {
      const uint8_t above = row[j + 1];
      row[j + 1] = letter == b[j] && letter != 0 ? static_cast<uint8_t>(before + 1)
                                                 : std::max(above, row[j]);
      before = above;
    }
  }
  return row[b.size()];
}

// Whether both go on alike from there, up to the end of both at least.
bool GoOnAlike(const Letters& a, size_t i, const Letters& b, size_t j) {
  if (!a.BeginsWord(i) || !b.BeginsWord(j)) return false;
  for (size_t k = 0; k < kAnchor; ++k) {
    if (i + k == a.size || j + k == b.size) return i + k == a.size && j + k == b.size;
    if (a.all[i + k] != b.all[j + k]) return false;
  }
  return true;
}

// The nearest places of both from which they go on alike. Returns false when there are none.
bool FindAlike(const Letters& a, size_t* i, const Letters& b, size_t* j) {
  for (size_t both = 1; both <= kBothMax; ++both) {
    const size_t most = std::min({both, kPlaceMax, a.size - *i});
    for (size_t of_a = both > kPlaceMax ? both - kPlaceMax : 0; of_a <= most; ++of_a) {
      const size_t of_b = both - of_a;
      if (*j + of_b > b.size || !GoOnAlike(a, *i + of_a, b, *j + of_b)) continue;
      *i += of_a;
      *j += of_b;
      return true;
    }
  }
  return false;
}

bool HasFigure(Place letters) {
  return std::find(letters.begin(), letters.end(), kFigure) != letters.end();
}

bool IsReplaced(Place a, Place b) {
  const auto letters = [](Place all) {
    return all.size() - static_cast<size_t>(std::count(all.begin(), all.end(), 0));
  };
  const auto [least, most] = std::minmax({letters(a), letters(b)});
  return least >= kReplacedMin && CommonOf(a, b) < kSameShare * static_cast<double>(most);
}

}  // namespace

void LetterReader::Begin() {
  letters_.clear();
  is_body_ = is_begun_ = false;
  without_capitals_ = 0;
}

void LetterReader::ReadWord(std::string_view word) {
  size_t at = 0;
  const bool has_none = HasNoCapitals(NextCodePoint(word, &at));
  is_begun_ |= has_none;
  if (!is_body_ || !is_begun_) return;
  without_capitals_ += has_none;
  if (!letters_.empty() && IsOfWord(static_cast<uint8_t>(letters_.back()))) Add(0);
  for (at = 0; at < word.size();) {
    const char32_t letter = NextCodePoint(word, &at);
    const bool is_joiner = letter == 0x200C || letter == 0x200D;  // which some writers leave out
    if (letter != '\'' && !is_joiner) Add(LetterOf(letter));
  }
}

void LetterReader::TakeCharacter(char32_t character) {
  is_begun_ = true;
  if (!is_body_) return;
  ++without_capitals_;
  constexpr uint32_t kSpread = 0x9E3779B1;
  Add(static_cast<uint8_t>(kFigure + 1 + (static_cast<uint32_t>(character) * kSpread >> 8) % 127));
}

void LetterReader::TakeFigure() {
  if (is_body_ && is_begun_) Add(kFigure);
}

void LetterReader::Pack(std::vector<uint64_t>* packed) const {
  packed->assign(1 + (letters_.size() + 7) / 8, 0);
  std::memcpy(packed->data() + 1, letters_.data(), letters_.size());
}

bool AreLetters(std::span<const uint64_t> packed) { return packed.size() > 1 && packed[0] == 0; }

LettersCompared CompareLetters(std::span<const uint64_t> packed_a,
                               std::span<const uint64_t> packed_b) {
  const Letters a(packed_a), b(packed_b);
  LettersCompared compared;
  std::array<std::pair<Place, Place>, kPlacesMax> replaced;
  for (size_t i = 0, j = 0;;) {
    while (i < a.size && j < b.size && a.all[i] == b.all[j]) ++i, ++j;
    if (i == a.size && j == b.size) return compared;
    for (; !a.BeginsWord(i) || !b.BeginsWord(j); --i, --j) continue;
    const size_t begin_a = i, begin_b = j;
    if (!FindAlike(a, &i, b, &j)) return {};
    const std::pair both(a.Between(begin_a, i), b.Between(begin_b, j));
    if (both.first.empty() || both.second.empty()) return {};
    if (begin_a == 0 && (HasFigure(both.first) || HasFigure(both.second))) continue;  // a dateline
    if (!IsReplaced(both.first, both.second)) return {};
    const auto end = replaced.begin() + compared.replaced;
    const auto is_same = [&](const std::pair<Place, Place>& other) {
      return std::ranges::equal(other.first, both.first) &&
             std::ranges::equal(other.second, both.second);
    };
    if (std::find_if(replaced.begin(), end, is_same) != end) continue;
    if (end == replaced.end()) return {};
    *end = both;
    ++compared.replaced;
    compared.words += both.first[0] < kUnspaced ? 1 : kReplacedMin;
  }
}

}  // namespace copydesk
