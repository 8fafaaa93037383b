// What an entity's rules (entity_rules.h) look at, of a story.
//
// Lifetime: a view into the story. Threads: pure function.
#pragma once

#include "stages/dictionary/entity_rules.h"
#include "stages/story/story.h"

namespace copydesk {

// `span` is of the field's plain text.
inline RuleContext RuleContextOf(const Story& story, uint32_t field, Span span) {
  return {story.fields[field].reading.plain(), span, story.language, story.subjects};
}

}  // namespace copydesk
