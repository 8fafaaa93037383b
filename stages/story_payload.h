// The story as the chain's payload: the codec that the pipeline is given, and the stages' way from
// an item to its story.
//
// Threads: one task thread (one codec per task). Errors: see stages/story/decode.h.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "pipeline/config.h"
#include "pipeline/stage.h"
#include "stages/story/story.h"

namespace copydesk {

struct StoryPayload : Payload {
  Story story;
};

// REQUIRES: the item was decoded by a codec of MakeStoryCodec().
inline Story& StoryOf(Item& item) { return static_cast<StoryPayload&>(*item.payload).story; }
inline const Story& StoryOf(const Item& item) {
  return static_cast<const StoryPayload&>(*item.payload).story;
}

// Reads the configuration's `input` mapping: format (auto | json | text), fields (a field map),
// limits (record: bytes, depth: levels of nesting). A worker behind a cut of the chain reads
// enriched records, which are longer than what came in.
absl::StatusOr<std::unique_ptr<CodecFactory>> MakeStoryCodec(const ConfigNode& input);

}  // namespace copydesk
