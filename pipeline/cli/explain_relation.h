// Why a story's relation is what it is: the rule, the lead, and what their words have in common.
//
// Counts in the shingles that deduplicate compares by (stages/similarity/sketch.h), but in all of
// both texts, where deduplicate has samples.
//
// Threads: one thread. Errors: none. Cost: keeps the text of every story that came before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/cli/dry_run.h"

namespace copydesk {

class RelationExplainer {
 public:
  // Keeps what a story says, for those that come later.
  void Remember(const Decision& decision);
  // Prints the story's relation and, beside the words of its lead, its own; of a story without a
  // lead, beside those of the earlier one that is most like it.
  // REQUIRES: the decision's story is not null.
  void Explain(const Decision& decision) const;

 private:
  struct Known {
    std::string uri;
    std::string version;
    int64_t offset;
    std::string text;                // what is the story, its headline only for want of a body
    std::vector<uint32_t> shingles;  // of its sketch
  };
  static std::string TextOf(Story& story);
  // The remembered story that shares most with `text`; nullptr where that is little.
  const Known* MostAlike(const std::string& text) const;

  std::vector<Known> known_;
};

}  // namespace copydesk
