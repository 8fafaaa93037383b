// The embedded broker, worker and feeder in two processes: nothing to install, nothing lost.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/worker.h"

namespace copydesk {
namespace {

// More than twice what the broker keeps of a partition (about 5 MB): a feeder that does not wait
// for its reader loses records here.
TEST(EmbeddedBroker, LosesNothingOfAFeedLargerThanWhatItKeeps) {
  constexpr int64_t kStories = 6'000;
  std::string lines;
  for (int64_t i = 0; i < kStories; ++i) {
    const std::string body(2'000, static_cast<char>('a' + i % 26));
    lines += fmt::format("{{\"id\":\"{}\",\"title\":\"Story {}\",\"text\":\"Number {}: {}\"}}\n", i,
                         i, i, body);
  }
  const TempFolder folder;
  const std::string file = folder.Write("stories.jsonl", lines);

  WorkerConfig config;
  config.name = "embedded";
  config.brokers = "127.0.0.1:1";  // nobody there: the embedded one takes its place
  config.topics = {"raw"};
  config.stages = CountingStages();
  for (const char* output : {"published", "duplicates", "recalls", "held", "deadletter"}) {
    config.outputs[output] = output;
  }
  WorkerProcess worker(config, {"--embedded"});
  constexpr std::string_view kAddress = "bootstrap.servers=";
  ASSERT_TRUE(
      WaitUntil([&] { return worker.process().out().ends_with('\n'); }, std::chrono::seconds(10)))
      << worker.process().err();
  std::string address = worker.process().out().substr(kAddress.size());
  address.pop_back();

  const Finished replay = RunCopydesk({"replay", "-c", worker.config(), "-b", address, file},
                                      std::chrono::seconds(120));
  ASSERT_EQ(0, replay.status) << replay.err << worker.process().err();
  EXPECT_TRUE(replay.out.starts_with(fmt::format("{} records, ", kStories))) << replay.out;
  ASSERT_GT(lines.size(), 12'000'000u);
  ASSERT_TRUE(worker.WaitUntilEnded(kStories));
  const Books books = worker.books();
  EXPECT_EQ(kStories, books.consumed);
  EXPECT_EQ(kStories, books.published);
  EXPECT_EQ(0, worker.Stop());
}

}  // namespace
}  // namespace copydesk
