// The chain cut at a stage boundary: two workers that meet on a topic send what one sends, byte for
// byte and in the same order.
//
// Both read the same input. What may differ, because it names where a record stood, and in the
// second worker that is the topic between them: `topic` and `offset` of a lead when deduplicate
// runs there (here only the topic does: nothing is set aside before the last good record), and what
// deduplicate holds there, which is the record it read: the normalized one.
#include <fmt/format.h>

#include "absl/strings/str_replace.h"
#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

// What an output topic holds, but for partitions, offsets and times.
std::vector<std::string> Content(const std::string& topic, const std::string& between,
                                 const std::string& raw) {
  std::vector<std::string> content;
  for (const Record& record : ReadTopic(topic)) {
    std::string text = fmt::format("{}|{}|", record.has_key, record.key);
    for (const Header& header : record.headers) {
      text += fmt::format("{}={}|", header.name, header.value);
    }
    content.push_back(text + absl::StrReplaceAll(record.value, {{between, raw}}));
  }
  return content;
}

class CutChain : public BrokerTest {
 protected:
  // Runs the chain in two workers, the first with `cut` stages, and compares.
  void CompareCutAfter(size_t cut, const WorkerConfig& fused, int64_t records) {
    const std::string variant = fmt::format("cut{}.", cut);
    const std::string between = Name(variant + "between");
    const std::vector<std::string> stages = NewswireStages();
    const auto boundary = stages.begin() + static_cast<std::ptrdiff_t>(cut);
    WorkerConfig first = Chain(variant + "first", {stages.begin(), boundary}, variant);
    WorkerConfig second = Chain(variant + "second", {boundary, stages.end()}, variant);
    second.topics = {between};
    CreateTopicsOf(Chain("all", stages, variant), 0);
    CreateTopics({{between}});
    first.outputs["published"] = between;

    WorkerProcess one(first), two(second);
    ASSERT_TRUE(one.WaitUntilReady() && two.WaitUntilReady());
    ASSERT_TRUE(one.WaitUntilEnded(records));
    ASSERT_TRUE(two.WaitUntilEnded(one.books().published));
    EXPECT_EQ(one.books().consumed, one.books().ended());
    EXPECT_EQ(one.books().published, two.books().consumed);
    EXPECT_EQ(0, one.Stop());
    EXPECT_EQ(0, two.Stop());

    for (const auto& [output, topic] : fused.outputs) {
      SCOPED_TRACE(output);
      const auto expected = Content(topic, between, Name("raw"));
      const auto found = Content(Name(variant + output), between, Name("raw"));
      EXPECT_EQ(expected.size(), found.size());
      if (output == "held" && cut == 1) continue;
      for (size_t i = 0; i < std::min(expected.size(), found.size()); ++i) {
        ASSERT_EQ(expected[i], found[i]) << "record " << i;
      }
    }
  }
};

TEST_F(CutChain, SendsTheSameFromTwoWorkersAsFromOne) {
  const WorkerConfig fused = Chain("fused", NewswireStages());
  CreateTopicsOf(fused, 1);
  WorkerProcess worker(fused);
  const Finished replay =
      RunCopydesk({"replay", "-c", worker.config(), COPYDESK_ROOT "/configs/samples"});
  ASSERT_EQ(0, replay.status) << replay.err;
  const auto records = static_cast<int64_t>(ReadTopic(Name("raw")).size());
  ASSERT_TRUE(worker.WaitUntilEnded(records));
  EXPECT_EQ(0, worker.Stop());

  for (size_t cut = 1; cut < fused.stages.size(); ++cut) {
    SCOPED_TRACE("cut after " + fused.stages[cut - 1]);
    CompareCutAfter(cut, fused, records);
  }
}

}  // namespace
}  // namespace copydesk
