#include "stages/similarity/verdict.h"

#include <algorithm>
#include <cmath>
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
// More than this of both subjects is missing in the other story.
constexpr double kSubjectDiffers = 0.2;
// As many first tokens are the subject; some more are looked at for the other's.
constexpr size_t kSubjectTokens = 6;
// A figure among them, such as the hour of a price list, weighs as much as a word of this rarity.
constexpr double kSubjectFigure = 0.5;
// Of hardly anything nothing is concluded.
constexpr double kSubjectMin = 0.2;
// So many figures differ that stand at the same places, and half of those places.
constexpr uint32_t kPlacesDiffer = 2;
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
  for (const uint16_t figure : figures[0]) {
    if (std::binary_search(figures[1].begin(), figures[1].end(), figure)) {
      likeness->figures_shared += index.FigureRarity(figure);
    }
  }
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
    const bool is_alike = std::find_first_of(a, a_end, b, b_end) != a_end;
    ++likeness->places;
    likeness->places_alike += is_alike;
    a = a_end;
    b = b_end;
  }
}

// What is known of a story's words and figures.
struct Known {
  const Subject& subject;
  const std::vector<uint16_t>& words;
  uint16_t word_limit;
  const std::vector<uint32_t>& figures;
  uint16_t figure_limit;

  // True also for what is not known.
  bool MayHaveWord(uint16_t word) const {
    return word > word_limit || subject.Has(word, false) ||
           std::binary_search(words.begin(), words.end(), word);
  }
  // The same for the figure at a place of another story's subject; but where another figure stands
  // behind the same word in this one's, it is known not to be there.
  bool MayHaveFigure(const Subject& other, size_t at) const {
    const uint16_t figure = other.tokens[at];
    if (subject.Has(figure, true)) return true;
    for (const uint32_t known : figures) {
      if (static_cast<uint16_t>(known) == figure) return true;
    }
    const bool is_replaced = at > 0 && at < subject.size && subject.IsFigure(at) &&
                             subject.tokens[at - 1] == other.tokens[at - 1];
    return figure_limit != 0xFFFF && !is_replaced;
  }
};

// The share of a subject, weighed by rarity, that another story does not have. A word of it counts
// when its own story has it again: a name comes again, a slip of a scanner does not.
double Missing(const Subject& subject, const Known& other, const SketchIndex& index) {
  double all = kSubjectMin, missing = 0;
  for (size_t i = 0; i < std::min<size_t>(subject.size, kSubjectTokens); ++i) {
    const uint16_t token = subject.tokens[i];
    if (subject.IsFigure(i)) {
      all += kSubjectFigure;
      if (!other.MayHaveFigure(subject, i)) missing += kSubjectFigure;
    } else if (subject.IsThereAgain(i)) {
      const double rarity = index.WordRarity(token);
      all += rarity;
      if (!other.MayHaveWord(token)) missing += rarity;
    }
  }
  return missing / all;
}

// What tells two stories apart, whatever they share.
bool IsOtherNews(const Likeness& likeness) {
  const uint32_t differ = likeness.places - likeness.places_alike;
  return likeness.subject_differs > kSubjectDiffers ||
         (differ >= kPlacesDiffer && 2 * differ >= likeness.places);
}

}  // namespace

Likeness Compare(const Sketch& story, const SketchCandidate& candidate, const Evidence& lead,
                 const SketchIndex& index) {
  Likeness likeness;
  likeness.hits = candidate.hits;
  likeness.shingles = std::min(story.shingle_count, lead.shingle_count);
  // Of a long story only the smallest shingles are known: so many of the lead's could be hit.
  double comparable = 1;
  double known = 1;
  if (story.shingle_count > story.shingles.size()) {
    known = static_cast<double>(story.shingles.size()) / story.shingle_count;
    const auto greatest = std::max_element(story.shingles.begin(), story.shingles.end());
    comparable = index.ShareBelow(candidate.entry, *greatest);
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
  const Known of_story_known{story.subject, story.words, story.word_limit, story.figures,
                             story.figure_limit};
  const Known of_lead_known{lead.subject, lead.words, lead.word_limit, lead.figures,
                            lead.figure_limit};
  likeness.subject_differs = std::min(Missing(story.subject, of_lead_known, index),
                                      Missing(lead.subject, of_story_known, index));
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
