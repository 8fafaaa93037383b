#include "stages/similarity/names.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// So much of two names is the same where they are, though one letter is misread, say: of both, or
// of the shorter one, which may be cut: "Wed", "Sept", "Corp".
constexpr double kSameShare = 0.375;
constexpr double kCutShare = 0.7;
// And so much of both where they do not stand at the same place.
constexpr double kSameElsewhere = 0.7;

// A capitalised word of so few bytes before a full stop is one: "Mr.", "Gen.", "U.S."
constexpr size_t kAbbreviationMax = 3;

// The kind of an ASCII letter or digit.
constexpr std::array<uint8_t, 128> kKinds = [] {
  std::array<uint8_t, 128> kinds{};
  constexpr std::string_view kAlike[] = {"a4", "e3",  "iyj1", "o0", "uvw", "bp8", "ckq", "dt",
                                         "f",  "g69", "h",    "l",  "m",   "n",   "r",   "szx5"};
  for (uint8_t kind = 0; kind < std::size(kAlike); ++kind) {
    for (const char c : kAlike[kind]) {
      kinds[static_cast<unsigned char>(c)] = kind;
      if (c >= 'a') kinds[static_cast<unsigned char>(c - 'a' + 'A')] = kind;
    }
  }
  return kinds;
}();

bool IsSame(uint64_t a, uint64_t b) {
  const int both = std::popcount(a & b);
  return both >= kSameShare * std::popcount(a | b) ||
         both >= kCutShare * std::min(std::popcount(a), std::popcount(b));
}

}  // namespace

void NameReader::Begin() {
  names_.clear();
  names_before_ = small_words_ = capital_words_ = 0;
  EndField();
}

void NameReader::TakeWord(std::string_view word) {
  if (names_.size() == kNamesMax) return;
  const bool begins_sentence = std::exchange(begins_sentence_, false);
  const uint64_t first = std::exchange(first_, 0);
  is_abbreviation_ = false;
  size_t behind_letter = 0;
  const auto letter = static_cast<UChar32>(NextCodePoint(word, &behind_letter));
  if (letter < 0x80 ? letter < 'A' || letter > 'Z' : !u_isupper(letter)) {
    ++small_words_;
    return;
  }
  ++capital_words_;
  is_abbreviation_ = word.size() <= kAbbreviationMax;
  if (word.size() == behind_letter) return;
  if (begins_sentence) {
    first_ = is_abbreviation_ ? 0 : SpellingOf(word);
  } else {
    if (first != 0) Add(first);
    Add(SpellingOf(word));
  }
}

void NameReader::Add(uint64_t spelling) {
  if (names_.size() == kNamesMax) return;
  if (std::find(names_.begin(), names_.end(), spelling) == names_.end()) {
    names_.push_back(spelling);
  }
}

void NameReader::TakePunctuation(char c) {
  if (c == '.' ? !is_abbreviation_ : c == '!' || c == '?' || c == ':' || c == '"') {
    begins_sentence_ = true;
  }
}

void NameReader::EndField() {
  // Where most words have capitals these say nothing.
  if (small_words_ < capital_words_) names_.resize(names_before_);
  names_before_ = names_.size();
  small_words_ = capital_words_ = 0;
  begins_sentence_ = true;
  first_ = 0;
  is_abbreviation_ = false;
}

uint64_t SpellingOf(std::string_view name) {
  constexpr uint32_t kEdge = 31;
  constexpr uint32_t kSpread = 0xEFA7178D;  // takes few names for each other, of sixty tried
  uint64_t spelling = 0;
  uint32_t before = kEdge;
  const auto take = [&](uint32_t kind) {
    spelling |= uint64_t{1} << ((before << 5 | kind) * kSpread >> 26);
    before = kind;
  };
  for (size_t at = 0; at < name.size();) {
    const char32_t letter = NextCodePoint(name, &at);
    if (letter == '\'') continue;
    take(letter < kKinds.size() ? uint32_t{kKinds[letter]}
                                : static_cast<uint32_t>(u_foldCase(static_cast<UChar32>(letter),
                                                                   U_FOLD_CASE_DEFAULT)) %
                                      kEdge);
  }
  take(kEdge);
  return spelling;
}

NamesCompared CompareNames(std::span<const uint64_t> a, std::span<const uint64_t> b) {
  if (a.empty() || b.empty()) return {};
  constexpr size_t kMax = NameReader::kNamesMax + 1;
  std::array<std::array<uint8_t, kMax>, kMax> most{};
  // Two that are spelled alike count for more than two that may be the same.
  const auto both = [&](size_t i, size_t j) {
    return static_cast<uint8_t>(most[i + 1][j + 1] + (a[i] == b[j] ? 2 : 1));
  };
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      most[i][j] = std::max(most[i + 1][j], most[i][j + 1]);
      if (IsSame(a[i], b[j])) most[i][j] = std::max(most[i][j], both(i, j));
    }
  }
  // Of more names than are kept any may be there, too.
  const bool are_known = std::max(a.size(), b.size()) < NameReader::kNamesMax;
  const auto is_own = [&](uint64_t name, std::span<const uint64_t> others) {
    return are_known && std::none_of(others.begin(), others.end(), [&](uint64_t other) {
             return std::popcount(name & other) >= kSameElsewhere * std::popcount(name | other);
           });
  };
  NamesCompared compared;
  uint32_t own_a = 0, own_b = 0;
  size_t i = 0, j = 0;
  const auto end_gap = [&] {
    compared.replaced += std::min(own_a, own_b);
    own_a = own_b = 0;
  };
  while (i < a.size() && j < b.size()) {
    if (IsSame(a[i], b[j]) && most[i][j] == both(i, j)) {
      ++compared.alike;
      end_gap();
      ++i, ++j;
    } else if (most[i + 1][j] >= most[i][j + 1]) {
      own_a += is_own(a[i++], b);
    } else {
      own_b += is_own(b[j++], a);
    }
  }
  while (i < a.size()) own_a += is_own(a[i++], b);
  while (j < b.size()) own_b += is_own(b[j++], a);
  end_gap();
  return compared;
}

}  // namespace copydesk
