// Workers that are killed, frozen, stopped, joined and left: nothing lost, nothing doubled, decided
// as if nothing had happened.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/faults/kafka/desk.h"

namespace copydesk {
namespace {

using std::chrono::seconds;

class Crash : public Desk {
 protected:
  // Kills workers one after another under load.
  void KillWorkers(int kills) {
    CreateTopics();
    const WorkerConfig config = Config();
    StartFeed(int64_t{kills} * 2'000, 500);
    int at_work = 0;
    for (int kill = 0; kill < kills; ++kill) {
      WorkerProcess worker(config);
      ASSERT_TRUE(
          WaitUntil([&] { return worker.Metric("copydesk_assigned_partitions") > 0; }, seconds(90)))
          << worker.process().err();
      Wait(0, 1500);
      at_work += is_feeding();
      worker.process().Signal(SIGKILL);
      ASSERT_EQ(128 + SIGKILL, worker.process().Wait(seconds(5)));
    }
    EXPECT_GE(at_work, kills * 3 / 4) << "killed when all was over";
    WorkerProcess last(config);
    ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << last.process().err();
    EXPECT_EQ(0, last.Stop());
    CheckAll();
  }
};

TEST_F(Crash, KilledWorkersLoseAndDoubleNothing) { KillWorkers(5); }

// A worker frozen in the middle of a transaction, whose successor has its name.
TEST_F(Crash, AZombieIsFencedAndEnds) {
  CreateTopics();
  WorkerConfig config = Config();
  config.more += "\nworker: one";
  StartFeed(3'600, 500);
  WorkerProcess zombie(config);
  ASSERT_TRUE(zombie.WaitUntilEnded(500));
  Wait(0, 300);
  zombie.process().Signal(SIGSTOP);
  WorkerProcess successor(config);
  ASSERT_TRUE(WaitUntil([&] { return HasAll(successor); }, seconds(30)))
      << successor.process().err();
  ASSERT_TRUE(successor.WaitUntilEnded(500));
  zombie.process().Signal(SIGCONT);
  const std::optional<int> status = zombie.process().Wait(seconds(20));
  EXPECT_TRUE(status.has_value() && *status != 0) << status.value_or(-1) << "\n"
                                                  << zombie.process().err();
  EXPECT_NE(std::string::npos, zombie.process().err().find("fenced")) << zombie.process().err();
  ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << successor.process().err();
  EXPECT_EQ(0, successor.Stop());
  CheckAll();
}

TEST_F(Crash, WorkersJoinAndLeaveUnderLoad) {
  CreateTopics();
  const WorkerConfig config = Config();
  StartFeed(8'000, 500);
  WorkerProcess first(config);
  ASSERT_TRUE(first.WaitUntilEnded(300));
  for (int round = 0; round < 2; ++round) {
    WorkerProcess second(config);
    ASSERT_TRUE(second.WaitUntilEnded(100));
    Wait(0, 500);
    EXPECT_EQ(0, second.Stop()) << second.process().err();
    const Books books = second.LastBooks();
    EXPECT_EQ(books.consumed, books.ended());
  }
  ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << first.process().err();
  EXPECT_EQ(0, first.Stop());
  EXPECT_EQ(first.LastBooks().consumed, first.LastBooks().ended());
  CheckAll();
}

TEST_F(Crash, SigtermInTheMiddleOfABatchLeavesNothingHalfDone) {
  CreateTopics();
  const WorkerConfig config = Config();
  StartFeed(2'400, 800);
  int64_t ended = 0;
  for (int stop = 0; stop < 2; ++stop) {
    WorkerProcess worker(config);
    ASSERT_TRUE(worker.WaitUntilEnded(300));
    Wait(0, 200);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(0, worker.Stop()) << worker.process().err();
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(10));
    ended += worker.LastBooks().ended();
  }
  WorkerProcess last(config);
  ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << last.process().err();
  EXPECT_EQ(0, last.Stop());
  EXPECT_EQ(fed(), ended + last.LastBooks().ended());
  CheckAll();
}

// The published topic takes less than the worker's client does: only the broker knows.
TEST_F(Crash, ARecordThatTheBrokerRefusesIsSetAsideAlone) {
  CreateTopics({{"max.message.bytes", "20000"}});
  WorkerConfig config = Config();
  config.kafka["batch.size"] = "15000";
  std::string noise;
  while (noise.size() < 60'000) noise += static_cast<char>('a' + Random(0, 25));
  StartFeed(1'200, 800);
  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilEnded(300));
  JoinFeed();
  std::vector<std::string> refused;
  for (const char* uri : {"urn:large:a", "urn:large:b"}) {
    refused.push_back(SendStory(
        1, fmt::format(R"({{"uri":"{0}","headline":"Large","body_text":"{0} {1}"}})", uri, noise)));
  }
  ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << worker.process().err();
  // More where the transaction that has a dead letter was lost as well: what is rolled back is
  // counted anew, and librdkafka 2.0.2 may skip sequence numbers behind a record that was refused.
  // That each is dead-lettered once, CheckAll() tells from what was committed.
  EXPECT_LE(2, worker.Metric("copydesk_errors_total{code=\"refused\",stage=\"produce\"}"));
  EXPECT_EQ(0, worker.Stop());
  const std::string log = worker.process().err();
  const std::vector<std::string> around = absl::StrSplit(log, " is set aside: ");
  EXPECT_EQ(refused.size(), around.size() - 1) << log;
  CheckAll(refused);
}

// The offsets of the group stand in a transaction that is open still, as when a worker was killed
// at the end of one, and another worker joins meanwhile.
TEST_F(Crash, AnOpenTransactionIsWaitedForWhoeverJoinsMeanwhile) {
  CreateTopics();
  const WorkerConfig config = Config();
  StartFeed(2'000, 2'000);
  {
    WorkerProcess worker(config);
    ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << worker.process().err();
    ASSERT_EQ(0, worker.Stop());
  }
  OpenTransaction open(config.name, config.topics[0], kPartitions, 2'000 / kPartitions);
  WorkerProcess first(config);
  SleepMs(2'000);
  WorkerProcess second(config);
  SleepMs(2'000);
  EXPECT_EQ(0, first.books().consumed + second.books().consumed);
  // Neither has what it was given yet.
  EXPECT_NE(std::string::npos, first.Get("/ready").find("503")) << first.process().err();
  open.Commit();
  StartFeed(2'000, 1'000);
  ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << first.process().err() << second.process().err();
  for (WorkerProcess* worker : {&first, &second}) {
    EXPECT_GT(worker->books().consumed, 0) << worker->process().err();
    EXPECT_EQ(0, worker->Stop()) << worker->process().err();
  }
  CheckAll();
}

// Nothing can be written there: it says so, does not ask without a pause, is not fenced however
// long that lasts, and goes on when the topic is there again.
TEST_F(Crash, AnOutputThatIsDeletedIsToldAndWaitedFor) {
  CreateTopics();
  WorkerConfig config = Config();
  config.kafka["transaction.timeout.ms"] = "6000";
  StartFeed(400, 2'000);
  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilEnded(400)) << worker.process().err();
  const std::string& published = config.outputs.at("published");
  DeleteTopics({published});
  StartFeed(400, 2'000);
  SleepMs(20'000);
  const std::string log = worker.process().err();
  const std::vector<std::string> lines = absl::StrSplit(log, '\n');
  const auto roll_backs = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("rolling back") != std::string::npos;
  });
  EXPECT_GT(roll_backs, 0) << log;
  EXPECT_LT(roll_backs, 20) << log;
  EXPECT_NE(std::string::npos, log.find("has a topic been deleted?")) << log;
  EXPECT_EQ(std::string::npos, log.find("Purged")) << log;
  copydesk::CreateTopics({{published, 1}});
  EXPECT_TRUE(worker.WaitUntilEnded(800)) << worker.process().err();
  EXPECT_EQ(0, worker.Stop());
}

TEST_F(Crash, NightlyTwentyKills) { KillWorkers(20); }

}  // namespace
}  // namespace copydesk
