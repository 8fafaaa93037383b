// Reads what a note to editors says the story is.
//
// What a sentence of it begins with counts ("Eds: UPDATES with quotes; CORRECTS name"), and a few
// phrases wherever they stand. A kill or withhold must be the story's: "please kill", "KILL: …",
// "Hold the story until …", "This story has been withdrawn". What happens within the story, or to
// a part of it, is none: "UPDATES to say the bid has been withdrawn", "Kill date of birth in 3rd
// graf", "Flüge storniert". "Hold for release at 1800 GMT" is an embargo, which is not read here.
//
// A text may have such a note as well, in brackets before or behind it. Sentences of the news stand
// there too, so that less counts: a word for a change with what was changed ("Corrects figure",
// "Corrected to show", "Berichtigung: Monate im 1. Absatz"), or the story as what was corrected
// ("This story has been corrected"). "The ministry corrected its statement", "Corrected for
// inflation" and "Updates to follow" are none.
//
// Threads: pure functions. Cost: linear in the note.
#pragma once

#include <string_view>

#include "stages/story/wire_words.h"

namespace copydesk {

void ReadEditorsNote(std::string_view ednote, WireWords* words);

// Reads what may be a note in a folded text, without its brackets. Never finds a kill or withhold.
// Returns whether it is a note.
bool ReadNoteInText(std::string_view note, WireWords* words);

}  // namespace copydesk
