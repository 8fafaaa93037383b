// What happens to the broker and to what it keeps: restarts, long absence, lost changelogs and
// offsets. Run at night: each takes half a minute or more.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <future>

#include "tests/faults/kafka/desk.h"

namespace copydesk {
namespace {

using std::chrono::seconds;

class NightlyBroker : public Desk {
 protected:
  static std::string ChangelogOf(const WorkerConfig& config) {
    return fmt::format("copydesk-{}-deduplicate-{}-changelog", config.name, config.topics[0]);
  }
  // Feeds `count` stories through a worker that then stops in good order.
  void RunOnce(const WorkerConfig& config, int64_t count) {
    WorkerProcess worker(config);
    StartFeed(count, 2'000);
    ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << worker.process().err();
    ASSERT_EQ(0, worker.Stop());
  }
  // A changelog has lost changes: a worker that must not go on without them says each of `told` and
  // ends; by default it goes on with what is left, and says so.
  void ExpectLossIsToldAndAnswered(const WorkerConfig& config,
                                   const std::vector<std::string>& told) {
    WorkerConfig strict = config;
    strict.lost = "fail";
    WorkerProcess refused(strict);
    EXPECT_EQ(1, refused.process().Wait(seconds(30)).value_or(-1)) << refused.process().err();
    const std::string log = refused.process().err();
    for (const std::string& text : told) EXPECT_NE(std::string::npos, log.find(text)) << log;
    WorkerProcess worker(config);
    StartFeed(2'000, 2'000);
    EXPECT_TRUE(WaitUntilAllOut(seconds(60))) << worker.process().err();
    EXPECT_NE(std::string::npos, worker.process().err().find("going on with what is left"))
        << worker.process().err();
    EXPECT_EQ(0, worker.Stop());
    EXPECT_EQ(2'000, worker.LastBooks().consumed);
  }
  // Starts workers until one ends well, as a service manager would.
  void KeepRunningUntilAllOut(const WorkerConfig& config, std::unique_ptr<WorkerProcess> worker) {
    // From this thread: a worker ends with the thread that started it.
    auto all_out = std::async(std::launch::async, [this] { return WaitUntilAllOut(seconds(120)); });
    int restarts = 0;
    while (all_out.wait_for(std::chrono::milliseconds(500)) != std::future_status::ready) {
      if (worker->process().is_running()) continue;
      const std::string log = worker->process().err();
      fmt::print("restarted: {}\n", log.substr(log.rfind('\n', log.size() - 2) + 1));
      worker = std::make_unique<WorkerProcess>(config);
      ++restarts;
    }
    EXPECT_TRUE(all_out.get()) << worker->process().err();
    EXPECT_EQ(0, worker->Stop()) << worker->process().err();
    fmt::print("{} restarts of the worker\n", restarts);
  }
};

TEST_F(NightlyBroker, RestartsUnderLoad) {
  CreateTopics();
  const WorkerConfig config = Config();
  StartFeed(8'000, 500);
  auto worker = std::make_unique<WorkerProcess>(config);
  ASSERT_TRUE(worker->WaitUntilEnded(500));
  RealKafka::TakeDown();
  Wait(0, 3000);
  RealKafka::BringBack();
  KeepRunningUntilAllOut(config, std::move(worker));
  CheckAll();
}

TEST_F(NightlyBroker, IsAwayForLongerThanTheTransactionTimeout) {
  CreateTopics();
  WorkerConfig config = Config();
  config.kafka["transaction.timeout.ms"] = "5000";
  StartFeed(4'000, 500);
  auto worker = std::make_unique<WorkerProcess>(config);
  ASSERT_TRUE(worker->WaitUntilEnded(500));
  RealKafka::TakeDown();
  SleepMs(15'000);
  RealKafka::BringBack();
  KeepRunningUntilAllOut(config, std::move(worker));
  CheckAll();
}

// As when a machine is suspended in the middle of a commit, for longer than that may take: the
// broker has answered whatever it was asked for by then.
TEST_F(NightlyBroker, HasAnsweredLongBeforeTheWorkerWakes) {
  CreateTopics();
  const WorkerConfig config = Config();
  StartFeed(4'000, 500);
  auto worker = std::make_unique<WorkerProcess>(config);
  ASSERT_TRUE(worker->WaitUntilEnded(500));
  RealKafka::Signal(SIGSTOP);
  SleepMs(500);  // a commit has begun
  worker->process().Signal(SIGSTOP);
  RealKafka::Signal(SIGCONT);
  SleepMs(35'000);
  worker->process().Signal(SIGCONT);
  KeepRunningUntilAllOut(config, std::move(worker));
  CheckAll();
}

TEST_F(NightlyBroker, IsAwayWhenAWorkerIsToldTwiceToStop) {
  CreateTopics();
  WorkerConfig config = Config();
  StartFeed(4'000, 500);
  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilEnded(500));
  RealKafka::TakeDown();
  SleepMs(500);
  worker.process().Signal(SIGTERM);
  // What it has processed it still wants to commit.
  EXPECT_EQ(std::nullopt, worker.process().Wait(seconds(2)));
  worker.process().Signal(SIGTERM);
  EXPECT_NE(std::nullopt, worker.process().Wait(seconds(2))) << worker.process().err();
  RealKafka::BringBack();
  KeepRunningUntilAllOut(config, std::make_unique<WorkerProcess>(config));
  CheckAll();
}

TEST_F(NightlyBroker, KillsDuringRestoreRestoreAnew) {
  CreateTopics();
  const WorkerConfig config = Config();
  RunOnce(config, 20'000);
  for (int kill = 0; kill < 4; ++kill) {
    WorkerProcess worker(config);
    ASSERT_TRUE(WaitUntil(
        [&] { return worker.process().err().find("assigned") != std::string::npos; }, seconds(30)));
    Wait(0, 200);
    worker.process().Signal(SIGKILL);
    ASSERT_EQ(128 + SIGKILL, worker.process().Wait(seconds(5)));
  }
  RunOnce(config, 2'000);
  CheckAll();
}

TEST_F(NightlyBroker, RebalancesDuringRestore) {
  CreateTopics();
  const WorkerConfig config = Config();
  RunOnce(config, 20'000);
  StartFeed(4'000, 1'000);
  WorkerProcess first(config);
  ASSERT_TRUE(WaitUntil([&] { return first.process().err().find("assigned") != std::string::npos; },
                        seconds(30)));
  {
    WorkerProcess second(config);
    ASSERT_TRUE(WaitUntil(
        [&] { return second.process().err().find("assigned") != std::string::npos; }, seconds(30)));
    Wait(0, 300);
    EXPECT_EQ(0, second.Stop());
  }
  ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << first.process().err();
  EXPECT_EQ(0, first.Stop());
  CheckAll();
}

TEST_F(NightlyBroker, ExpiredOffsetsAreToldAndAnswered) {
  CreateTopics();
  WorkerConfig config = Config();
  RunOnce(config, 2'000);
  // What was committed is behind the first record there is.
  StartFeed(2'000, 2'000);
  JoinFeed();
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    DeleteRecords(config.topics[0], partition, 700);
  }
  WorkerConfig strict = config;
  strict.lost = "fail";
  WorkerProcess refused(strict);
  const std::optional<int> status = refused.process().Wait(seconds(30));
  EXPECT_EQ(1, status.value_or(-1)) << refused.process().err();
  EXPECT_NE(std::string::npos, refused.process().err().find("lost: fail"))
      << refused.process().err();
  // The default begins with the first record there is: 300 of each partition are left.
  WorkerProcess worker(config);
  EXPECT_TRUE(worker.WaitUntilEnded(4 * 300)) << worker.process().err();
  EXPECT_EQ(0, worker.Stop());
  EXPECT_EQ(4 * 300, worker.LastBooks().consumed);
}

TEST_F(NightlyBroker, ATruncatedChangelogIsToldAndAnswered) {
  CreateTopics();
  WorkerConfig config = Config();
  config.more += "\ncommit_records: 100";
  RunOnce(config, 4'000);
  SetProperties(ChangelogOf(config), {{"cleanup.policy", "compact,delete"}});
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    DeleteRecords(ChangelogOf(config), partition, 8);
  }
  SetProperties(ChangelogOf(config), {{"cleanup.policy", "compact"}});
  ExpectLossIsToldAndAnswered(config, {"are missing"});
}

TEST_F(NightlyBroker, AChangelogOfWhichNothingIsLeftIsToldAndAnswered) {
  CreateTopics();
  WorkerConfig config = Config();
  RunOnce(config, 2'000);
  SetProperties(ChangelogOf(config), {{"cleanup.policy", "compact,delete"}});
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    DeleteRecords(ChangelogOf(config), partition, RD_KAFKA_OFFSET_END);
  }
  SetProperties(ChangelogOf(config), {{"cleanup.policy", "compact"}});
  ExpectLossIsToldAndAnswered(config,
                              {"were deleted: what was remembered of", ChangelogOf(config) + " ["});
}

TEST_F(NightlyBroker, AChangelogThatIsGoneIsToldAndAnswered) {
  CreateTopics();
  const WorkerConfig config = Config();
  RunOnce(config, 2'000);
  DeleteTopics({ChangelogOf(config)});
  WorkerConfig strict = config;
  strict.lost = "fail";
  // Told, but not made: it is as bad the second time.
  for (int start = 0; start < 2; ++start) {
    WorkerProcess refused(strict);
    EXPECT_EQ(1, refused.process().Wait(seconds(30)).value_or(-1)) << refused.process().err();
    EXPECT_NE(std::string::npos,
              refused.process().err().find("there is no changelog " + ChangelogOf(config)))
        << refused.process().err();
  }
  WorkerProcess worker(config);
  StartFeed(2'000, 2'000);
  EXPECT_TRUE(WaitUntilAllOut(seconds(60))) << worker.process().err();
  EXPECT_NE(std::string::npos, worker.process().err().find("going on without"))
      << worker.process().err();
  EXPECT_EQ(0, worker.Stop());
}

TEST_F(NightlyBroker, AnInputMadeAnewIsToldAndAnswered) {
  CreateTopics();
  const WorkerConfig config = Config();
  const std::string raw = config.topics[0];
  RunOnce(config, 2'000);
  // With fewer partitions what is remembered of the others has no place.
  DeleteTopics({raw});
  copydesk::CreateTopics({{raw, kPartitions - 1}});
  WorkerProcess narrower(config);
  EXPECT_EQ(1, narrower.process().Wait(seconds(30)).value_or(-1)) << narrower.process().err();
  EXPECT_NE(std::string::npos, narrower.process().err().find("was made anew"))
      << narrower.process().err();
  // With as many, but less in them than was read before.
  DeleteTopics({raw});
  copydesk::CreateTopics({{raw, kPartitions}});
  StartFeed(1'200, 2'000);
  JoinFeed();
  WorkerConfig strict = config;
  strict.lost = "fail";
  WorkerProcess refused(strict);
  EXPECT_EQ(1, refused.process().Wait(seconds(30)).value_or(-1)) << refused.process().err();
  EXPECT_NE(std::string::npos, refused.process().err().find("lost: fail"))
      << refused.process().err();
  auto worker = std::make_unique<WorkerProcess>(config);
  EXPECT_TRUE(WaitUntilAllOut(seconds(60))) << worker->process().err();
  // Under a worker that runs: it ends with the reason, and goes on when the topic is there again.
  DeleteTopics({raw});
  const std::optional<int> status = worker->process().Wait(seconds(60));
  EXPECT_EQ(1, status.value_or(-1)) << worker->process().err();
  EXPECT_NE(std::string::npos, worker->process().err().find(raw)) << worker->process().err();
  copydesk::CreateTopics({{raw, kPartitions}});
  worker = std::make_unique<WorkerProcess>(config);
  StartFeed(1'200, 2'000);
  EXPECT_TRUE(WaitUntilAllOut(seconds(60))) << worker->process().err();
  EXPECT_EQ(0, worker->Stop());
  EXPECT_EQ(1'200, worker->LastBooks().consumed);
}

TEST_F(NightlyBroker, PartitionsThatAreAddedUnderAWorkerAreRead) {
  CreateTopics();
  WorkerConfig config = Config();
  config.kafka["topic.metadata.refresh.interval.ms"] = "1000";
  RunOnce(config, 2'000);
  auto worker = std::make_unique<WorkerProcess>(config);
  ASSERT_TRUE(WaitUntil([&] { return HasAll(*worker); }, seconds(30)));
  AddPartitions(config.topics[0], kPartitions + 1);
  SendTo(kPartitions, "added:0", R"({"uri":"urn:added","headline":"Added","body_text":"Added."})");
  StartFeed(2'000, 1'000);
  KeepRunningUntilAllOut(config, std::move(worker));
  CheckAll();
}

TEST_F(NightlyBroker, SnapshotsTakeThePlaceOfTheChangelogAndAFullDiskDoesNot) {
  CreateTopics();
  const TempFolder folder;
  WorkerConfig config = Config();
  config.more += fmt::format("\nsnapshots: {{folder: {}, interval: 300ms}}", folder.path());
  RunOnce(config, 4'000);
  {
    // Killed after one: the changelog has more than the snapshot.
    StartFeed(2'000, 1'000);
    WorkerProcess worker(config);
    ASSERT_TRUE(worker.WaitUntilEnded(500));
    EXPECT_NE(std::string::npos, worker.process().err().find("read the snapshot of"));
    worker.process().Signal(SIGKILL);
    ASSERT_EQ(128 + SIGKILL, worker.process().Wait(seconds(5)));
  }
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    const std::string path =
        fmt::format("{}/{}-{}.snapshot.new", folder.path(), ChangelogOf(config), partition);
    unlink(path.c_str());
    ASSERT_EQ(0, symlink("/dev/full", path.c_str()));
  }
  WorkerProcess worker(config);
  ASSERT_TRUE(WaitUntilAllOut(seconds(60))) << worker.process().err();
  EXPECT_NE(std::string::npos, worker.process().err().find("read the snapshot of"));
  EXPECT_TRUE(
      WaitUntil([&] { return worker.process().err().find("No space left") != std::string::npos; },
                seconds(10)))
      << worker.process().err();
  EXPECT_EQ(0, worker.Stop());
  CheckAll();
}

// Minutes of everything in random order.
TEST_F(Desk, SoakOfEverythingInRandomOrder) {
  const char* minutes = std::getenv("COPYDESK_SOAK_MINUTES");
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::minutes(minutes == nullptr ? 3 : std::atoi(minutes));
  CreateTopics();
  const WorkerConfig config = Config();
  std::vector<std::unique_ptr<WorkerProcess>> workers;
  std::string logs;  // of those that are gone
  const auto take_away = [&](bool all) {
    std::erase_if(workers, [&](const auto& worker) {
      if (!all && worker->process().is_running()) return false;
      logs += worker->process().err() + "-- end of a worker\n";
      return true;
    });
  };
  std::map<std::string, int> done;
  while (std::chrono::steady_clock::now() < end) {
    if (!is_feeding()) StartFeed(3'000, 400);
    take_away(/*all=*/false);
    if (workers.empty()) workers.push_back(std::make_unique<WorkerProcess>(config));
    WorkerProcess& one =
        *workers[static_cast<size_t>(Random(0, static_cast<int>(workers.size()) - 1))];
    switch (Random(0, 9)) {
      case 0:
      case 1:
      case 2:
        ++done["killed"];
        one.process().Signal(SIGKILL);
        break;
      case 3:
      case 4:
        ++done["stopped"];
        EXPECT_TRUE(one.Stop().has_value());
        break;
      case 5:
      case 6:
        if (workers.size() < 3) {
          ++done["joined"];
          workers.push_back(std::make_unique<WorkerProcess>(config));
        }
        break;
      case 7:
        ++done["frozen"];
        one.process().Signal(SIGSTOP);
        Wait(0, 6000);
        one.process().Signal(SIGCONT);
        break;
      case 8:
        if (Random(0, 2) == 0) {
          ++done["broker restarted"];
          RealKafka::TakeDown();
          Wait(0, 4000);
          RealKafka::BringBack();
        }
        break;
      default:
        break;
    }
    Wait(0, 5000);
  }
  for (const auto& [what, times] : done) fmt::print("{} {} times\n", what, times);
  take_away(/*all=*/true);
  WorkerProcess last(config);
  EXPECT_TRUE(WaitUntilAllOut(seconds(120)));
  EXPECT_EQ(0, last.Stop());
  CheckAll();
  if (HasFailure()) fmt::print("{}{}", logs, last.process().err());
}

}  // namespace
}  // namespace copydesk
