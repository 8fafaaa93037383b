// The stage `deduplicate`: decides the relation of each story to those before it, and what follows
// from it: published, diverted to "duplicates", held; and recalls on "recalls".
//
// Configuration, with what holds when it is left out:
//
//     window: 72h                   how far back in stream time a story is known
//     memory: 256MB                 of one task's index, 1 MB to 32 GB; over it the oldest stories
//                                   are forgotten
//     chain_ids: [chain, itemid]    the alternative ids that name a story's chain
//     embargo: hold                 or pass: until stream time reaches a story's embargo
//     near_duplicates: on           or off: only equal stories are repeats
//     policy: {repeat: divert, near-duplicate: divert}
//                                   a word for each relation: pass, annotate or divert
//
// Stream time never goes back. A record that comes out of order in time, by however much, is
// compared with what is remembered when it comes, and is remembered for a whole window from then:
// nothing waits for it, so there is no grace to be set.
//
// Only a repeat, near-duplicate or excerpt may be diverted. The relation is written in every
// record, so that `pass` and `annotate` do the same: they publish. A near-duplicate of a recalled
// story that is recalled as it comes is published whatever the policy.
//
// Guarantee: an item is published, diverted or held, never dropped. A kill, withhold, correction,
//            revision or refile is never diverted; a kill or withhold is never held.
// Events:    the names of the relations; recall, read-again, clock-ignored, expired, evicted; of
//            looking for near-duplicates posting-read (its cost, bounded a story) and crowded (more
//            stories shared words with one than are compared).
// Threads:   see pipeline/stage.h. Each stage has its own index. Errors: of set-up only.
// Rules:     stages/deduplicate/decider.h. State: in memory; see README.md beside this file.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "pipeline/config.h"
#include "pipeline/stage.h"

namespace copydesk {

absl::StatusOr<std::unique_ptr<StageFactory>> MakeDeduplicate(const ConfigNode& config);

}  // namespace copydesk
