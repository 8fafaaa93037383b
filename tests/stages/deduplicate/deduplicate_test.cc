#include "stages/deduplicate/deduplicate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/stages/deduplicate/arrival.h"

namespace copydesk {
namespace {

using testing::Arrival;
using testing::MakeFactory;
using testing::MakeItem;
using testing::RecordingContext;

// What must be decided on one story. Others are named by their number, from 0.
struct Decision {
  std::string relation;
  int64_t lead = -1;
  bool is_late = false;
  Outcome outcome = Outcome::kPublish;
  std::vector<int64_t> recalls;  // in this order
  std::string rule;              // "" is any
};

struct Scenario {
  std::string name;
  std::string config = "{}";
  std::vector<Arrival> arrivals;
  std::vector<Decision> decisions;
};

void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

// Splits a scenario's word `key=value`; an underscore in the value is a space.
std::pair<std::string, std::string> SplitWord(const std::string& word) {
  const size_t at = word.find('=');
  std::string value = at == std::string::npos ? "" : word.substr(at + 1);
  std::replace(value.begin(), value.end(), '_', ' ');
  return {word.substr(0, at), value};
}

Arrival ReadArrival(const std::string& line) {
  std::istringstream words(line);
  Arrival arrival;
  words >> arrival.uri;
  if (arrival.uri == "-") arrival.uri.clear();
  for (std::string word; words >> word;) {
    const auto [key, value] = SplitWord(word);
    if (key == "v") {
      arrival.version = value;
    } else if (key == "h") {
      arrival.hour = std::stod(value);
    } else if (key == "t") {
      arrival.text = value;
    } else if (key == "rec") {
      arrival.record_hour = std::stod(value);
    } else if (key == "embargo") {
      arrival.embargo_hour = std::stod(value);
    } else if (key == "notice") {
      arrival.notice = NoticeFromName(value).value();
    } else if (key == "status") {
      arrival.status = value == "canceled" ? PubStatus::kCanceled : PubStatus::kWithheld;
    } else if (key == "head") {
      arrival.headline = value;
    } else if (key == "slug") {
      arrival.slugline = value;
    } else if (key == "id") {
      arrival.alt_ids.push_back(value);
    } else if (key == "at") {
      arrival.offset = std::stoll(value);
    } else if (key == "topic") {
      arrival.topic = value;
    } else {
      ADD_FAILURE() << "unknown word '" << word << "' in: " << line;
    }
  }
  return arrival;
}

Decision ReadDecision(const std::string& line) {
  constexpr std::string_view kRule = " rule: ";
  const size_t at_rule = line.find(kRule);
  Decision decision;
  if (at_rule != std::string::npos) decision.rule = line.substr(at_rule + kRule.size());
  std::istringstream words(line.substr(0, at_rule));
  words >> decision.relation;
  if (decision.relation == "repeat") decision.outcome = Outcome::kDivert;
  for (std::string word; words >> word;) {
    const auto [key, value] = SplitWord(word);
    if (key == "lead") {
      decision.lead = std::stoll(value);
    } else if (key == "recalls") {
      std::istringstream numbers(value);
      for (std::string number; std::getline(numbers, number, ',');) {
        decision.recalls.push_back(std::stoll(number));
      }
    } else if (key == "late") {
      decision.is_late = true;
    } else if (key == "published") {
      decision.outcome = Outcome::kPublish;
    } else if (key == "held") {
      decision.outcome = Outcome::kHold;
    } else {
      ADD_FAILURE() << "unknown word '" << word << "' in: " << line;
    }
  }
  return decision;
}

std::vector<Scenario> ReadScenarios() {
  std::ifstream file(COPYDESK_ROOT "/tests/stages/deduplicate/scenarios.txt");
  std::vector<Scenario> scenarios;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[') {
      const size_t end = line.find(']');
      Scenario& scenario = scenarios.emplace_back();
      scenario.name = line.substr(1, end - 1);
      if (line.size() > end + 2) scenario.config = line.substr(end + 2);
      continue;
    }
    const size_t arrow = line.find(" -> ");
    scenarios.back().arrivals.push_back(ReadArrival(line.substr(0, arrow)));
    scenarios.back().decisions.push_back(ReadDecision(line.substr(arrow + 4)));
  }
  return scenarios;
}

// The number behind `member` in the JSON text's first object.
int64_t NumberIn(const std::string& json, const std::string& member) {
  const size_t at = json.find("\"" + member + "\":");
  return at == std::string::npos ? -1 : std::stoll(json.substr(at + member.size() + 3));
}

class DeduplicateScenario : public ::testing::TestWithParam<Scenario> {};

// How: the stories go through the stage one by one; leads and recalls are told by the offset, which
// is the story's number.
TEST_P(DeduplicateScenario, IsDecidedLikeAnEditorWould) {
  const Scenario& scenario = GetParam();
  const std::unique_ptr<StageFactory> factory = MakeFactory(scenario.config);
  const std::unique_ptr<Stage> stage = factory->Make();
  for (size_t i = 0; i < scenario.arrivals.size(); ++i) {
    SCOPED_TRACE("story " + std::to_string(i));
    const Decision& expected = scenario.decisions[i];
    const std::unique_ptr<Item> item = MakeItem(scenario.arrivals[i], static_cast<int64_t>(i));
    RecordingContext context;
    Item* const items[] = {item.get()};
    stage->Process(items, context);

    ASSERT_TRUE(StoryOf(*item).relation);
    const Relation& relation = *StoryOf(*item).relation;
    EXPECT_EQ(NameOf(relation.kind), expected.relation) << relation.rule;
    EXPECT_EQ(relation.is_late, expected.is_late) << relation.rule;
    EXPECT_EQ(item->outcome, expected.outcome) << relation.rule;
    EXPECT_EQ(item->output, expected.outcome == Outcome::kDivert ? "duplicates" : "");
    EXPECT_EQ(relation.lead ? relation.lead->offset : -1, expected.lead) << relation.rule;
    EXPECT_TRUE(expected.rule.empty() || relation.rule == expected.rule) << relation.rule;
    if (relation.lead) {
      const Arrival& lead = scenario.arrivals[static_cast<size_t>(relation.lead->offset)];
      EXPECT_EQ(relation.lead->uri, lead.uri);
      EXPECT_EQ(relation.lead->version, lead.version);
      EXPECT_EQ(relation.lead->topic, lead.topic);
      EXPECT_EQ(relation.lead->partition, 0);
    }
    std::vector<int64_t> recalled;
    for (const Record& recall : context.recalls) {
      recalled.push_back(NumberIn(recall.value, "offset"));
      EXPECT_EQ(recall.key, scenario.arrivals[static_cast<size_t>(recalled.back())].uri);
      EXPECT_TRUE(recall.has_key);
    }
    EXPECT_EQ(recalled, expected.recalls);
  }
}

INSTANTIATE_TEST_SUITE_P(File, DeduplicateScenario, ::testing::ValuesIn(ReadScenarios()),
                         [](const auto& scenario) { return scenario.param.name; });

TEST(Deduplicate, FindsItsScenarios) { EXPECT_GT(ReadScenarios().size(), 70u); }

TEST(Deduplicate, RecallGoesOnWithTheTraceOfTheKill) {
  RecordingContext context;
  const auto stage = MakeFactory("{}")->Make();
  const Arrival lead = {.uri = "urn:a", .version = "1", .hour = 0, .text = "A"};
  const Arrival kill = {.uri = "urn:a", .version = "2", .hour = 1, .status = PubStatus::kCanceled};
  const auto first = MakeItem(lead, 0), second = MakeItem(kill, 1);
  first->record.headers = {{"traceparent", "of the lead"}};
  second->record.headers = {{"x", "y"}, {"traceparent", "of the kill"}, {"tracestate", "z"}};
  Item* const items[] = {first.get(), second.get()};
  stage->Process(items, context);
  ASSERT_EQ(context.recalls.size(), 1u);
  ASSERT_EQ(context.recalls[0].headers.size(), 2u);
  EXPECT_EQ(context.recalls[0].headers[0].name, "traceparent");
  EXPECT_EQ(context.recalls[0].headers[0].value, "of the kill");
  EXPECT_EQ(context.recalls[0].headers[1].value, "z");
}

TEST(Deduplicate, RecallNamesTheRecalledAndTheKill) {
  const std::unique_ptr<Stage> stage = MakeFactory("{}")->Make();
  const auto story = MakeItem({"urn:a", "1", 0, "one"}, 17);
  const auto kill = MakeItem({"urn:a", "2", 1, "", Notice::kNone, PubStatus::kWithheld}, 18);
  RecordingContext context;
  Item* const items[] = {story.get(), kill.get()};
  stage->Process(items, context);
  ASSERT_EQ(context.recalls.size(), 1u);
  EXPECT_EQ(context.recalls[0].key, "urn:a");
  std::string expected;
  EncodeRecall({"urn:a", "1", "wire.raw", 0, 17}, {"urn:a", "2", "wire.raw", 0, 18},
               RelationKind::kWithhold, &expected);
  EXPECT_EQ(context.recalls[0].value, expected);
}

TEST(Deduplicate, CountsWhatItDecides) {
  const std::unique_ptr<Stage> stage = MakeFactory("{window: 2h}")->Make();
  std::vector<std::unique_ptr<Item>> owned;
  const Arrival arrivals[] = {
      {.uri = "a", .version = "1", .hour = 0, .text = "one", .record_hour = 0},
      {.uri = "b", .version = "1", .hour = 1, .text = "one", .record_hour = 1},
      {.uri = "b", .version = "1", .hour = 1, .text = "one", .record_hour = 1, .offset = 1},
      {.uri = "c", .version = "1", .hour = 99, .text = "two", .record_hour = 1},
      {.uri = "a", .version = "2", .hour = 2, .notice = Notice::kKill, .record_hour = 2},
      {.uri = "d", .version = "1", .hour = 9, .text = "three", .record_hour = 9},
  };
  std::vector<Item*> items;
  for (size_t i = 0; i < std::size(arrivals); ++i) {
    owned.push_back(MakeItem(arrivals[i], static_cast<int64_t>(i)));
    items.push_back(owned.back().get());
  }
  RecordingContext context;
  stage->Process(items, context);
  const std::map<std::string, uint64_t> expected = {
      {"original", 3},   {"repeat", 2},        {"kill", 1},   {"recall", 2},
      {"read-again", 1}, {"clock-ignored", 1}, {"expired", 4}};
  EXPECT_EQ(context.counts, expected);
}

TEST(Deduplicate, KeepsWithinItsMemoryOldestFirst) {
  const std::unique_ptr<Stage> stage = MakeFactory("{memory: 1MB}")->Make();
  RecordingContext context;
  const auto decide = [&](const Arrival& arrival, int64_t offset) {
    const auto item = MakeItem(arrival, offset);
    Item* const items[] = {item.get()};
    stage->Process(items, context);
    return StoryOf(*item).relation->kind;
  };
  // Uris of 64 KB are kept by their beginning; texts of this many stories do not fit in 1 MB.
  const std::string long_uri(64 << 10, 'u');
  for (int i = 0; i < 5000; ++i) {
    const std::string number = std::to_string(i);
    decide({long_uri + number, "1", 0, "text " + number}, i);
  }
  EXPECT_GT(context.counts["evicted"], 1000u);
  EXPECT_LT(context.counts["evicted"], 4900u);
  EXPECT_EQ(decide({"b", "1", 0, "text 0"}, 5000), RelationKind::kOriginal);
  EXPECT_EQ(decide({"b", "2", 0, "text 4999"}, 5001), RelationKind::kRevision);
  EXPECT_EQ(decide({"c", "1", 0, "text 4998"}, 5002), RelationKind::kRepeat);
  EXPECT_EQ(decide({long_uri + "4997", "1", 0, "text 4997"}, 5003), RelationKind::kRepeat);
  EXPECT_EQ(decide({long_uri + "4996", "2", 0, "other"}, 5004), RelationKind::kRevision);
}

TEST(Deduplicate, RefusesWrongConfigurationWithItsLine) {
  struct Case {
    std::string name;
    std::string config;
    std::string expected;
  };
  const Case cases[] = {
      {"unknown key", "window: 1h\nwindwo: 2h\n", "test.yaml:2:"},
      {"no window", "\nwindow: 0s\n", "test.yaml:2:"},
      {"too little memory", "memory: 10KB\n", "test.yaml:1:"},
      {"too much memory", "memory: 33GB\n", "test.yaml:1:"},
      {"unknown word", "embargo: keep\n", "test.yaml:1:"},
      {"unknown relation", "policy:\n  repaet: divert\n", "test.yaml:2:"},
      {"unknown policy", "policy:\n  repeat: drop\n", "test.yaml:2:"},
      {"diverted original", "policy:\n  original: divert\n", "test.yaml:2:"},
      {"diverted revision", "policy:\n  revision: divert\n", "test.yaml:2:"},
      {"diverted correction", "policy:\n  correction: divert\n", "test.yaml:2:"},
      {"diverted refile", "policy:\n  refile: divert\n", "test.yaml:2:"},
      {"diverted kill", "policy:\n  repeat: pass\n  kill: divert\n", "test.yaml:3:"},
      {"diverted withhold", "policy:\n  withhold: divert\n", "test.yaml:2:"},
  };
  for (const Case& wrong : cases) {
    SCOPED_TRACE(wrong.name);
    const absl::StatusOr<ConfigNode> node = ConfigNode::FromText(wrong.config, "test.yaml");
    ASSERT_TRUE(node.ok()) << node.status();
    const auto factory = MakeDeduplicate(*node);
    ASSERT_FALSE(factory.ok());
    EXPECT_NE(factory.status().message().find(wrong.expected), std::string::npos)
        << factory.status();
  }
}

TEST(Deduplicate, NamesItsOutputs) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(MakeFactory("{}")->outputs(), (Names{"recalls", "duplicates", "held"}));
  EXPECT_EQ(MakeFactory("{embargo: pass, policy: {repeat: pass, near-duplicate: pass}}")->outputs(),
            (Names{"recalls"}));
}

}  // namespace
}  // namespace copydesk
