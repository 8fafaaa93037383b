// Why the places of a story that look like names are mentions, and why others are none.
//
// Looks at the story again with what the stage tag looks with: the dictionary alone, or with name
// rules the resolver, whose verdicts it tells.
//
// Threads: one thread. Errors: those of reading dictionary and rules.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/topology.h"
#include "stages/dictionary/matcher.h"
#include "stages/story/story.h"
#include "stages/tag/resolver.h"

namespace copydesk {

class MentionExplainer {
 public:
  // With the dictionary and rules of the topology's stage tag. Without that stage it says nothing.
  static absl::StatusOr<MentionExplainer> Make(const Topology& topology);

  // REQUIRES: the story's fields are read.
  void Explain(const Story& story);

 private:
  void ExplainMatches(const Story& story, uint32_t field);
  void ExplainSightings(const Story& story);
  void ExplainSighting(const Story& story, const Resolver& resolver, const Sighting& sighting);
  void ShowPlace(const Story& story, uint32_t field, Span in_plain);
  void ShowCandidates(std::span<const Candidacy> candidates, std::string_view surface);
  // By which of the entity's aliases, and how that is compared.
  std::string AliasOf(const Candidacy& candidacy, std::string_view surface);
  // Tells which mention a place became, or that it stands in what is not the story.
  void ShowFate(const Story& story, uint32_t field, Span bytes);
  // Shorter mentions that this one suppressed: those that end with it, and those that begin it.
  void ShowInside(std::string_view surface);

  std::shared_ptr<const Dictionary> dictionary_;
  std::shared_ptr<const NameRules> rules_;  // null without
  bool was_tagged_ = false;                 // the story came as far as that stage
  std::map<uint32_t, std::vector<std::string>> names_;
  std::set<std::pair<uint32_t, uint32_t>> seen_;  // field and begin of mentions told of
};

}  // namespace copydesk
