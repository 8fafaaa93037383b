// A consumer whose queue is full whenever it looks.
#include <chrono>
#include <memory>
#include <string_view>

#include "pipeline/kafka/kafka_changelog.h"
#include "pipeline/kafka/topic_reader.h"
#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class FullQueue : public BrokerTest {};

class Counter : public ChangelogListener {
 public:
  absl::Status OnChange(const ChangelogPartition&, std::string_view,
                        std::optional<std::string_view>, int64_t) override {
    ++changes;
    return absl::OkStatus();
  }
  absl::Status OnEnd(const ChangelogPartition&, int64_t) override {
    is_at_end = true;
    return absl::OkStatus();
  }
  void OnDeleted(const ChangelogPartition&) override { ADD_FAILURE(); }
  absl::Status OnGone(const ChangelogPartition&) override { return absl::DataLossError("gone"); }

  int changes = 0;
  bool is_at_end = false;
};

// One record fills the queue, and left to itself librdkafka looks at it once a second.
TEST_F(FullQueue, IsFilledAgainAsSoonAsItIsRead) {
  constexpr int kRecords = 8;
  CreateTopics({{Name("raw"), 1}});
  Feeder feeder;
  for (int i = 0; i < kRecords; ++i) {
    feeder.Send(Name("raw"), NumberedStory(0, i, 2'000));
    feeder.Flush();  // a fetch gives whole batches
  }
  const KafkaProperties properties = {{"bootstrap.servers", RealKafka::brokers()},
                                      {"queued.max.messages.kbytes", "1"},
                                      {"fetch.message.max.bytes", "1"}};

  auto start = steady_clock::now();
  const auto left_to_itself = TopicReader::Open(properties, {Name("raw")});
  ASSERT_TRUE(left_to_itself.ok()) << left_to_itself.status();
  int read = 0;
  for (Record record; read < kRecords; ++read) {
    const absl::StatusOr<bool> has_one = (*left_to_itself)->Next(milliseconds(10'000), &record);
    ASSERT_TRUE(has_one.ok() && *has_one) << has_one.status();
  }
  const auto once_a_second = steady_clock::now() - start;

  start = steady_clock::now();
  const auto changelog = KafkaChangelog::Make(properties);
  ASSERT_TRUE(changelog.ok()) << changelog.status();
  ASSERT_TRUE((*changelog)->Open({Name("raw"), 0}, Changelog::kBeginning).ok());
  Counter counter;
  while (!counter.is_at_end) ASSERT_TRUE((*changelog)->Poll(milliseconds(100), counter).ok());
  const auto at_once = steady_clock::now() - start;

  EXPECT_EQ(kRecords, counter.changes);
  EXPECT_LT(3 * at_once, once_a_second);
}

}  // namespace
}  // namespace copydesk
