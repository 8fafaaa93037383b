#include "stages/similarity/headlines.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace copydesk {
namespace {

// More than this of both headlines is missing in the other story; of hardly anything nothing is
// concluded.
constexpr double kTitleDiffers = 0.2;
constexpr double kTitleMin = 0.2;
// So many tokens of two headlines are the same where they name another part of the day; so many of
// the first line of two tables where another word between them tells them apart; and so many where
// one has a word more.
constexpr size_t kAlikeMin = 2;
constexpr size_t kAlikeReplaced = 3;
constexpr size_t kAlikeInserted = 4;
// A rarer word than this in a headline is a name, or as good as one; and so rare are those of a
// notice together that tell it from another.
constexpr double kNameRarity = 0.3;
constexpr double kReplacedRarity = 0.2;
constexpr double kNamesRarity = 0.5;
// With so much in common, names that have changed places in the headline alone say the same: "Xi
// meets Putin"; and so, where the bodies begin alike, does another part of the day.
constexpr double kMuchTheSame = 0.9;
constexpr double kSameBody = 0.7;

// What is known of a story's words and figures.
struct Known {
  const FirstTokens& title;
  const FirstTokens& subject;
  const std::vector<uint16_t>& words;
  uint16_t word_limit;

  // What stands for its headline.
  const FirstTokens& front() const { return title.size > 0 ? title : subject; }
  // True also for what is not known.
  bool MayHaveWord(uint16_t word) const {
    return word > word_limit || title.Has(word, false) || subject.Has(word, false) ||
           std::binary_search(words.begin(), words.end(), word);
  }
};

Known KnownOf(const Sketch& story) {
  return {story.title, story.subject, story.words, story.word_limit};
}

Known KnownOf(const Evidence& story) {
  return {story.title, story.subject, story.words, story.word_limit};
}

// The share of a headline, weighed by rarity, that another story does not have. A word of it counts
// when its own story has it again: a name comes again, a slip of a scanner does not.
double MissingTitle(const FirstTokens& title, const Known& other, const SketchIndex& index) {
  double all = kTitleMin, missing = 0;
  for (size_t i = 0; i < title.size; ++i) {
    if (title.IsFigure(i) || !title.IsThereAgain(i)) continue;
    const double rarity = index.WordRarity(title.tokens[i]);
    all += rarity;
    if (!other.MayHaveWord(title.tokens[i])) missing += rarity;
  }
  return missing / all;
}

// Sets of words: a headline that has one of the first and one that has one of the second do not say
// the same.
class OppositeSets {
 public:
  explicit OppositeSets(const std::vector<std::vector<std::string_view>>& sets) {
    for (unsigned set = 0; set < sets.size(); ++set) {
      for (const std::string_view word : sets[set]) {
        bits_.emplace_back(SketchWordOf(word), 1u << set);
      }
    }
  }
  // The sets that the word is in, a bit for each.
  unsigned Of(uint16_t word) const {
    unsigned sets = 0;
    for (const auto& [one, bit] : bits_) {
      if (one == word) sets |= bit;
    }
    return sets;
  }
  static bool AreOpposed(unsigned a, unsigned b) { return (a & ~b) != 0 && (b & ~a) != 0; }

 private:
  std::vector<std::pair<uint16_t, unsigned>> bits_;
};

bool IsOtherPartOfDay(const FirstTokens& a, const FirstTokens& b) {
  static const OppositeSets kParts({{"opening", "opens", "opg", "early", "morning"},
                                    {"noon", "midday", "midsession"},
                                    {"afternoon", "late"},
                                    {"closing", "closes", "close", "closed", "clsg"},
                                    {"evening", "overnight"}});
  const auto parts_of = [](const FirstTokens& front) {
    unsigned parts = 0;
    for (size_t i = 0; i < front.size; ++i) {
      if (!front.IsFigure(i)) parts |= kParts.Of(front.tokens[i]);
    }
    return parts;
  };
  return OppositeSets::AreOpposed(parts_of(a), parts_of(b));
}

// Whether two headlines are the same but for a word, and that says the opposite: one goes up where
// the other goes down or stays.
bool IsOtherWay(const FirstTokens& a, const FirstTokens& b) {
  static const OppositeSets kWays[] = {
      OppositeSets(
          {{"up",     "rise",     "rises",   "rose",     "raise",    "raises", "raised", "gain",
            "gains",  "climb",    "climbs",  "jump",     "jumps",    "higher", "hike",   "hikes",
            "firmer", "stronger", "upgrade", "upgrades", "upgraded", "steigt", "hebt",   "erhöht",
            "monte",  "relève",   "hausse",  "sube",     "suben",    "sobe",   "sale"},
           {"down",      "fall",       "falls",      "fell",  "cut",    "cuts",   "drop",
            "drops",     "slip",       "slips",      "lower", "lowers", "easier", "weaker",
            "downgrade", "downgrades", "downgraded", "fällt", "senkt",  "baisse", "abaisse",
            "baja",      "bajan",      "cai",        "cala",  "scende"},
           {"hold", "holds", "held", "keep", "keeps", "unchanged", "steady", "flat", "affirm",
            "affirms", "affirmed"}}),
      OppositeSets({{"pass", "passes", "passed", "approve", "approves", "approved", "back", "backs",
                     "backed", "accept", "accepts", "accepted"},
                    {"reject", "rejects", "rejected", "block", "blocks", "blocked", "veto",
                     "vetoes", "vetoed", "refuse", "refuses", "refused"}}),
      OppositeSets({{"guilty", "convicted", "jailed"}, {"acquitted", "cleared", "freed"}}),
      OppositeSets({{"win", "wins", "won"}, {"lose", "loses", "lost"}}),
  };
  if (a.size != b.size) return false;
  const auto end = a.tokens.begin() + a.size;
  const auto differ = std::mismatch(a.tokens.begin(), end, b.tokens.begin());
  if (differ.first == end || !std::equal(differ.first + 1, end, differ.second + 1)) return false;
  return std::any_of(std::begin(kWays), std::end(kWays), [&](const OppositeSets& ways) {
    return OppositeSets::AreOpposed(ways.Of(*differ.first), ways.Of(*differ.second));
  });
}

// How the first tokens of two stories go together, in the order in which most of them do.
struct Aligned {
  size_t alike = 0;
  // Between tokens that are alike: where each has something else, and where one has.
  size_t replaced = 0, inserted = 0;
  // How rare the words are that come again in their story and not in the other's headline, of the
  // side that has less of them.
  double names = 0;
};

// Of a part of a story, whose headline is its own, only what that story does not have at all is
// another name.
Aligned Align(const Known& story, const Known& lead, bool is_part, const SketchIndex& index) {
  const FirstTokens& a = story.front();
  const FirstTokens& b = lead.front();
  // The most that are alike from one place of each on.
  constexpr size_t kMax = FirstTokens::kTokensMax + 1;
  std::array<std::array<uint8_t, kMax>, kMax> most{};
  const auto is_alike = [&](size_t i, size_t j) {
    return a.tokens[i] == b.tokens[j] && a.IsFigure(i) == b.IsFigure(j);
  };
  for (size_t i = a.size; i-- > 0;) {
    for (size_t j = b.size; j-- > 0;) {
      most[i][j] = is_alike(i, j) ? static_cast<uint8_t>(most[i + 1][j + 1] + 1)
                                  : std::max(most[i + 1][j], most[i][j + 1]);
    }
  }
  struct Own {
    bool has = false;
    double names = 0;

    void Take(const FirstTokens& first, size_t at, const Known& other, bool is_part,
              const SketchIndex& index) {
      const uint16_t token = first.tokens[at];
      // A slip of a scanner is no other word: that is one that other stories have as well.
      has |= first.IsFigure(at) || index.IsWordKnown(token);
      const bool is_name = first.IsThereAgain(at) && !other.front().Has(token, false) &&
                           !(is_part && other.MayHaveWord(token));
      if (is_name) names += index.WordRarity(token);
    }
  };
  Aligned aligned;
  Own of_a, of_b;
  for (size_t i = 0, j = 0; i < a.size && j < b.size;) {
    if (is_alike(i, j)) {
      ++aligned.alike;
      aligned.replaced += of_a.has && of_b.has;
      aligned.inserted += of_a.has != of_b.has;
      aligned.names = std::max(aligned.names, std::min(of_a.names, of_b.names));
      of_a = of_b = {};
      ++i, ++j;
    } else if (most[i + 1][j] >= most[i][j + 1]) {
      of_a.Take(a, i++, lead, is_part, index);
    } else {
      of_b.Take(b, j++, story, is_part, index);
    }
  }
  return aligned;
}

bool IsOtherReport(const Known& a, const Known& b, const Aligned& aligned, double similarity) {
  if (aligned.alike < kAlikeMin) return false;
  const bool is_same_body = similarity >= kSameBody && a.subject.tokens == b.subject.tokens;
  if (!is_same_body && IsOtherPartOfDay(a.front(), b.front())) return true;
  // Where nothing is said above them, tables are told apart by their first line.
  if (a.title.size > 0 || b.title.size > 0) return false;
  return (aligned.replaced > 0 && aligned.alike >= kAlikeReplaced) ||
         (aligned.inserted > 0 && aligned.alike >= kAlikeInserted);
}

// Whether one says that something is not so.
bool IsDenied(const FirstTokens& front) {
  static const std::vector<uint16_t> kWords = [] {
    std::vector<uint16_t> words;
    for (const std::string_view word : {"not", "no", "never", "nicht", "kein", "keine", "ne", "pas",
                                        "non", "sin", "não", "не", "нет", "ні"}) {
      words.push_back(SketchWordOf(word));
    }
    return words;
  }();
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](uint16_t word) { return front.Has(word, false); });
}

// Whether two headlines have the same words, but for what stands before some of these and behind
// them, which has changed places: "Arsenal beat Chelsea", "Chelsea beat Arsenal".
bool IsExchanged(const FirstTokens& a, const FirstTokens& b) {
  if (a.size != b.size) return false;
  const auto all_a = std::span(a.tokens).first(a.size);
  const auto all_b = std::span(b.tokens).first(b.size);
  const auto begin = std::mismatch(all_a.begin(), all_a.end(), all_b.begin()).first;
  const auto behind = std::mismatch(all_a.rbegin(), all_a.rend(), all_b.rbegin()).first.base();
  if (behind - begin < 3) return false;
  const auto differ_a = std::span(begin, behind);
  const auto differ_b = all_b.subspan(static_cast<size_t>(begin - all_a.begin()), differ_a.size());
  for (size_t first = 1; first + 1 < differ_a.size(); ++first) {
    for (size_t last = 1; first + last < differ_a.size(); ++last) {
      const size_t between = differ_a.size() - first - last;
      if (std::ranges::equal(differ_a.first(first), differ_b.last(first)) &&
          std::ranges::equal(differ_a.last(last), differ_b.first(last)) &&
          std::ranges::equal(differ_a.subspan(first, between), differ_b.subspan(last, between))) {
        return true;
      }
    }
  }
  return false;
}

// Of a headline without a body each word counts: another in its place, one more before its end, or
// another order may say the opposite.
bool IsOtherAlert(const Sketch& story, const Evidence& lead) {
  if (story.subject.size > 0 || lead.subject.size > 0) return false;
  const FirstTokens& a = story.title;
  const FirstTokens& b = lead.title;
  if (!std::equal(a.tokens.begin(), a.tokens.begin() + std::min(a.size, b.size),
                  b.tokens.begin())) {
    return true;
  }
  const auto has_own = [](const std::vector<uint16_t>& words, const Known& other) {
    return std::any_of(words.begin(), words.end(),
                       [&](uint16_t word) { return !other.MayHaveWord(word); });
  };
  return has_own(story.words, KnownOf(lead)) && has_own(lead.words, KnownOf(story));
}

// Of notices so short that it may be the headline alone that says whose they are.
bool IsOtherNotice(const Known& a, const Known& b, const SketchIndex& index) {
  double of_a = 0, of_b = 0;
  for (const auto& [title, other, own] : {std::tuple(&a.title, &b, &of_a), {&b.title, &a, &of_b}}) {
    for (size_t i = 0; i < title->size; ++i) {
      if (title->IsFigure(i)) continue;
      const double rarity = index.WordRarity(title->tokens[i]);
      if (!other->MayHaveWord(title->tokens[i])) {
        *own += rarity;
      } else if (rarity >= kNameRarity && other->title.Has(title->tokens[i], false)) {
        return false;
      }
    }
  }
  return std::min(of_a, of_b) > kNamesRarity;
}

// Whether two headlines are the same but for what they begin with, which is all that says whose
// news it is.
bool BeginsWithAnother(const Known& a, const Known& b, const SketchIndex& index) {
  if (a.title.size == 0 || b.title.size == 0 || a.title.tokens[0] == b.title.tokens[0])
    return false;
  const auto begins_with_own = [&](const Known& one, size_t count, const Known& other) {
    for (size_t i = 0; i < count; ++i) {
      const uint16_t token = one.title.tokens[i];
      if (!one.title.IsFigure(i) && !other.MayHaveWord(token) &&
          index.WordRarity(token) >= kNameRarity) {
        return true;
      }
    }
    return false;
  };
  for (size_t i = 1; i + kAlikeReplaced <= a.title.size; ++i) {
    for (size_t j = 1; j + kAlikeReplaced <= b.title.size; ++j) {
      const auto rest_a = std::span(a.title.tokens).first(a.title.size).subspan(i);
      const auto rest_b = std::span(b.title.tokens).first(b.title.size).subspan(j);
      const size_t both = std::min(rest_a.size(), rest_b.size());
      if (std::ranges::equal(rest_a.first(both), rest_b.first(both))) {
        return begins_with_own(a, i, b) && begins_with_own(b, j, a);
      }
    }
  }
  return false;
}

// Whether headlines that have something in common name somebody else.
bool IsOtherName(const Known& a, const Known& b, const Aligned& aligned, const SketchIndex& index) {
  if (aligned.alike == 0) return false;
  const double of_a = MissingTitle(a.title, b, index);
  const double of_b = MissingTitle(b.title, a, index);
  if (std::min(of_a, of_b) > kTitleDiffers) return true;
  // Much the same headline, with another name in its place.
  return aligned.names > kReplacedRarity && aligned.alike >= kAlikeReplaced &&
         2 * aligned.alike >= std::min(a.title.size, b.title.size) &&
         std::max(of_a, of_b) > kTitleDiffers;
}

}  // namespace

HeadlinesApart CompareHeadlines(const Sketch& story, const Evidence& lead,
                                const TextsCompared& texts, const SketchIndex& index) {
  const Known a = KnownOf(story);
  const Known b = KnownOf(lead);
  const Aligned aligned = Align(a, b, texts.is_part, index);
  const size_t longer = std::max(a.title.size, b.title.size);
  const bool is_said_again = aligned.alike >= kAlikeReplaced && longer - aligned.alike <= 1;
  const bool is_denied = (is_said_again || (texts.is_short && aligned.alike >= kAlikeMin)) &&
                         IsDenied(a.front()) != IsDenied(b.front());
  const bool is_exchanged =
      (texts.is_short || texts.similarity < kMuchTheSame) && IsExchanged(a.title, b.title);
  const bool is_opposite = is_denied || is_exchanged || IsOtherWay(a.front(), b.front());
  HeadlinesApart apart;
  apart.are_other_reports = IsOtherReport(a, b, aligned, texts.similarity) ||
                            IsOtherAlert(story, lead) || (!texts.is_part && is_opposite);
  apart.name_others = IsOtherName(a, b, aligned, index) ||
                      (texts.is_short && aligned.alike > 0 && IsOtherNotice(a, b, index)) ||
                      (texts.is_same_brief && BeginsWithAnother(a, b, index));
  return apart;
}

}  // namespace copydesk
