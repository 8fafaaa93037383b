// The stage that makes stories comparable: it reads their fields, marks what is not the story,
// recognises the wire's own words, and hashes what is left.
//
// Fills not_story, notice, notice_number, content_hash and sketch of each story, and story_time_ms
// of its item. The content hash covers the folded headline without the wire's words before it and
// the folded body without its boilerplate, so that a repeat with another dateline, sign-off,
// mark-up or typography hashes the same. A story that was normalized before the chain was cut keeps
// what was found then.
//
// Configuration: boilerplate: FILE    rules as in configs/boilerplate.yaml; none without it.
//                sketch: on           or off: then deduplicate finds no near-duplicates.
//
// Threads: the factory is thread-safe; a stage is used by one task thread.
// Errors:  none at run time. Cost: linear in the story.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "pipeline/config.h"
#include "pipeline/stage.h"

namespace copydesk {

absl::StatusOr<std::unique_ptr<StageFactory>> MakeNormalize(const ConfigNode& config);

}  // namespace copydesk
