// Reads what a note to editors says the story is.
//
// What a sentence of it begins with counts ("Eds: UPDATES with quotes; CORRECTS name"), and a few
// phrases wherever they stand. A kill or withhold must be the story's: "please kill", "KILL: …",
// "Hold the story until …", "This story has been withdrawn". What happens within the story, or to
// a part of it, is none: "UPDATES to say the bid has been withdrawn", "Kill date of birth in 3rd
// graf", "Flüge storniert". "Hold for release at 1800 GMT" is an embargo, which is not read here.
//
// Threads: a pure function. Cost: linear in the note.
#pragma once

#include <string_view>

#include "stages/story/wire_words.h"

namespace copydesk {

void ReadEditorsNote(std::string_view ednote, WireWords* words);

}  // namespace copydesk
