// Decides whether two stories that share shingles are the same news.
//
// How much of the words they share speaks for it; so do rare words and figures of the one that the
// other has. Against it speak rare words that differ, and figures that stand at the same place
// (between the same words) and differ: so template stories are told apart, two dividend notices or
// two price lists. What decides is a sum of these, fitted to labelled pairs. And whatever else they
// share, stories are different news
//   when their headlines tell them apart (headlines.h),
//   when they are short, and most of the rare words that differ are names in the place of others;
//     in scripts without capitals, all that differs is rare words in the place of others,
//   when figures at the same place are in neither other story, and two figures at least and a
//   third of all are not,
//   and when they are half a day apart and a third of the figures at the same places differ.
//
// Threads: pure functions.
#pragma once

#include <cstdint>

#include "stages/similarity/letters.h"
#include "stages/similarity/names.h"
#include "stages/similarity/sketch.h"
#include "stages/similarity/sketch_index.h"

namespace copydesk {

// What is known of a story beside an earlier one. Shares are from 0 to 1.
struct Likeness {
  double in_lead = 0;     // share of the story that the earlier one has
  double of_lead = 0;     // share of the earlier one that the story has
  double similarity = 0;  // Jaccard of the two
  // All shingles of a short story are the same, common or not: nothing is left to differ.
  bool is_same_text = false;
  uint32_t hits = 0;
  uint32_t shingles = 0;  // of the shorter one
  // Rare words, weighed: shared, and of the one that has less.
  double words_shared = 0, words_least = 0;
  double words_own = 0;  // how many the other does not have, of the one that has more of these
  double figures_shared = 0, figures_least = 0;
  // Places that both have, and those of them where a figure is the same.
  uint32_t places = 0, places_alike = 0;
  // Places where neither figure is anywhere in the other story; and, of the story that has fewer of
  // its own, how many different figures the other does not have, and of how many.
  uint32_t places_new = 0, figures_own = 0, figures_all = 0;
  // Of short stories that are about as long as each other; of those without capitals also the rare
  // words that the other does not have, but for its headline's, of the one that has fewer.
  NamesCompared names;
  LettersCompared letters;
  uint32_t rare_own = 0;
  // Their headlines tell them apart, or name somebody else.
  bool is_other_report = false, is_other_name = false;
  double hours_apart = 0;

  double containment() const { return in_lead > of_lead ? in_lead : of_lead; }
};

enum class Alike : uint8_t {
  kDifferent,  // too little is shared
  kTemplate,   // the words are shared, names or figures differ
  kNearDuplicate,
  kPart,      // the story is a part of the earlier one
  kContains,  // the story has the earlier one as a part
  kShares,    // both have much of their own, too
};

// Too little that is shared leaves words and figures uncompared.
// REQUIRES: `index` looked for `story` last, found `candidate`, and read `lead` of it, a story of
// `hours_apart` before.
Likeness Compare(const Sketch& story, const SketchCandidate& candidate, const Evidence& lead,
                 double hours_apart, const SketchIndex& index);

Alike Judge(const Likeness& likeness);

}  // namespace copydesk
