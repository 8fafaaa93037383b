// A worker whose dictionary's image is replaced under way, by a good one and by bad ones.
//
// How: an embedded broker, one story again and again; /metrics says which version tags and how many
// mentions there were.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <string>

#include "tests/support/worker.h"

namespace copydesk {
namespace {

constexpr std::chrono::seconds kSoon{20};

class DictionarySwap : public testing::Test {
 protected:
  // Compiles an image of one alias and puts it in place.
  void Compile(std::string_view alias) {
    const std::string source =
        folder_.Write("source.jsonl",
                      fmt::format("{{\"id\":\"Q1\",\"type\":\"place\",\"name\":\"{}\"}}\n", alias));
    const Finished compiled =
        RunCopydesk({"dictionary", "compile", source, "-o", image_, "--name", std::string(alias)});
    ASSERT_EQ(0, compiled.status) << compiled.err;
  }
  void Spoil() {
    const std::string bad = folder_.Write("bad.image", "cpydict\nno more than this");
    std::filesystem::rename(bad, image_);
  }

  // Feeds a story that names Bonn and Berlin twice; waits until it has ended.
  void Feed(WorkerProcess& worker, const std::string& address) {
    ++stories_;
    const std::string story = folder_.Write(
        "story.jsonl", fmt::format("{{\"id\":\"{}\",\"title\":\"Bonn\",\"text\":\"Berlin, "
                                   "Berlin\"}}\n",
                                   stories_));
    const Finished replay = RunCopydesk({"replay", "-c", worker.config(), "-b", address, story});
    ASSERT_EQ(0, replay.status) << replay.err;
    ASSERT_TRUE(worker.WaitUntilEnded(stories_)) << worker.process().err();
  }

  static bool WaitForReload(WorkerProcess& worker, std::string_view result, double count) {
    return WaitUntil(
        [&] {
          return worker.Metric(fmt::format(
                     "copydesk_stage_reloads_total{{result=\"{}\",stage=\"tag\"}}", result)) ==
                     count ||
                 worker.Metric(fmt::format(
                     "copydesk_stage_reloads_total{{stage=\"tag\",result=\"{}\"}}", result)) ==
                     count;
        },
        kSoon);
  }
  static double Mentions(WorkerProcess& worker) {
    return worker.Metric(R"(copydesk_stage_events_total{event="mention",stage="tag"})") +
           worker.Metric(R"(copydesk_stage_events_total{stage="tag",event="mention"})");
  }

  const TempFolder folder_;
  const std::string image_ = folder_.path() + "/d.image";
  int64_t stories_ = 0;
};

TEST_F(DictionarySwap, HappensWithoutAStopAndRefusesABadImage) {
  Compile("Bonn");
  WorkerConfig config;
  config.name = "swap";
  config.brokers = "127.0.0.1:1";  // nobody there: the embedded one takes its place
  config.topics = {"raw"};
  config.stages = {"normalize: {}", fmt::format("tag: {{dictionary: {}}}", image_)};
  config.outputs = {{"published", "published"}, {"deadletter", "deadletter"}};
  WorkerProcess worker(config, {"--embedded"});
  constexpr std::string_view kAddress = "bootstrap.servers=";
  ASSERT_TRUE(
      WaitUntil([&] { return worker.process().out().ends_with('\n'); }, std::chrono::seconds(10)))
      << worker.process().err();
  std::string address = worker.process().out().substr(kAddress.size());
  address.pop_back();
  ASSERT_TRUE(worker.WaitUntilReady()) << worker.process().err();

  Feed(worker, address);
  EXPECT_EQ(Mentions(worker), 1);
  Compile("Berlin");
  ASSERT_TRUE(WaitForReload(worker, "swapped", 1)) << worker.process().err();
  Feed(worker, address);
  EXPECT_EQ(Mentions(worker), 3);

  Spoil();
  ASSERT_TRUE(WaitForReload(worker, "refused", 1)) << worker.process().err();
  Feed(worker, address);
  EXPECT_EQ(Mentions(worker), 5);

  // Asked for, it is tried and refused again.
  worker.process().Signal(SIGHUP);
  ASSERT_TRUE(WaitForReload(worker, "refused", 2)) << worker.process().err();
  Compile("Bonn");
  ASSERT_TRUE(WaitForReload(worker, "swapped", 2)) << worker.process().err();
  EXPECT_EQ(0, worker.Stop());
  EXPECT_NE(worker.process().err().find("Berlin."), std::string::npos) << worker.process().err();
}

}  // namespace
}  // namespace copydesk
