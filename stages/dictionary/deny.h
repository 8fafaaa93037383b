// What a dictionary must not find, whichever of its sources says so: the layer above all others.
//
// An entry denies an alias of every entity, an alias of one entity, or an entity with all it has.
// An alias is denied when the entry's text, standing in a story, would be taken for it: "Apple"
// denies the exact, the typographic and the case-folded Apple, and of those written "apple" the
// case-folded one. A string that a pattern was expanded to is denied like an alias; a pattern that
// RE2 runs only by its own text.
//
// Threads: set-up only, one thread. Errors: none. Cost: two or three hash look-ups an alias.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "stages/dictionary/entity.h"
#include "stages/dictionary/squash.h"

namespace copydesk {

class DenyList {
 public:
  // Adds an entry. An empty `alias` denies the whole entity, an empty `id` the alias of all.
  // REQUIRES: valid UTF-8, and not both empty.
  void Add(std::string_view alias, std::string_view id);
  bool empty() const { return entries_.empty(); }

  bool DeniesEntity(std::string_view id);
  // `key` is an alias of the entity `id`, folded as `fold` says.
  bool DeniesAlias(std::string_view key, AliasFold fold, std::string_view id);
  bool DeniesPattern(std::string_view pattern, std::string_view id);

  // The entries that denied nothing so far, in words.
  std::vector<std::string> Idle() const;

 private:
  struct Entry {
    std::string alias;   // as given
    std::string folded;  // typographically
    std::string squashed;
    std::string id;
    bool has_denied = false;
  };
  // Entries by a form of their text.
  using EntriesOf = absl::flat_hash_map<std::string_view, std::vector<Entry*>>;

  template <typename Matches>
  bool Deny(const EntriesOf& entries, std::string_view text, std::string_view id, Matches matches);

  std::deque<Entry> entries_;  // stay where they are, also when the list is moved
  EntriesOf by_alias_;
  EntriesOf by_folded_;
  EntriesOf by_squashed_;
  EntriesOf by_id_;  // those of whole entities
  Squasher squasher_;
  std::string squashed_;
};

}  // namespace copydesk
