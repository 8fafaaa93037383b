// A feed of many partitions that is deduplicated as a whole: cut behind normalize, its stories meet
// on a topic, and what came in on one partition is found to be a duplicate of what came in on
// another.
//
// How: the configuration is that of configs/whole-feed, with one topic between the two parts. First
// originals go to the input's partitions in turn; when all are decided, their copies do, each to a
// partition its original was not on. The same stories in the same order, on one partition, are
// decided by one worker with the whole chain: that is what is expected.
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <map>
#include <set>

#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

constexpr int kPartitions = 4;
constexpr int kStories = 24;

struct Filed {
  std::string uri, language, headline, body;
};

// Sentences that no other number has.
std::string Text(int number, int sentences) {
  std::string text;
  for (int i = 0; i < sentences; ++i) {
    text += fmt::format("Speaker{0}x{1} told harbour{0}y{1} that quay{0}z{1} opens. ", number, i);
  }
  return text;
}

std::vector<Filed> Originals() {
  std::vector<Filed> stories;
  for (int i = 0; i < kStories; ++i) {
    stories.push_back({fmt::format("urn:wire:{}", i), i % 3 == 0 ? "de" : "en",
                       fmt::format("Harbour {} opens", i), Text(i, 8)});
  }
  return stories;
}

// A copy of each: again as it was, with another beginning, and a part of it.
std::vector<Filed> Copies() {
  std::vector<Filed> stories = Originals();
  for (int i = 0; i < kStories; ++i) {
    Filed& story = stories[static_cast<size_t>(i)];
    story.uri += ":copy";
    if (i % 4 == 1) story.body = "Reporters on the spot have seen it. " + story.body;
    if (i % 4 == 2) story.body = Text(i, 3);
    if (i % 3 == 0) story.language = "de-AT";
  }
  return stories;
}

Record RecordOf(const Filed& story, int32_t partition) {
  Record record;
  record.partition = partition;
  record.value = fmt::format(R"({{"uri":"{}","language":"{}","headline":"{}","body_text":"{}"}})",
                             story.uri, story.language, story.headline, story.body);
  return record;
}

struct Decided {
  std::string kind, lead, rule;
  double similarity = -1, in_lead = -1;

  friend bool operator==(const Decided&, const Decided&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Decided& decided) {
    return out << fmt::format("{} of {} ({}; {}, {})", decided.kind, decided.lead, decided.rule,
                              decided.similarity, decided.in_lead);
  }
};

// By uri, what stands in the output topics.
std::map<std::string, Decided> Decisions(const WorkerConfig& config) {
  std::map<std::string, Decided> decisions;
  for (const char* output : {"published", "duplicates"}) {
    for (const Record& record : ReadTopic(config.outputs.at(output))) {
      rapidjson::Document json;
      json.Parse(record.value.data(), record.value.size());
      const rapidjson::Value& relation = json["copydesk"]["relation"];
      Decided decided;
      decided.kind = relation["kind"].GetString();
      decided.rule = relation["rule"].GetString();
      if (relation.HasMember("lead")) decided.lead = relation["lead"]["uri"].GetString();
      if (relation.HasMember("similarity")) decided.similarity = relation["similarity"].GetDouble();
      if (relation.HasMember("containment")) {
        decided.in_lead = relation["containment"][0].GetDouble();
      }
      EXPECT_TRUE(decisions.emplace(json["uri"].GetString(), decided).second) << record.value;
    }
  }
  return decisions;
}

// How much two stories share is weighed by how common it is in the window, and that of a language
// has fewer stories.
std::map<std::string, Decided> WithoutShares(std::map<std::string, Decided> decisions) {
  for (auto& [uri, decided] : decisions) decided.similarity = decided.in_lead = -1;
  return decisions;
}

class WholeFeed : public BrokerTest {
 protected:
  // The second part of the cut chain, one worker of a group.
  static std::vector<std::string> DeskStages() {
    return {"deduplicate: {window: 72h}", "publish: {key: uri}"};
  }

  // What one worker decides of the same stories on one partition.
  std::map<std::string, Decided> DecideOnOnePartition() {
    WorkerConfig fused =
        Chain("fused", {"normalize: {}", DeskStages()[0], DeskStages()[1]}, "one.");
    fused.topics = {Name("one.raw")};
    CreateTopicsOf(fused, 1);
    WorkerProcess worker(fused);
    Feeder feeder;
    for (const auto& stories : {Originals(), Copies()}) {
      for (const Filed& story : stories) feeder.Send(fused.topics.front(), RecordOf(story, 0));
    }
    feeder.Flush();
    EXPECT_TRUE(worker.WaitUntilEnded(2 * kStories));
    EXPECT_EQ(0, worker.Stop());
    return Decisions(fused);
  }

  // Feeds kPartitions partitions, through two workers of the first part that share them, to
  // `desks` workers of the second that share as many partitions of the topic between.
  void DecideAsAWhole(int desks) {
    WorkerConfig intake = Chain("intake", {"normalize: {}", "publish: {key: language}"}, "intake.");
    const std::string between = Name("between");
    CreateTopicsOf(intake, kPartitions);
    CreateTopics({{between, desks}});
    intake.outputs["published"] = between;
    config_ = Chain("desk", DeskStages());
    config_.topics = {between};
    CreateTopicsOf(config_, 0);

    std::vector<std::unique_ptr<WorkerProcess>> workers;
    for (int i = 0; i < 2; ++i) workers.push_back(std::make_unique<WorkerProcess>(intake));
    for (int i = 0; i < desks; ++i) workers.push_back(std::make_unique<WorkerProcess>(config_));
    for (const auto& worker : workers) ASSERT_TRUE(worker->WaitUntilReady());
    // A group of several workers is whole when each has a partition.
    for (const auto& worker : workers) {
      ASSERT_TRUE(WaitUntil([&] { return worker->Metric("copydesk_assigned_partitions") > 0; },
                            std::chrono::seconds(40)));
    }

    Feeder feeder;
    int shift = 0;
    int64_t sent = 0;
    for (const auto& stories : {Originals(), Copies()}) {
      for (int i = 0; i < kStories; ++i) {
        feeder.Send(Name("raw"),
                    RecordOf(stories[static_cast<size_t>(i)], (i + shift) % kPartitions));
      }
      feeder.Flush();
      sent += kStories;
      ++shift;
      ASSERT_TRUE(WaitUntil(
          [&] {
            int64_t ended = 0;
            for (size_t i = 2; i < workers.size(); ++i) ended += workers[i]->books().ended();
            return ended >= sent;
          },
          std::chrono::seconds(60)));
    }
    for (size_t i = 0; i < workers.size(); ++i) {
      EXPECT_GT(workers[i]->books().consumed, 0) << "worker " << i;
      EXPECT_EQ(0, workers[i]->Stop());
    }
  }

  WorkerConfig config_;
};

TEST_F(WholeFeed, FindsDuplicatesThatArriveOnOtherPartitionsAsOnePartitionDoes) {
  const std::map<std::string, Decided> expected = DecideOnOnePartition();
  ASSERT_EQ(expected.size(), 2u * kStories);
  std::map<std::string, int> kinds;
  for (const auto& [uri, decided] : expected) ++kinds[decided.kind];
  EXPECT_EQ(kinds["original"], kStories);
  EXPECT_GT(kinds["repeat"], 0);
  EXPECT_GT(kinds["near-duplicate"], 0);
  EXPECT_GT(kinds["excerpt"], 0);

  ASSERT_NO_FATAL_FAILURE(DecideAsAWhole(1));
  EXPECT_EQ(Decisions(config_), expected);
}

TEST_F(WholeFeed, TwoWorkersByLanguageFindWhatOneFinds) {
  const std::map<std::string, Decided> expected = DecideOnOnePartition();
  ASSERT_NO_FATAL_FAILURE(DecideAsAWhole(2));
  EXPECT_EQ(WithoutShares(Decisions(config_)), WithoutShares(expected));

  // Each language was on one partition, with its regional forms.
  std::map<std::string, std::set<int32_t>> partitions;
  for (const Record& record : ReadTopic(Name("between"))) {
    partitions[record.key].insert(record.partition);
  }
  EXPECT_EQ(partitions.size(), 2u);
  for (const auto& [key, on] : partitions) EXPECT_EQ(on.size(), 1u) << key;
}

}  // namespace
}  // namespace copydesk
