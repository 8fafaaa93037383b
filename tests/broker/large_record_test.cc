// Records and backlogs larger than what is kept in memory.
#include <fmt/format.h>

#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

class LargeRecord : public BrokerTest {};

TEST_F(LargeRecord, IsDeadLetteredWithItsBytesAndTheStreamGoesOn) {
  const WorkerConfig config = Chain("worker", NewswireStages());
  const std::map<std::string, std::string> large = {{"max.message.bytes", "16000000"}};
  std::vector<NewTopic> topics = {{Name("raw"), 1, large}};
  for (const auto& [output, topic] : config.outputs) topics.push_back({topic, 1, large});
  CreateTopics(topics);

  Record huge = NumberedStory(0, 1);
  // Not compressible to nothing, and with bytes that are no UTF-8.
  huge.value = R"({"id":"huge","title":"Ten megabytes","text":")";
  for (uint32_t state = 1; huge.value.size() < 10'000'000;) {
    state = state * 1'664'525 + 1'013'904'223;
    huge.value += static_cast<char>('a' + (state >> 24) % 26);
  }
  huge.value += "\xff\"}";
  huge.has_key = true;
  huge.key = std::string("a\0key", 5);
  Feeder feeder;
  feeder.Send(Name("raw"), NumberedStory(0, 0));
  feeder.Send(Name("raw"), huge);
  feeder.Send(Name("raw"), NumberedStory(0, 1));
  feeder.Flush();

  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilEnded(3));
  EXPECT_EQ(2, worker.books().published);
  EXPECT_EQ(1, worker.books().dead_lettered);
  EXPECT_EQ(0, worker.Stop());
  EXPECT_EQ(2, CheckNumbering(Name("published"), 1).next[0]);
  const std::vector<Record> dead = ReadTopic(Name("deadletter"));
  ASSERT_EQ(1u, dead.size());
  EXPECT_TRUE(dead[0].value == huge.value) << dead[0].value.size() << " bytes came back";
  EXPECT_EQ(huge.key, dead[0].key);
  EXPECT_EQ("1", HeaderOf(dead[0], "__copydesk.errors.offset"));
  EXPECT_EQ("decode", HeaderOf(dead[0], "__copydesk.errors.stage"));
  fmt::print("{}: {}\n", HeaderOf(dead[0], "__copydesk.errors.code"),
             HeaderOf(dead[0], "__copydesk.errors.message"));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

// 30 MB wait when the worker starts, of which 1 MB may be sent and not yet durable: it must pause
// and resume without losing its place, in bounded memory.
TEST_F(LargeRecord, BacklogGoesThroughASmallBudgetWhole) {
  constexpr int64_t kStories = 3'000;
  constexpr size_t kStoryBytes = 10'000;
  // What librdkafka's queues (16 MB read, and what the budget lets be sent) and one batch need, the
  // stories of a batch decoded, and the program itself.
  constexpr int64_t kResidentBytesMax = 200'000'000;
  WorkerConfig config = Chain("worker", CountingStages());
  config.more = "in_flight: 1MB";
  // Delivery reports that come late, so that the budget is used up.
  config.kafka["linger.ms"] = "50";
  CreateTopicsOf(config, 1);
  Feeder feeder;
  for (int64_t i = 0; i < kStories; ++i) feeder.Send(Name("raw"), NumberedStory(0, i, kStoryBytes));
  feeder.Flush();

  WorkerProcess worker(config);
  bool was_paused = false;
  ASSERT_TRUE(WaitUntil(
      [&] {
        was_paused = was_paused || worker.Metric("copydesk_paused_threads") > 0;
        return worker.books().ended() >= kStories;
      },
      std::chrono::seconds(60)));
  const int64_t resident_bytes = worker.process().resident_bytes_max();
  if (kIsSanitized) {
    fmt::print("memory not checked: a sanitizer needs more of it\n");
  } else {
    EXPECT_LT(resident_bytes, kResidentBytesMax);
  }
  fmt::print("resident at most {} MB, {}\n", resident_bytes / 1'000'000,
             was_paused ? "seen paused" : "not seen paused");
  EXPECT_EQ(0, worker.Stop());
  const Numbering numbering = CheckNumbering(Name("published"), 1);
  EXPECT_EQ(kStories, numbering.next[0]);
  EXPECT_EQ(0, numbering.again);
}

// 1.3 GB of stories of ten megabytes in 64 partitions: but for deduplicate's budget, of which each
// has one, what is resident does not grow with the partitions.
TEST_F(LargeRecord, ManyPartitionsOfTenMegabytesStayWithinTheBudgets) {
  constexpr int kPartitions = 64;
  constexpr int64_t kStoriesEach = 2;
  constexpr size_t kStoryBytes = 10'000'000;
  // `fetch` with the quarter on top, `in_flight`, and deduplicate's; then what README.md states as
  // the constant.
  constexpr int64_t kBudgetBytes = (64 << 20) * 5 / 4 + (64 << 20) + kPartitions * (4 << 20);
  constexpr int64_t kConstantBytes = 300'000'000;
  std::vector<std::string> stages = NewswireStages();
  stages[1] = "deduplicate: {window: 72h, embargo: hold, memory: 4MB}";
  WorkerConfig config = Chain("worker", stages);
  config.more += "\ninput: {format: json, limits: {record: 16MB}}";
  const std::map<std::string, std::string> large = {{"max.message.bytes", "16000000"}};
  std::vector<NewTopic> topics = {{Name("raw"), kPartitions, large}};
  for (const auto& [output, topic] : config.outputs) topics.push_back({topic, 4, large});
  CreateTopics(topics);
  Feeder feeder;
  uint32_t state = 1;
  for (int64_t i = 0; i < kStoriesEach; ++i) {
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      Record story = NumberedStory(partition, i);
      story.value.resize(story.value.size() - 2);
      // Words that do not compress to nothing.
      while (story.value.size() < kStoryBytes) {
        state = state * 1'664'525 + 1'013'904'223;
        story.value += (state >> 27) < 5 ? ' ' : static_cast<char>('a' + (state >> 24) % 26);
      }
      story.value += "\"}";
      feeder.Send(Name("raw"), story);
      if (partition % 8 == 7) feeder.Flush();
    }
  }

  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilEnded(kPartitions * kStoriesEach, std::chrono::seconds(180)));
  EXPECT_EQ(kPartitions * kStoriesEach, worker.books().published);
  const int64_t resident_bytes = worker.process().resident_bytes_max();
  fmt::print("resident at most {} MB, budgets {} MB\n", resident_bytes / 1'000'000,
             kBudgetBytes / 1'000'000);
  if (!kIsSanitized) {
    EXPECT_LT(resident_bytes, kBudgetBytes + kConstantBytes);
  }
  EXPECT_EQ(0, worker.Stop());
}

}  // namespace
}  // namespace copydesk
