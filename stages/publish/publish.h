// The stage `publish`: chooses the key an enriched story leaves with, and the topics it goes to
// beside the topology's `published` output.
//
// Configuration:
//   key: uri                  the story's (default)
//   key: language             the first part of the story's language in lower case (de for de-AT),
//   und
//                             without one: all of a language meet in one partition of the next
//                             topic
//   key: keep                 the one it came with
//   routes:                   in any number; a story goes to every topic whose conditions it meets
//     - topic: wire.germany
//       when:                 all that are given must hold, each by any one of its list
//         type: [person]      an entity of this type is mentioned
//         entity: [Q183]      this entity is mentioned
//         language: [de]      the story's language is this or a regional form of it (de-AT)
//         urgency: 1-3        known, and in this range; a single number is one too
//         relation: [kill]    what deduplicate decided
//
// Routes that name one topic are alternatives: a story goes there once. Headers, `traceparent`
// among them, are kept by the pipeline.
//
// Events:  routed (a story that went to some route), once for each story.
// Threads: see pipeline/stage.h. Errors: of set-up only. Cost: routes times mentions.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "pipeline/config.h"
#include "pipeline/stage.h"

namespace copydesk {

absl::StatusOr<std::unique_ptr<StageFactory>> MakePublish(const ConfigNode& config);

}  // namespace copydesk
