// The lag that a worker tells on the real broker: what it still has to read, and nothing else.
#include <fmt/format.h>

#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

constexpr int64_t kStories = 100;

class Lag : public BrokerTest {
 protected:
  void Feed(int64_t from, int64_t to) {
    Feeder feeder;
    for (int64_t i = from; i < to; ++i) feeder.Send(Name("raw"), NumberedStory(0, i));
    feeder.Flush();
  }

  // Waits until the worker says that nothing of `topic` is left to read: absent is not enough.
  static bool SaysThatNothingIsLeft(WorkerProcess& worker, const std::string& topic) {
    const std::string line =
        fmt::format("copydesk_consumer_lag_records{{partition=\"0\",topic=\"{}\"}} 0\n", topic);
    return WaitUntil([&] { return worker.Get("/metrics").find(line) != std::string::npos; },
                     std::chrono::seconds(20));
  }
};

// Behind the last record of a transaction stands its marker, which no consumer is ever given: the
// partition's end is one past it.
TEST_F(Lag, DoesNotCountTheMarkersOfTransactions) {
  const WorkerConfig first = Chain("first", CountingStages());
  CreateTopicsOf(first, 1);
  WorkerConfig second = Chain("second", {"publish: {key: uri}"}, "again.");
  second.topics = {first.outputs.at("published")};
  CreateTopicsOf(second, 0);
  Feed(0, kStories);
  WorkerProcess one(first), two(second);
  ASSERT_TRUE(one.WaitUntilEnded(kStories)) << one.process().err();
  ASSERT_TRUE(two.WaitUntilEnded(kStories)) << two.process().err();
  ASSERT_NE(std::string::npos, one.process().err().find("exactly_once"));
  EXPECT_TRUE(SaysThatNothingIsLeft(two, second.topics[0])) << two.Get("/metrics");
  EXPECT_EQ(0, one.Stop());
  EXPECT_EQ(0, two.Stop());
}

TEST_F(Lag, DoesNotCountWhatExpiredBeforeItWasRead) {
  const WorkerConfig config = Chain("worker", CountingStages());
  CreateTopicsOf(config, 1);
  Feed(0, kStories);
  {
    WorkerProcess worker(config);
    ASSERT_TRUE(worker.WaitUntilEnded(kStories)) << worker.process().err();
    EXPECT_EQ(0, worker.Stop());
  }
  Feed(kStories, 3 * kStories);
  DeleteRecords(Name("raw"), 0, 3 * kStories);
  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilReady()) << worker.process().err();
  EXPECT_TRUE(SaysThatNothingIsLeft(worker, Name("raw"))) << worker.Get("/metrics");
  EXPECT_EQ(0, worker.books().consumed);
  EXPECT_EQ(0, worker.Stop());
}

}  // namespace
}  // namespace copydesk
