// Reads dictionary sources into a compiler: JSON lines and tab-separated tables.
//
//   .jsonl  an entity a line: {"id", "type", "name", "aliases": ["text" or {"text", "fold": [..]}],
//           "patterns": ["RE2"], "fold": [..], "priority": 0..1000, "part_of": "id",
//           "rules": {...}}. id, type and name are required; the name is an alias too. A fold is a
//           list of exact (alone), typographic (the default), case, diacritics; entity_rules.h has
//           the rules. Or a line that takes something out again: {"deny": {"alias", "id"}}.
//   .tsv    alias<TAB>type<TAB>id a line. The first alias of an id is its name. With the word
//           "deny" for a type the row takes out what it names.
//
// Sources are layers: a base, the desk's own, a list of what to deny. The order of entities and
// their names is that of the files, but what any of them denies is out, wherever it stands: an
// alias of one entity (alias and id), an alias of all (no id), an entity (no alias). See deny.h.
//
// Empty lines, and lines that begin with # and have no tab, are comments. An id may come again,
// also in another file: the aliases add up, and the last name, priority and
// rules given count.
//
// Lifetime: the compiler keeps views of `text`.
// Threads:  set-up only, one thread.
// Errors:   absl::InvalidArgument "file:line: what was found, and what was expected".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "stages/dictionary/compile.h"

namespace copydesk {

// What an editor is told about sources as a whole.
struct SourceReport {
  std::vector<absl::Status> errors;  // of lines that cannot be taken
  std::vector<std::string> repeats;  // "file:line: ..." of ids that a .jsonl gives twice
};

struct SourceOptions {
  // Where it is given, lines that cannot be taken are written there and passed over.
  SourceReport* report = nullptr;
  // Told from time to time how many bytes of the source are read.
  std::function<void(size_t)> progress = {};
};

// Reads the rows of a .tsv. `file` names it in errors.
absl::Status ReadTsvSource(std::string_view text, const std::string& file,
                           DictionaryCompiler* compiler, const SourceOptions& options = {});

// Reads the lines of a .jsonl.
absl::Status ReadJsonSource(std::string_view text, const std::string& file,
                            DictionaryCompiler* compiler, const SourceOptions& options = {});

}  // namespace copydesk
