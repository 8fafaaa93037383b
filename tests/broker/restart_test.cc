// Workers that end, in good order or not, join and leave under load: what is lost, doubled or put
// out of order.
//
// Numbered stories are fed at a steady pace; the published topic has one partition, so its order is
// the order in which they were sent.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_split.h"
#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Feeds stories in their order over about `duration`, while the test does something else.
class SteadyFeed {
 public:
  SteadyFeed(const std::string& topic, std::vector<Record> stories, milliseconds duration)
      : thread_([this, topic, duration, stories = std::move(stories)] {
          Feeder feeder;
          const auto start = std::chrono::steady_clock::now();
          for (size_t i = 0; i < stories.size(); ++i) {
            feeder.Send(topic, stories[i]);
            if (i % 64 == 0 && !is_hurried_) {
              std::this_thread::sleep_until(start + duration * i / stories.size());
            }
          }
          feeder.Flush();
        }) {}
  ~SteadyFeed() { Finish(); }
  // Feeds what is left at once, and returns when it is there.
  void Finish() {
    is_hurried_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> is_hurried_ = false;
  std::thread thread_;  // the last member: it uses the others
};

class Restart : public BrokerTest {
 protected:
  static std::vector<Record> Stories(int32_t partitions, int64_t count) {
    std::vector<Record> stories;
    for (int64_t i = 0; i < count; ++i) {
      stories.push_back(NumberedStory(static_cast<int32_t>(i % partitions), i / partitions));
    }
    return stories;
  }

  // Waits until that many different stories are in the published topic, however often each.
  static bool WaitUntilPublished(size_t stories) {
    return WaitUntil(
        [&] {
          std::set<std::string> keys;
          for (const Record& record : ReadTopic(Name("published"))) keys.insert(record.key);
          return keys.size() == stories;
        },
        seconds(30));
  }

  // A worker in small steps, so that whatever ends it ends it in the middle of something.
  static WorkerConfig SmallSteps() {
    WorkerConfig config = Chain("worker", CountingStages());
    config.more = "commit_interval: 200ms\nbatch: {records: 100}\nshutdown_timeout: 10s";
    return config;
  }
};

TEST_F(Restart, LosesNothingAndKeepsOrderWhenKilled) {
  constexpr int32_t kPartitions = 4;
  constexpr int64_t kStories = 20'000;
  const char* given = std::getenv("COPYDESK_TEST_SEED");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device()();
  fmt::print("COPYDESK_TEST_SEED={}\n", seed);
  std::mt19937 random(seed);

  WorkerConfig config = SmallSteps();
  config.more += "\nguarantee: at_least_once";
  // A killed worker's partitions are free when its session ends.
  config.kafka["session.timeout.ms"] = "1500";
  CreateTopicsOf(config, kPartitions);
  SteadyFeed feed(Name("raw"), Stories(kPartitions, kStories), seconds(20));
  int kills_at_work = 0;
  for (int kill = 0; kill < 3; ++kill) {
    WorkerProcess worker(config);
    ASSERT_TRUE(worker.WaitUntilReady());
    ASSERT_TRUE(worker.WaitUntilEnded(1));
    SleepMs(std::uniform_int_distribution<>(0, 1200)(random));
    kills_at_work += worker.books().ended() < kStories;
    worker.process().Signal(SIGKILL);
    EXPECT_EQ(128 + SIGKILL, worker.process().Wait(seconds(5)));
  }
  EXPECT_EQ(3, kills_at_work);
  feed.Finish();

  WorkerProcess last(config);
  ASSERT_TRUE(WaitUntilPublished(kStories));
  // Offsets are committed for all of it: another worker finds nothing to do.
  ASSERT_EQ(0, last.Stop());
  WorkerProcess idle(config);
  ASSERT_TRUE(idle.WaitUntilReady());
  SleepMs(1000);
  EXPECT_EQ(0, idle.books().consumed);
  EXPECT_EQ(0, idle.Stop());

  const Numbering numbering = CheckNumbering(Name("published"), kPartitions);
  for (const int64_t next : numbering.next) EXPECT_EQ(kStories / kPartitions, next);
  EXPECT_TRUE(ReadTopic(Name("deadletter")).empty());
  // What was sent again is known as itself, not taken for a repeat.
  EXPECT_TRUE(ReadTopic(Name("duplicates")).empty());
  fmt::print("{} stories, 3 kills, {} sent again\n", kStories, numbering.again);
}

TEST_F(Restart, GoesOnWithoutGapOrDoubleAfterSigterm) {
  constexpr int64_t kPart = 6'000;
  const WorkerConfig config = SmallSteps();
  CreateTopicsOf(config, 1);
  const std::vector<Record> stories = Stories(1, 2 * kPart);
  int64_t ended = 0;
  for (const int64_t fed : {kPart, 2 * kPart}) {
    WorkerProcess worker(config);
    ASSERT_TRUE(worker.WaitUntilReady());
    // Beside the worker, however long that took to start, and for longer than any machine needs to
    // stop it.
    SteadyFeed feed(Name("raw"), {stories.begin() + fed - kPart, stories.begin() + fed},
                    seconds(20));
    ASSERT_TRUE(worker.WaitUntilEnded(1'000));
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(0, worker.Stop());
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(10));
    const Books books = worker.LastBooks();
    EXPECT_EQ(books.consumed, books.ended()) << worker.process().err();
    ended += books.ended();
    ASSERT_LT(ended, fed) << "it was not in mid-stream";
    EXPECT_EQ(ended, CommittedOffset(config.name, Name("raw")));
    EXPECT_EQ(static_cast<size_t>(ended), ReadTopic(Name("published")).size());
  }

  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilEnded(2 * kPart - ended));
  EXPECT_EQ(0, worker.Stop());
  const Numbering numbering = CheckNumbering(Name("published"), 1);
  EXPECT_EQ(2 * kPart, numbering.next[0]);
  EXPECT_EQ(0, numbering.again);
}

TEST_F(Restart, StopsAtOnceWhenToldWhileItStarts) {
  const WorkerConfig config = SmallSteps();
  CreateTopicsOf(config, 1);
  for (const int after_ms : {30, 100, 300}) {
    WorkerProcess worker(config);
    SleepMs(after_ms);
    worker.process().Signal(SIGTERM);
    const std::optional<int> status = worker.process().Wait(seconds(8));
    // Before it listens to signals, the system's own answer to SIGTERM is as good.
    EXPECT_TRUE(status == 0 || status == 128 + SIGTERM)
        << after_ms << " ms: " << status.value_or(-1) << "\n"
        << worker.process().err();
  }
}

// What comes while no worker runs is not skipped, even if nothing came while the first one ran.
TEST_F(Restart, BeginsAtTheEndOnceAndNotAgain) {
  constexpr int64_t kPart = 10;
  WorkerConfig config = SmallSteps();
  config.lost = "latest";
  CreateTopicsOf(config, 1);
  const std::vector<Record> stories = Stories(1, 2 * kPart);
  Feeder feeder;
  for (int64_t i = 0; i < kPart; ++i) feeder.Send(Name("raw"), stories[static_cast<size_t>(i)]);
  feeder.Flush();
  {
    WorkerProcess worker(config);
    EXPECT_TRUE(
        WaitUntil([&] { return CommittedOffset(config.name, Name("raw")) == kPart; }, seconds(20)))
        << worker.process().err();
    EXPECT_EQ(0, worker.Stop());
    EXPECT_EQ(0, worker.LastBooks().consumed);
    EXPECT_NE(std::string::npos,
              worker.process().err().find("[0] has no committed offset, and `lost: latest`"))
        << worker.process().err();
  }
  for (int64_t i = kPart; i < 2 * kPart; ++i) {
    feeder.Send(Name("raw"), stories[static_cast<size_t>(i)]);
  }
  feeder.Flush();
  WorkerProcess worker(config);
  EXPECT_TRUE(worker.WaitUntilEnded(kPart, seconds(20)));
  EXPECT_EQ(0, worker.Stop());
  EXPECT_EQ(kPart, worker.LastBooks().published);
}

// One that closed its consumer before it had left would be waited for as long as a session lasts.
TEST_F(Restart, LeavesTheGroupBeforeItEnds) {
  WorkerConfig config = SmallSteps();
  config.kafka["session.timeout.ms"] = "120000";
  CreateTopicsOf(config, 4);
  for (int start = 0; start < 12; ++start) {
    WorkerProcess worker(config);
    ASSERT_TRUE(
        WaitUntil([&] { return worker.Metric("copydesk_assigned_partitions") == 4; }, seconds(60)))
        << "start " << start << '\n'
        << worker.process().err();
    EXPECT_EQ(0, worker.Stop());
  }
}

TEST_F(Restart, SharesPartitionsWithAWorkerThatJoinsAndLeaves) {
  constexpr int32_t kPartitions = 4;
  constexpr int64_t kStories = 20'000;
  const WorkerConfig config = SmallSteps();
  CreateTopicsOf(config, kPartitions);
  const auto assigned = [](WorkerProcess& worker) {
    return static_cast<int>(worker.Metric("copydesk_assigned_partitions"));
  };

  WorkerProcess first(config);
  ASSERT_TRUE(WaitUntil([&] { return assigned(first) == kPartitions; }, seconds(20)));
  SteadyFeed feed(Name("raw"), Stories(kPartitions, kStories), seconds(30));
  ASSERT_TRUE(first.WaitUntilEnded(1'000));
  Books seconds_books;
  {
    WorkerProcess second(config);
    ASSERT_TRUE(
        WaitUntil([&] { return assigned(first) == 2 && assigned(second) == 2; }, seconds(20)))
        << assigned(first) << " and " << assigned(second);
    ASSERT_TRUE(second.WaitUntilEnded(1'000));
    EXPECT_EQ(0, second.Stop());
    seconds_books = second.LastBooks();
    EXPECT_EQ(seconds_books.consumed, seconds_books.ended());
    EXPECT_LT(seconds_books.consumed, kStories / 2) << "it did not leave under load";
  }
  ASSERT_TRUE(WaitUntil([&] { return assigned(first) == kPartitions; }, seconds(20)));
  feed.Finish();
  ASSERT_TRUE(WaitUntilPublished(kStories));
  EXPECT_EQ(0, first.Stop());

  const Books books = first.LastBooks();
  EXPECT_EQ(books.consumed, books.ended());
  const Numbering numbering = CheckNumbering(Name("published"), kPartitions);
  for (const int64_t next : numbering.next) EXPECT_EQ(kStories / kPartitions, next);
  // What a rebalance made undo is in no books, and no reader of committed records saw it.
  EXPECT_EQ(0, numbering.again);
  EXPECT_EQ(kStories, books.ended() + seconds_books.ended());
}

TEST_F(Restart, MovesNoPartitionsForAStaticMemberThatComesBack) {
  constexpr int64_t kStories = 2'000;
  WorkerConfig config = SmallSteps();
  config.more += "\nstatic_membership: true";
  const auto named = [&](std::string_view name) {
    WorkerConfig member = config;
    member.more += fmt::format("\nworker: {}", name);
    return member;
  };
  CreateTopicsOf(config, 4);
  const auto assigned = [](WorkerProcess& worker) {
    return static_cast<int>(worker.Metric("copydesk_assigned_partitions"));
  };
  WorkerProcess stays(named("stays"));
  auto comes = std::make_unique<WorkerProcess>(named("comes"));
  ASSERT_TRUE(WaitUntil([&] { return assigned(stays) == 2 && assigned(*comes) == 2; }, seconds(20)))
      << assigned(stays) << " and " << assigned(*comes);
  // Lines of the log about partitions that were given or taken, one line each. The metric that says
  // so is set a moment before.
  const auto lines = [](WorkerProcess& worker, std::string_view what) {
    const std::vector<std::string> log = absl::StrSplit(worker.process().err(), '\n');
    return std::count_if(log.begin(), log.end(),
                         [&](const std::string& line) { return line.find(what) != line.npos; });
  };
  const auto moves = [&](WorkerProcess& worker) {
    return lines(worker, " info assigned ") + lines(worker, " info revoked ");
  };
  ASSERT_TRUE(WaitUntil(
      [&] { return lines(stays, " info assigned ") - lines(stays, " info revoked ") == 2; },
      seconds(20)))
      << stays.process().err();
  const auto moves_of_stays = moves(stays);
  EXPECT_EQ(0, comes->Stop());
  comes = std::make_unique<WorkerProcess>(named("comes"));
  ASSERT_TRUE(WaitUntil([&] { return assigned(*comes) == 2; }, seconds(20)));
  SteadyFeed feed(Name("raw"), Stories(4, kStories), seconds(1));
  ASSERT_TRUE(WaitUntilPublished(kStories));
  EXPECT_EQ(2, assigned(stays));
  EXPECT_EQ(moves_of_stays, moves(stays)) << stays.process().err();
  EXPECT_EQ(0, stays.Stop());
  EXPECT_EQ(0, comes->Stop());
}

}  // namespace
}  // namespace copydesk
