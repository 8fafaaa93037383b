// Counts mentions the slow way, to check the fast one before it is timed.
//
// Takes a .tsv of literal aliases and tries, at every place of a text where a mention may begin,
// every length an alias has, the longest first. Typography is folded, and in a text that is all
// capitals case is overlooked; or, exactly, nothing is. Shares no code with the matcher but the
// fold and the character classes.
//
// Threads: one thread. Cost: microseconds a place; for thousands of stories, not for millions.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "stages/story/story.h"

namespace copydesk::bench {

class SlowCount {
 public:
  explicit SlowCount(const std::string& tsv_path, bool is_exact = false);

  // How many mentions the story's fields have, without those in what is not the story.
  // REQUIRES: story.ReadFields() was called.
  size_t MentionsOf(const Story& story) const;

 private:
  struct Aliases {
    void Add(const std::string& alias);
    // The bytes of the longest alias that begins at `at` and ends at a mention's end; 0 for none.
    size_t LongestAt(std::string_view text, size_t at) const;

    std::unordered_set<std::string> texts;
    // The lengths of the aliases that begin with these two bytes (one, for the shortest).
    std::unordered_map<std::string, std::set<size_t, std::greater<>>> lengths;
  };
  size_t MentionsOf(const Story& story, uint32_t field) const;

  const bool is_exact_;
  Aliases aliases_;
  Aliases any_case_;
};

}  // namespace copydesk::bench
