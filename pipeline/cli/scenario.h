// Scenarios: stories over stream time and what must be decided about each, written in YAML and run
// through a configuration's chain without a broker.
//
//     config: ../newswire.yaml            # from this file's folder
//     scenarios:
//       - name: a kill recalls what was published under it
//         stories:
//           - id: first
//             at: 0h                      # of the story's version and of its record
//             story: {uri: urn:x:1, version: 1, headline: ..., body_text: ...}
//             expect: {relation: original, outcome: published}
//           - id: kill
//             at: 6h
//             story: {uri: urn:x:1, version: 2, pubstatus: canceled}
//             expect: {relation: kill, lead: first, recalls: [first]}
//
// A story is one of `story` (the members of a ninjs or flat object; its values are strings, urgency
// a number; without a time of its own its version gets `at`), `text` (plain text), `record` (the
// bytes of any record) or `sample` (file.jsonl:line). Hour 0 is 2026-01-01T00:00:00Z. `headers` and
// `key` are the record's.
//
// Expected may be: outcome, topics, relation, late, lead, rule, notice, error (a dead letter's
// code), key, mentions ({surface: entity id}, `none` for no mention), recalls, and of a story whose
// words are like an earlier one's similarity and containment, as the record has them: a share
// (0.83), the least and the most that it may be ([0.8, 1]), or `none`; containment is the greater
// of its two. What is not named is not looked at, but recalls: those that are not named must not be
// sent.
//
// Threads: one thread. Errors: absl::Status "file:line: key: what, expected what".
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/chain.h"
#include "pipeline/config.h"
#include "pipeline/record.h"

namespace copydesk {

// What is expected of an aspect ("relation", "mention of Toyota").
struct Expectation {
  std::string aspect;
  std::string words;
  // Of a share: the least and the most it may be, in hundredths.
  std::optional<std::pair<int, int>> hundredths = {};
};

struct ScenarioStory {
  std::string id;
  int line = 0;
  Record record;
  std::vector<Expectation> expected;
};

struct Scenario {
  std::string name;
  std::vector<ScenarioStory> stories;
};

struct ScenarioFile {
  std::string path;
  std::string config;  // the topology's file
  std::vector<Scenario> scenarios;
};

absl::StatusOr<ScenarioFile> ReadScenarios(const std::string& path);
// The same of a file that was read; relative paths begin at its folder.
absl::StatusOr<ScenarioFile> ReadScenarios(const ConfigNode& file);

// Something that was decided otherwise.
struct Difference {
  std::string story;  // its id
  int line = 0;
  std::string aspect;
  std::string expected;
  std::string found;
};

// Runs a scenario through a fresh chain. `topic` is where its records stand.
std::vector<Difference> RunScenario(const Scenario& scenario, ChainPlan& plan,
                                    std::string_view topic);

}  // namespace copydesk
