// The keys a story is found by: 128-bit hashes of what a later story may share with it.
//
// Units:   none; keys of different kinds never meet, whatever their texts.
// Threads: one task thread. Errors: none; what a story does not have has the zero key.
// Limits:  the first kChainIdsMax chain ids.
// Cost:    one hash for each key; the headline is folded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "stages/deduplicate/story_index.h"
#include "stages/deduplicate/version_order.h"
#include "stages/similarity/content_hash.h"
#include "stages/story/reading.h"
#include "stages/story/story.h"

namespace copydesk {

inline constexpr size_t kChainIdsMax = 16;
// Of what a key is.
enum class KeyKind : char {
  kUri = 'u',
  kVersion = 'v',
  kChainId = 'c',
  kHeadline = 'h',
  kSlugline = 's',
  kSharedSlugline = 'S',
};

// The key of a text; zero for an empty one.
Key HashKey(KeyKind kind, std::string_view text, ContentHasher* hasher);

// A folded headline as it is compared: without the wire's words around it, without quotation marks,
// which who quotes it changes, and the full stop behind it, folded in case.
std::string HeadlineProper(std::string_view headline);
// The same of East Asian quotation marks, which folding leaves as they are: each is a ".
std::string FoldBrackets(std::string text);

// The folded headline, "" without one; valid as long as the story, and as `scratch` is left alone.
std::string_view HeadlineOf(const Story& story, Reading* scratch);

struct StoryKeys {
  Key uri;
  Key version;  // of the uri, the version and its time; where there is an etag, of that as
                // well, and of the chain id if there is one: AP's uris change with it
  bool has_etag = false;  // AP's: another one of the same version is other content
  Key uri_and_content;
  Key headline;         // case-folded, without the wire's words around it ("CORRECTED-UPDATE 2-"),
                        // quotation marks, and a full stop behind it
  Key slugline;         // case-folded, without the wire's words
  Key shared_slugline;  // in its place where another story has the same
  absl::InlinedVector<Key, 2> chain_ids;
};

class StoryKeyMaker {
 public:
  // `chain_id_names`: which of a story's alternative ids name its chain. The others are shared by
  // stories that have nothing to do with each other (a desk, a serial number).
  explicit StoryKeyMaker(std::vector<std::string> chain_id_names)
      : chain_id_names_(std::move(chain_id_names)) {}

  StoryKeys Make(const Story& story, const StoryVersion& version);

  // What a kill or withhold says, with the wire's words of its headline: "KILL: X" and "KILL:
  // CORRECTED-X" are not the same. Zero for one without content.
  ContentHash ContentOfEnd(const Story& story);

 private:
  Key Hash(KeyKind kind, std::string_view text) { return HashKey(kind, text, &hasher_); }
  bool IsChainId(std::string_view alt_id) const;

  const std::vector<std::string> chain_id_names_;
  ContentHasher hasher_;
  Reading reading_;
};

}  // namespace copydesk
