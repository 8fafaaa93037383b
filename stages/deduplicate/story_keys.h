// The keys a story is found by: 128-bit hashes of what a later story may share with it.
//
// Units:   none; keys of different kinds never meet, whatever their texts.
// Threads: one task thread. Errors: none; what a story does not have has the zero key.
// Limits:  the first kChainIdsMax chain ids, the first kSeparatorsMax separators of a headline;
//          what names a story in a text of a kill: kNamedMax keys of its first kNamingBytesMax
//          bytes, of them kPhrasesMax phrases of each text's first kPhraseBytesMax.
// Cost:    one hash for each key; the headline is folded, and the text of a kill.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "stages/deduplicate/rule.h"
#include "stages/deduplicate/story_index.h"
#include "stages/deduplicate/version_order.h"
#include "stages/similarity/content_hash.h"
#include "stages/story/reading.h"
#include "stages/story/story.h"

namespace copydesk {

inline constexpr size_t kChainIdsMax = 16;
inline constexpr size_t kSeparatorsMax = 6;
inline constexpr size_t kNamedMax = 256;
inline constexpr size_t kNamingBytesMax = 8 << 10;
inline constexpr size_t kPhrasesMax = 64;
inline constexpr size_t kPhraseWordsMin = 3;
inline constexpr size_t kPhraseWordsMax = 20;
inline constexpr size_t kPhraseBytesMax = 1 << 10;

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

// What a kill may name its story by.
struct NamedKey {
  Key key;
  Link link = Link::kHeadline;
  Key unless = {};  // names nothing where a story has this one
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

  // What a kill may mean, the surest first: each rest of its own headline behind a separator
  // (colon, dash, slash, bar), longest first. With `is_in_words`, where all of it says what to
  // kill, before them the uris in its texts and the whole headline, and behind them what that, its
  // body and its note to editors have between quotation marks or as a line, and last what they have
  // between other marks, longest first; very last sluglines that stand in its texts
  // ("SPACE-MOONLET/") and its own, if they are of no other story. Of each headline the wire's
  // words do not count: "UPDATE 2-X" names X, and whatever was filed as X.
  void MakeNamed(const Story& story, bool is_in_words, std::vector<NamedKey>* named);

 private:
  enum class Kind : char;
  Key Hash(Kind kind, std::string_view text);
  bool IsChainId(std::string_view alt_id) const;
  void AddNamed(Kind kind, std::string_view text, std::vector<NamedKey>* named);
  void AddHeadline(std::string_view text, std::vector<NamedKey>* named);
  void AddUris(std::string_view text, std::vector<NamedKey>* named);
  void AddQuoted(std::string_view text, std::vector<NamedKey>* named);
  void AddLines(std::string_view text, std::vector<NamedKey>* named);
  void AddSluglines(std::string_view text, std::vector<NamedKey>* named);
  void AddSlugline(std::string_view slugline, std::vector<NamedKey>* named);
  void AddPhrases(std::string_view text, std::vector<NamedKey>* named);
  // The folded headline, "" without one; valid as long as the story, and until the next call.
  std::string_view HeadlineOf(const Story& story);

  const std::vector<std::string> chain_id_names_;
  ContentHasher hasher_;
  Reading reading_;
};

}  // namespace copydesk
