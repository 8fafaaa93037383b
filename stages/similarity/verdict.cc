#include "stages/similarity/verdict.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"

namespace copydesk {
namespace {

constexpr uint32_t kShortShingles = 20;
// Less than this of both is what two reports on one event share.
constexpr double kSharedMin = 0.2;
constexpr double kTemplateShare = 0.3;
// A part is nearly whole in the other story, and that one is much longer.
constexpr double kWholeShare = 0.7;
constexpr double kPartShare = 0.45;
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
// So many figures of each are not in the other, and so great a share.
constexpr uint32_t kFiguresOwn = 2;
constexpr double kFiguresOwnShare = 0.3;
// So many hours later another figure is the next day's.
constexpr double kNextDayHours = 12;
// A rarer word than this in a headline is a name, or as good as one; and so rare are those of a
// notice together that tell it from another.
constexpr double kNameRarity = 0.3;
constexpr double kReplacedRarity = 0.2;
constexpr double kNamesRarity = 0.5;
// With less than this of it in the other story there may be news in it.
constexpr double kOwnShare = 0.5;

// Rare words of both, as far as both are known.
void CompareWords(const Sketch& story, const Evidence& lead, const SketchIndex& index,
                  Likeness* likeness) {
  const uint16_t limit = std::min(story.word_limit, lead.word_limit);
  double of_story = 0, of_lead = 0;
  auto a = story.words.begin();
  auto b = lead.words.begin();
  while (true) {
    const bool has_a = a != story.words.end() && *a <= limit;
    const bool has_b = b != lead.words.end() && *b <= limit;
    if (!has_a && !has_b) break;
    const bool takes_a = has_a && (!has_b || *a <= *b);
    const bool takes_b = has_b && (!has_a || *b <= *a);
    const double rarity = index.WordRarity(takes_a ? *a : *b);
    if (takes_a) of_story += rarity;
    if (takes_b) of_lead += rarity;
    if (takes_a && takes_b) likeness->words_shared += rarity;
    a += takes_a;
    b += takes_b;
  }
  likeness->words_least = std::min(of_story, of_lead);
}

void CompareFigures(const Sketch& story, const Evidence& lead, const SketchIndex& index,
                    Likeness* likeness) {
  const uint32_t limit = std::min(story.figure_limit, lead.figure_limit);
  double of_story = 0, of_lead = 0;
  absl::InlinedVector<uint16_t, Sketch::kFiguresMax> figures[2];
  const std::vector<uint32_t>* const both[2] = {&story.figures, &lead.figures};
  for (int i = 0; i < 2; ++i) {
    for (const uint32_t figure : *both[i]) {
      if (figure >> 16 <= limit) figures[i].push_back(static_cast<uint16_t>(figure));
    }
    std::sort(figures[i].begin(), figures[i].end());
    figures[i].erase(std::unique(figures[i].begin(), figures[i].end()), figures[i].end());
    for (const uint16_t figure : figures[i]) {
      (i == 0 ? of_story : of_lead) += index.FigureRarity(figure);
    }
  }
  size_t shared = 0;
  for (const uint16_t figure : figures[0]) {
    if (!std::binary_search(figures[1].begin(), figures[1].end(), figure)) continue;
    likeness->figures_shared += index.FigureRarity(figure);
    ++shared;
  }
  likeness->figures_all = static_cast<uint32_t>(std::min(figures[0].size(), figures[1].size()));
  likeness->figures_own = static_cast<uint32_t>(likeness->figures_all - shared);
  likeness->figures_least = std::min(of_story, of_lead);

  auto a = story.figures.begin();
  auto b = lead.figures.begin();
  while (a != story.figures.end() && b != lead.figures.end()) {
    const uint32_t place = *a >> 16;
    const uint32_t other = *b >> 16;
    if (place > limit || other > limit) break;
    if (place != other) {
      ++(place < other ? a : b);
      continue;
    }
    const auto is_behind = [&](uint32_t figure) { return figure >> 16 != place; };
    const auto a_end = std::find_if(a, story.figures.end(), is_behind);
    const auto b_end = std::find_if(b, lead.figures.end(), is_behind);
    const auto is_new = [](auto begin, auto end, const auto& others) {
      return std::none_of(begin, end, [&](uint32_t figure) {
        return std::binary_search(others.begin(), others.end(), static_cast<uint16_t>(figure));
      });
    };
    ++likeness->places;
    likeness->places_alike += std::find_first_of(a, a_end, b, b_end) != a_end;
    likeness->places_new += is_new(a, a_end, figures[1]) && is_new(b, b_end, figures[0]);
    a = a_end;
    b = b_end;
  }
}

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

// The parts of the day that a headline names, a bit for each.
unsigned PartsOfDay(const FirstTokens& front) {
  static const std::vector<std::pair<uint16_t, unsigned>> kParts = [] {
    constexpr std::string_view kWords[][5] = {{"opening", "opens", "opg", "early", "morning"},
                                              {"noon", "midday", "midsession"},
                                              {"afternoon", "late"},
                                              {"closing", "closes", "close", "closed", "clsg"},
                                              {"evening", "overnight"}};
    std::vector<std::pair<uint16_t, unsigned>> parts;
    for (unsigned part = 0; part < std::size(kWords); ++part) {
      for (const std::string_view word : kWords[part]) {
        if (!word.empty()) parts.emplace_back(SketchWordOf(word), 1u << part);
      }
    }
    return parts;
  }();
  unsigned parts = 0;
  for (size_t i = 0; i < front.size; ++i) {
    if (front.IsFigure(i)) continue;
    for (const auto& [word, part] : kParts) {
      if (word == front.tokens[i]) parts |= part;
    }
  }
  return parts;
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

bool IsOtherReport(const Known& a, const Known& b, const Aligned& aligned) {
  if (aligned.alike < kAlikeMin) return false;
  const unsigned parts_a = PartsOfDay(a.front());
  const unsigned parts_b = PartsOfDay(b.front());
  if ((parts_a & ~parts_b) != 0 && (parts_b & ~parts_a) != 0) return true;
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

// What tells two stories apart, whatever they share.
bool IsOtherNews(const Likeness& likeness) {
  const uint32_t differ = likeness.places - likeness.places_alike;
  if (likeness.is_other_report || likeness.is_other_name) {
    return true;
  }
  if (likeness.places_new > 0 && likeness.figures_own >= kFiguresOwn &&
      likeness.figures_own > kFiguresOwnShare * (likeness.figures_all + 1)) {
    return true;
  }
  return likeness.hours_apart >= kNextDayHours && differ > 0 && 3 * differ >= likeness.places;
}

}  // namespace

Likeness Compare(const Sketch& story, const SketchCandidate& candidate, const Evidence& lead,
                 double hours_apart, const SketchIndex& index) {
  Likeness likeness;
  likeness.hours_apart = hours_apart;
  likeness.hits = candidate.hits;
  likeness.shingles = std::min(story.shingle_count, lead.shingle_count);
  // Of a long story only the smallest shingles are known: so many of the lead's could be hit.
  double comparable = 1;
  double known = 1;
  if (story.shingle_count > story.shingles.size()) {
    known = static_cast<double>(story.shingles.size()) / story.shingle_count;
    comparable = index.ShareBelow(candidate.entry, story.shingle_limit);
  }
  comparable = std::max(comparable, 1.0 / Evidence::kSamplesMax);
  const double of_lead = lead.weight / 64.0;
  const double stretch =
      static_cast<double>(lead.shingle_count) / index.SampleCount(candidate.entry);
  const double shared = candidate.weight() / comparable;
  const double shared_all = shared * stretch;
  const double of_story = std::max(index.weight() / known, 1.0);
  likeness.of_lead = std::min(1.0, shared / std::max(of_lead, 0.5));
  likeness.in_lead = std::min(1.0, shared_all / of_story);
  const double all = of_story + of_lead * stretch - shared_all;
  likeness.similarity = std::clamp(shared_all / std::max(all, 1.0), 0.0, 1.0);
  if (likeness.containment() < kSharedMin) return likeness;
  CompareWords(story, lead, index, &likeness);
  CompareFigures(story, lead, index, &likeness);
  const Known a = KnownOf(story);
  const Known b = KnownOf(lead);
  const bool is_part = likeness.containment() > kWholeShare &&
                       std::min(likeness.in_lead, likeness.of_lead) < kPartShare;
  const Aligned aligned = Align(a, b, is_part, index);
  const bool is_short = likeness.shingles < kShortShingles;
  const bool is_denied = is_short && !is_part && aligned.alike >= kAlikeMin &&
                         IsDenied(a.front()) != IsDenied(b.front());
  likeness.is_other_report = IsOtherReport(a, b, aligned) || IsOtherAlert(story, lead) || is_denied;
  likeness.is_other_name = IsOtherName(a, b, aligned, index) ||
                           (is_short && aligned.alike > 0 && IsOtherNotice(a, b, index));
  return likeness;
}

// The weights are those of a logistic regression over labelled pairs of candidates.
double ScoreOf(const Likeness& likeness) {
  const double in_lead = likeness.in_lead;
  const double of_lead = likeness.of_lead;
  const double words_share = (likeness.words_shared + 0.3) / (likeness.words_least + 0.6);
  const double figures_share = (likeness.figures_shared + 0.3) / (likeness.figures_least + 0.6);
  const double words_differ = likeness.words_least - likeness.words_shared;
  const double figures_differ = likeness.figures_least - likeness.figures_shared;
  double score = -12.5;
  score += 6.47 * in_lead + 4.56 * of_lead;
  score += 5.31 * std::max(in_lead, of_lead) + 5.75 * std::min(in_lead, of_lead);
  score += -19.85 * likeness.similarity;  // what the shares say twice
  score += 1.44 * std::log2(1 + std::min<double>(likeness.hits, 64));
  score += 0.11 * std::log2(1 + std::min<double>(likeness.shingles, 512));
  score += 0.136 * std::min(likeness.words_shared, 8.0) + 3.09 * words_share;
  score += -0.224 * std::min(words_differ, 8.0);
  score += -0.257 * std::min(likeness.figures_shared, 4.0) + 5.62 * figures_share;
  score += 0.497 * std::min(figures_differ, 4.0);
  score += -2.356 * std::min<double>(likeness.places - likeness.places_alike, 5);
  score += 0.293 * std::min<double>(likeness.places_alike, 6);
  // Of a short story the names and figures are most of what it says.
  if (likeness.shingles < kShortShingles) score += -4.06 + 3.28 * words_share;
  return score;
}

Alike Judge(const Likeness& likeness) {
  if (likeness.containment() < kSharedMin) return Alike::kDifferent;
  if (ScoreOf(likeness) <= 0 || IsOtherNews(likeness)) {
    return likeness.containment() >= kTemplateShare ? Alike::kTemplate : Alike::kDifferent;
  }
  if (likeness.of_lead > kWholeShare && likeness.in_lead < kPartShare) return Alike::kContains;
  if (likeness.in_lead > kWholeShare && likeness.of_lead < kPartShare) return Alike::kPart;
  if (likeness.in_lead < kOwnShare) return Alike::kShares;
  return Alike::kNearDuplicate;
}

}  // namespace copydesk
