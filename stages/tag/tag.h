// tag: marks up who, what and where a story is about.
//
// Runs the dictionary's matcher over the reading of every field and writes the mentions, in the
// fields' order, with offsets of the field's value in bytes, code points and UTF-16 units. Parts
// that normalize found not to be the story are not tagged. Where several entities are called the
// same, the best one by priority is named.
//
// Configuration:
//   dictionary   one compiled image, or sources (.jsonl, .tsv): a path, a glob or a list of them
//   name         what the version of a dictionary made of sources begins with
//   rules        names.yaml (name_rules.h): short forms, names nobody listed, words that need
//                evidence (resolver.h); without it aliases alone are found, and taken as they are
//
// Lifetime: the factory loads the dictionary; its stages share it. A new one (live_dictionary.h) is
//           taken over between batches.
// Threads:  see pipeline/stage.h. Errors: set-up errors name the key or the dictionary's file and
//           line; there are none at run time.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "pipeline/config.h"
#include "pipeline/stage.h"

namespace copydesk {

absl::StatusOr<std::unique_ptr<StageFactory>> MakeTag(const ConfigNode& config);

}  // namespace copydesk
