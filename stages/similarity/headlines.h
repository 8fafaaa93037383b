// Tells two stories that share words apart by their headlines, or by their first line where they
// have none.
//
// They are other reports
//   when they name another part of the day, or have two names change places, and not all else is
//   the same,
//   without bodies, when their words are not the same up to the end of one,
//   without headlines, when another word or figure stands between the same of the first words,
//   when their headlines are the same but for a word, and that says that it is not so, or the
//   opposite: up and down, passed and rejected; of short stories a "not" is enough.
// They name somebody else when each headline has rare words that the other story has not; and, over
// the same short text, when they are the same but for rare words that they begin with. Which
// words are parts of the day, say no, or go up and down is known of a few languages.
//
// Threads: pure functions.
#pragma once

#include "stages/similarity/sketch.h"
#include "stages/similarity/sketch_index.h"

namespace copydesk {

// How the texts below two headlines go together.
struct TextsCompared {
  bool is_short = false;       // so short that names and figures are most of what they say
  bool is_same_brief = false;  // both are short, and their texts are the same
  bool is_part = false;        // one is a part of the other, and its headline its own
  double similarity = 0;
};

struct HeadlinesApart {
  bool are_other_reports = false;
  bool name_others = false;
};

HeadlinesApart CompareHeadlines(const Sketch& story, const Evidence& lead,
                                const TextsCompared& texts, const SketchIndex& index);

}  // namespace copydesk
