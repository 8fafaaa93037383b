// Writes the enriched record: the original object byte for byte, with members added.
//
// Added are the entities that the mentions name, once each, in the dialect's own arrays (person,
// organisation, place, event, object in 1.x; people, organisations, places, events, objects in 2.x
// and 3.x), behind what the feed already gives there and not again what it gives: an entity is
// known by its uri, code or id, or by its name whatever the case. A member of such a name that is
// no array of objects is left alone. `rel` is "about" for an entity of the headline, else
// "mentions". Then one `copydesk` object (configs/schemas/copydesk.schema.json); an extension left
// by an earlier worker is replaced. Members are added behind the object's last one; white space
// and what stands behind the object stay. Plain text becomes a ninjs 3.x object.
//
// Guarantee: decoding and encoding again gives the same bytes.
// Threads:   pure function. Errors: none; a decoded story can always be encoded.
// Cost:      one pass, appended to *out.
#pragma once

#include <string>
#include <string_view>

#include "stages/story/story.h"

namespace copydesk {

// Replaces *out by the enriched form of `story`, which was decoded from `record`.
void EncodeStory(const Story& story, std::string_view record, std::string* out);

// Replaces *out by a recall: the JSON object published on the recalls topic for a record that was
// published under the killed `lead`.
// {"recall": {"uri","version","topic","partition","offset"}, "by": {same of the kill}, "reason":
// "kill"|"withhold"}
void EncodeRecall(const Lead& recalled, const Lead& by, RelationKind reason, std::string* out);

}  // namespace copydesk
