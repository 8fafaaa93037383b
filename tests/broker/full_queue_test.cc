// A consumer whose queue is full whenever it looks.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

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

// The middle of how long `read`, which returns false at the end, waits each time but the first. A
// record fills the queue, and librdkafka's thread is given the time to see it full before it is
// read.
template <typename Read>
milliseconds MiddleWait(Read read) {
  constexpr milliseconds kUntilSeen{100};
  std::vector<milliseconds> waits;
  read();
  for (bool has_more = true; has_more;) {
    std::this_thread::sleep_for(kUntilSeen);
    const auto start = steady_clock::now();
    has_more = read();
    waits.push_back(std::chrono::duration_cast<milliseconds>(steady_clock::now() - start));
  }
  const auto middle = waits.begin() + static_cast<std::ptrdiff_t>(waits.size() / 2);
  std::nth_element(waits.begin(), middle, waits.end());
  return *middle;
}

// Left to itself librdkafka looks at a full queue once a second.
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

  const auto left_to_itself = TopicReader::Open(properties, {Name("raw")});
  ASSERT_TRUE(left_to_itself.ok()) << left_to_itself.status();
  int read = 0;
  const milliseconds once_a_second = MiddleWait([&] {
    Record record;
    const absl::StatusOr<bool> has_one = (*left_to_itself)->Next(milliseconds(10'000), &record);
    EXPECT_TRUE(has_one.ok() && *has_one) << has_one.status();
    return ++read < kRecords && !HasFailure();
  });

  const auto changelog = KafkaChangelog::Make(properties);
  ASSERT_TRUE(changelog.ok()) << changelog.status();
  ASSERT_TRUE((*changelog)->Open({Name("raw"), 0}, Changelog::kBeginning).ok());
  Counter counter;
  const milliseconds at_once = MiddleWait([&] {
    const int before = counter.changes;
    while (counter.changes == before && !counter.is_at_end && !HasFailure()) {
      EXPECT_TRUE((*changelog)->Poll(milliseconds(1), counter).ok());
    }
    return !counter.is_at_end && !HasFailure();
  });

  EXPECT_EQ(kRecords, counter.changes);
  EXPECT_LT(3 * at_once, once_a_second);
}

}  // namespace
}  // namespace copydesk
