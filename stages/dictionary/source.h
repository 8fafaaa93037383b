// Reads dictionary sources into a compiler: JSON lines and tab-separated tables.
//
//   .jsonl  an entity a line: {"id", "type", "name", "aliases": ["text" or {"text", "fold": [..]}],
//           "patterns": ["RE2"], "fold": [..], "priority": 0..1000}. id, type and name are
//           required; the name is an alias too. A fold is a list of exact (alone), typographic
//           (the default), case, diacritics.
//   .tsv    alias<TAB>type<TAB>id a line. The first alias of an id is its name.
//
// Empty lines, and lines that begin with # and have no tab, are comments. An id may come again,
// also in another file: the aliases add up, and the last name and priority given count.
//
// Lifetime: the compiler keeps views of `text`.
// Threads:  set-up only, one thread.
// Errors:   absl::InvalidArgument "file:line: what was found, and what was expected".
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "stages/dictionary/compile.h"

namespace copydesk {

// Reads the rows of a .tsv. `file` names it in errors.
absl::Status ReadTsvSource(std::string_view text, const std::string& file,
                           DictionaryCompiler* compiler);

// Reads the lines of a .jsonl.
absl::Status ReadJsonSource(std::string_view text, const std::string& file,
                            DictionaryCompiler* compiler);

}  // namespace copydesk
