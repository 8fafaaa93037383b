// What every stage of the registry must do, without code of its own: a new stage is held to it too.
#include "stages/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/fakes.h"

namespace copydesk {
namespace {

// The least a stage must be told; most need nothing.
std::string LeastConfig(std::string_view stage) {
  return stage == "tag" ? "dictionary: [dictionaries/countries.jsonl]" : "{}";
}

absl::StatusOr<std::unique_ptr<StageFactory>> MakeFrom(const StageEntry& entry,
                                                       const std::string& config) {
  const absl::StatusOr<ConfigNode> node =
      ConfigNode::FromText(config, "stage.yaml", COPYDESK_ROOT "/configs");
  if (!node.ok()) return node.status();
  return entry.make(*node);
}

// A topology of this stage alone, with every output any stage may ask for that it does ask for.
std::string TopologyOf(const StageEntry& entry, const StageFactory& factory) {
  std::string outputs = "published: out, deadletter: dead";
  for (const std::string_view output : factory.outputs()) {
    outputs += ", " + std::string(output) + ": " + std::string(output);
  }
  return "name: t\nsource: {topics: [in]}\nstages:\n  - " + std::string(entry.name) + ": {" +
         (LeastConfig(entry.name) == "{}" ? "" : LeastConfig(entry.name)) + "}\noutputs: {" +
         outputs + "}\n";
}

std::vector<Record> SampleRecords() {
  std::ifstream file(COPYDESK_ROOT "/configs/samples/10-newswire.jsonl");
  std::vector<Record> records;
  for (std::string line; std::getline(file, line);) {
    records.push_back(MakeRecord(static_cast<int64_t>(records.size()), line));
  }
  return records;
}

TEST(EveryStage, TakesTheLeastConfigurationAndRefusesUnknownKeys) {
  for (const StageEntry& entry : Stages()) {
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    const auto made = MakeFrom(entry, LeastConfig(entry.name));
    EXPECT_TRUE(made.ok()) << entry.name << ": " << made.status();
    const auto refused = MakeFrom(entry, "no_such_key: 1");
    ASSERT_FALSE(refused.ok()) << entry.name;
    EXPECT_THAT(std::string(refused.status().message()),
                testing::AllOf(testing::HasSubstr("stage.yaml:1"),
                               testing::AnyOf(testing::HasSubstr("no_such_key"),
                                              testing::HasSubstr("dictionary"))))
        << entry.name;
  }
}

TEST(EveryStage, TakesAnEmptyBatch) {
  struct NoContext : StageContext {
    void Emit(std::string_view, Record) override { ADD_FAILURE(); }
    void Count(std::string_view, uint64_t) override { ADD_FAILURE(); }
  } context;
  for (const StageEntry& entry : Stages()) {
    const auto factory = MakeFrom(entry, LeastConfig(entry.name));
    ASSERT_TRUE(factory.ok()) << entry.name;
    (*factory)->Make()->Process({}, context);
  }
}

TEST(EveryStage, SetsAsideWhatCannotBeReadAndDecidesTheSameAgain) {
  for (const StageEntry& entry : Stages()) {
    const auto factory = MakeFrom(entry, LeastConfig(entry.name));
    ASSERT_TRUE(factory.ok()) << entry.name;
    const std::string config = TopologyOf(entry, **factory);
    std::vector<Record> records = SampleRecords();
    const size_t stories = records.size();
    records.push_back(MakeRecord(static_cast<int64_t>(stories), "{\"uri\": "));
    const absl::StatusOr<FakeOutput> first = RunChain(config, records);
    ASSERT_TRUE(first.ok()) << entry.name << ": " << first.status();
    EXPECT_THAT(first->ValuesOf("dead"), testing::ElementsAre("{\"uri\": ")) << entry.name;
    const absl::StatusOr<FakeOutput> again = RunChain(config, records);
    ASSERT_TRUE(again.ok()) << entry.name;
    ASSERT_EQ(first->sent.size(), again->sent.size()) << entry.name;
    for (size_t i = 0; i < first->sent.size(); ++i) {
      EXPECT_EQ(first->sent[i].topic, again->sent[i].topic) << entry.name << " " << i;
      EXPECT_EQ(first->sent[i].record.value, again->sent[i].record.value) << entry.name << " " << i;
    }
  }
}

}  // namespace
}  // namespace copydesk
