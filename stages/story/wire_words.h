// Reads the wire's own words: UPDATE 2-, CORRECTED-, REFILE, RPT-, STORY WITHDRAWN, KILL, HOLD,
// 1st Ld-Writethru, (2 of 3), 1st ADD, and what desks of other languages write instead.
//
// A word counts only in the form the wire gives it: before a headline in capitals with a dash, bar
// or colon ("KILL-", "Correction:") or between marks ("*** KILL ***"), in brackets, in a slugline's
// brackets or commas, as a signal, or in a note to editors (editors_note.h), be it one in brackets
// before a headline or a body, or behind a body. Corrections, refiles, numbered updates and "STORY
// WITHDRAWN" may do without a divider where the headline is not in capitals ("CORRECTED Talks
// resume"). A body may begin with a kill, hold, correction or refile ("HOLD:"). A word may be said
// again ("KILL KILL KILL"), and a salutation may stand before it ("Achtung Redaktionen: KILL -").
// So "Kill Bill returns", "Typhoon kills 12" and "HOLD-FIRE AGREED" are plain headlines. Where
// several words meet ("CORRECTED-UPDATE 2-") the stronger one names the notice and the number is
// kept: kill, withhold, correction, refile, repeat, writethru, add, take, update.
//
// Threads: pure functions. Cost: linear in the slugline and ednote; of a headline only the
// beginning and a closing bracket are read, of a body the beginning and the last 512 bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stages/story/story.h"

namespace copydesk {

struct WireWords {
  Notice notice = Notice::kNone;
  int32_t number = 0;  // of UPDATE n, nth add, take n; 0 for none
  // The headline without the words around it, trimmed; takes and adds keep their brackets.
  Span headline;
};

// Reads a folded headline.
WireWords ReadHeadline(std::string_view headline);

// A folded slugline without the wire's words in its brackets and behind its commas: of
// "TOYOTA-POLAND/ (UPDATE 2)" and "TOYOTA-POLAND/ (WITHDRAWN)" the same.
std::string SlugProper(std::string_view slugline);

// Reads headline, the body's beginning, slugline, ednote, signals and pubstatus.
// REQUIRES: story.ReadFields() was called; what is not the story is marked; it has one headline or
// none.
WireWords ReadWireWords(const Story& story);

}  // namespace copydesk
