#include "stages/similarity/verdict.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "stages/similarity/headlines.h"

namespace copydesk {
namespace {

constexpr uint32_t kShortShingles = 20;
// A notice of as many may have all of its news in its headline; more where none has capitals.
constexpr uint32_t kBriefShingles = 40;
// Less than this of both is what two reports on one event share.
constexpr double kSharedMin = 0.2;
constexpr double kTemplateShare = 0.3;
// A part is nearly whole in the other story, and that one is much longer.
constexpr double kWholeShare = 0.7;
constexpr double kPartShare = 0.45;
// So many figures of each are not in the other, and so great a share.
constexpr uint32_t kFiguresOwn = 2;
constexpr double kFiguresOwnShare = 0.3;
// So much of the longer of two short stories is the shorter one; so great a share of their names
// are others, and of the words that the other does not have so many are names.
constexpr double kSameLength = 0.7;
constexpr double kNamesReplaced = 0.11;
constexpr double kNamesOwnShare = 0.5;
// A rarer word than this may be a name, where no capital tells. Of ten million stories a word that
// none of them has is as rare, for it shares its hash with some that they have.
constexpr double kRareOwn = 0.25;
// So many hours later another figure is the next day's.
constexpr double kNextDayHours = 12;
// With less than this of it in the other story there may be news in it.
constexpr double kOwnShare = 0.5;

// All that is known of two short texts is the same.
bool IsSameBrief(const Sketch& story, const SketchCandidate& candidate, const Evidence& lead,
                 const SketchIndex& index) {
  const uint32_t most = AreLetters(story.names) ? Sketch::kNamesShingles : kBriefShingles;
  return story.shingle_count == lead.shingle_count && story.shingle_count < most &&
         index.SharedBy(story, candidate.entry).hits == index.SampleCount(candidate.entry);
}

// Rare words of both, as far as both are known.
void CompareWords(const Sketch& story, const Evidence& lead, const SketchIndex& index,
                  Likeness* likeness) {
  uint16_t limit = std::min(story.word_limit, lead.word_limit);
  // As many as of any other story.
  if (lead.words.size() > Evidence::kWordsKept) {
    limit = std::min(limit, lead.words[Evidence::kWordsKept - 1]);
  }
  double of_story = 0, of_lead = 0;
  uint32_t own_a = 0, own_b = 0;
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
    own_a += takes_a && !takes_b && rarity > 0;
    own_b += takes_b && !takes_a && rarity > 0;
    a += takes_a;
    b += takes_b;
  }
  // Those that are known stand for all.
  likeness->words_own = std::max(own_a, own_b) * 65536.0 / (limit + 1.0);
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

// The headline has it, and nothing else.
bool IsOfTitle(const FirstTokens& title, uint16_t word) {
  for (size_t i = 0; i < title.size; ++i) {
    if (title.tokens[i] == word && !title.IsFigure(i)) return !title.IsThereAgain(i);
  }
  return false;
}

// Of the one that has fewer.
uint32_t CountRareOwn(const Sketch& story, const Evidence& lead, const SketchIndex& index) {
  const uint16_t limit = std::min(story.word_limit, lead.word_limit);
  const auto count = [&](const auto& one, const auto& other) {
    return std::count_if(one.words.begin(), one.words.end(), [&](uint16_t word) {
      return word <= limit && index.WordRarity(word) >= kRareOwn && !IsOfTitle(one.title, word) &&
             !std::binary_search(other.words.begin(), other.words.end(), word);
    });
  };
  return static_cast<uint32_t>(std::min(count(story, lead), count(lead, story)));
}

void CompareNamesOf(const Sketch& story, const Evidence& lead, const SketchIndex& index,
                    Likeness* likeness) {
  const bool are_letters = AreLetters(story.names);
  if (are_letters != AreLetters(lead.names)) return;
  if (!are_letters) {
    likeness->names = CompareNames(story.names, lead.names);
    return;
  }
  likeness->letters = CompareLetters(story.names, lead.names);
  if (likeness->letters.replaced > 0) likeness->rare_own = CountRareOwn(story, lead, index);
}

// And where there are no capitals: each of the places that differ has a rare word.
bool HasOtherLetters(const Likeness& likeness) {
  const LettersCompared& letters = likeness.letters;
  return letters.replaced > 0 && likeness.rare_own >= letters.words;
}

// What differs of their rare words are names. Tables are told apart by their figures.
bool HasOtherNames(const Likeness& likeness) {
  const uint32_t replaced = likeness.names.replaced;
  return replaced > 0 && replaced + likeness.names.alike >= likeness.figures_all &&
         replaced >= kNamesReplaced * (replaced + likeness.names.alike) &&
         replaced >= kNamesOwnShare * likeness.words_own;
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
  if (HasOtherNames(likeness) || HasOtherLetters(likeness)) return true;
  return likeness.hours_apart >= kNextDayHours && differ > 0 && 3 * differ >= likeness.places;
}

// How sure it is that it is the same news, above 0 when it is. The weights are those of a logistic
// regression over labelled pairs of candidates.
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
  const bool is_short = likeness.shingles < kShortShingles;
  likeness.is_same_text = is_short && story.shingle_count == lead.shingle_count &&
                          index.SharedBy(story, candidate.entry).hits == lead.shingle_count;
  if (likeness.is_same_text) likeness.in_lead = likeness.of_lead = likeness.similarity = 1;
  if (likeness.containment() < kSharedMin) return likeness;
  CompareWords(story, lead, index, &likeness);
  CompareFigures(story, lead, index, &likeness);
  if (likeness.shingles >= kSameLength * std::max(story.shingle_count, lead.shingle_count)) {
    CompareNamesOf(story, lead, index, &likeness);
  }
  const bool is_part = likeness.containment() > kWholeShare &&
                       std::min(likeness.in_lead, likeness.of_lead) < kPartShare;
  const bool is_same_brief = IsSameBrief(story, candidate, lead, index);
  const HeadlinesApart headlines =
      CompareHeadlines(story, lead, {is_short, is_same_brief, is_part, likeness.similarity}, index);
  likeness.is_other_report = headlines.are_other_reports;
  likeness.is_other_name = headlines.name_others;
  return likeness;
}

Alike Judge(const Likeness& likeness) {
  if (likeness.containment() < kSharedMin) return Alike::kDifferent;
  if ((ScoreOf(likeness) <= 0 && !likeness.is_same_text) || IsOtherNews(likeness)) {
    return likeness.containment() >= kTemplateShare ? Alike::kTemplate : Alike::kDifferent;
  }
  if (likeness.of_lead > kWholeShare && likeness.in_lead < kPartShare) return Alike::kContains;
  if (likeness.in_lead > kWholeShare && likeness.of_lead < kPartShare) return Alike::kPart;
  if (likeness.in_lead < kOwnShare) return Alike::kShares;
  return Alike::kNearDuplicate;
}

}  // namespace copydesk
