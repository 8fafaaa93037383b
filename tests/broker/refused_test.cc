// What only the brokers can refuse: a worker ends soon, with the reason and what to do about it.
#include <algorithm>

#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

class Refused : public BrokerTest {
 protected:
  static void Expect(const WorkerConfig& config, const std::string& remedy) {
    WorkerProcess worker(config);
    EXPECT_EQ(1, worker.process().Wait(std::chrono::seconds(15)).value_or(-1));
    const std::string log = worker.process().err();
    EXPECT_NE(std::string::npos, log.find(remedy)) << log;
  }
};

TEST_F(Refused, ByTheGroup) {
  WorkerConfig config = Chain("worker", CountingStages());
  CreateTopicsOf(config, 1);
  WorkerConfig hasty = config;
  hasty.kafka["session.timeout.ms"] = "900";
  Expect(hasty, "group.min.session.timeout.ms");

  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilReady()) << worker.process().err();
  WorkerConfig other = config;
  other.kafka["partition.assignment.strategy"] = "range";
  Expect(other, "no partition.assignment.strategy in common");
  EXPECT_EQ(0, worker.Stop());
}

TEST_F(Refused, AnOpenTransactionForThatLong) {
  WorkerConfig config = Chain("worker", CountingStages());
  CreateTopicsOf(config, 1);
  config.kafka["transaction.timeout.ms"] = "100000000";
  const std::string remedy = "no more than the brokers' transaction.max.timeout.ms";
  Expect(config, remedy);
  const TempFolder folder;
  const std::string path = folder.Write("topology.yaml", config.Text());
  const Finished check = RunCopydesk({"check", "-c", path});
  EXPECT_EQ(1, check.status);
  EXPECT_NE(std::string::npos, check.out.find(remedy)) << check.out << check.err;
}

// The second one fences the first.
TEST_F(Refused, OfTwoWorkersOfOneNameTheFirst) {
  WorkerConfig config = Chain("worker", CountingStages());
  config.more += "\nworker: one";
  CreateTopicsOf(config, 1);
  WorkerProcess first(config);
  ASSERT_TRUE(first.WaitUntilReady()) << first.process().err();
  WorkerProcess second(config);
  ASSERT_TRUE(WaitUntil([&] { return second.Metric("copydesk_rebalances_total") > 0; },
                        std::chrono::seconds(20)))
      << second.process().err();
  Feeder feeder;
  feeder.Send(Name("raw"), NumberedStory(0, 0));
  feeder.Flush();
  EXPECT_EQ(1, first.process().Wait(std::chrono::seconds(15)).value_or(-1));
  const std::string log = first.process().err();
  EXPECT_NE(std::string::npos, log.find("another worker has this name")) << log;
  EXPECT_NE(std::string::npos, log.find(config.name + "-one-0")) << log;
  EXPECT_TRUE(second.WaitUntilEnded(1)) << second.process().err();
  EXPECT_EQ(0, second.Stop());
}

}  // namespace
}  // namespace copydesk
