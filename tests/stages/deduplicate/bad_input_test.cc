// What nobody files in good faith is decided or a dead letter with its reason; its cost is bounded.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/similarity/sketch_index.h"
#include "tests/stages/deduplicate/desk.h"
#include "tests/support/fakes.h"

namespace copydesk {
namespace {

using testing::Desk;

std::string Times(size_t times, std::string_view text) {
  std::string all;
  all.reserve(times * text.size());
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

// Words that no other name has.
std::string Words(std::string_view name, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += fmt::format("{}q{}x ", name, i);
  return text;
}

struct BadRecord {
  std::string_view name;
  std::string value;
  std::string_view topic;        // where it comes out
  std::string_view reason = "";  // of a dead letter
};

// How: each record goes through the chain by itself and then, where it is taken, once more, which
// must be seen as a repeat; behind them a good story comes out as ever.
TEST(BadInput, IsDecidedOrADeadLetterWithItsReason) {
  const std::string big = Times(1'100'000, "alarm bell ");  // 12 MB
  const std::string uri = "urn:" + Times(64 << 10, "u");
  const BadRecord records[] = {
      {"nothing", "", "dead", "empty"},
      {"an empty object", "{}", "dead", "no-text"},
      {"empty texts", R"({"uri":"a","headline":"","body_text":""})", "dead", "no-text"},
      {"mark-up around nothing", R"({"uri":"b","body_xhtml":"<p> </p><br/>"})", "dead", "no-text"},
      {"12 MB over the limit", R"({"uri":"c","body_text":")" + big + "\"}", "dead", "too-large"},
      {"one word a million times",
       R"({"uri":"d","body_text":")" + Times(1'000'000, "alarm ") + "\"}", "out"},
      {"a uri of 64 KB", R"({"uri":")" + uri + R"(","headline":"Long name","body_text":"x"})",
       "out"},
      {"a version that is no number",
       R"({"uri":"e","version":"final, \u0000 really","headline":"H1","body_text":"x y"})", "out"},
      {"a version of 64 KB",
       R"({"uri":"f","version":")" + Times(64 << 10, "9") + R"(","headline":"H2"})", "out"},
      {"a clock a century ahead",
       R"({"uri":"g","versioncreated":"2126-11-02T08:00:00Z","headline":"Ahead"})", "out"},
      {"a clock a century behind",
       R"({"uri":"h","versioncreated":"1926-11-02T08:00:00Z","headline":"Behind"})", "out"},
      {"a clock that is none", R"({"uri":"i","versioncreated":"soon","headline":"Clock"})", "out"},
  };
  for (const BadRecord& bad : records) {
    SCOPED_TRACE(bad.name);
    constexpr std::string_view kConfig = R"(
name: bad
source: {files: [-]}
stages: [normalize, deduplicate, publish]
outputs: {published: out, duplicates: again, held: held, recalls: recalls, deadletter: dead}
)";
    const std::string good = R"({"uri":"good","headline":"Port opens","body_text":"All is well."})";
    const absl::StatusOr<FakeOutput> output =
        RunChain(std::string(kConfig), {MakeRecord(0, good), MakeRecord(1, bad.value),
                                        MakeRecord(2, bad.value), MakeRecord(3, good)});
    ASSERT_TRUE(output.ok()) << output.status();
    ASSERT_EQ(output->sent.size(), 4u);
    EXPECT_EQ(output->sent[0].topic, "out");
    EXPECT_EQ(output->sent[1].topic, bad.topic);
    EXPECT_EQ(output->sent[2].topic, bad.topic == "dead" ? "dead" : "again");
    EXPECT_EQ(output->sent[3].topic, "again");  // the window forgot nothing
    if (bad.reason.empty()) continue;
    EXPECT_EQ(FakeOutput::HeaderOf(output->sent[1].record, "__copydesk.errors.code"), bad.reason);
    EXPECT_NE(FakeOutput::HeaderOf(output->sent[1].record, "__copydesk.errors.message"), "(none)");
  }
}

TEST(BadInput, OfAnEnormousStoryAsMuchIsKeptAsOfALongOne) {
  Desk desk;
  const std::string words = Words("w", 1'000'000);  // 10 MB
  desk.Decide("All of it", words);
  EXPECT_LT(desk.context.sizes["bytes"], 4096u);
  const Relation again = desk.Decide("All of it, once more", words + "and a bit");
  EXPECT_EQ(again.kind, RelationKind::kNearDuplicate);
  EXPECT_EQ(Desk::LeadOf(again), 0);
}

// The shingles of one text are spread over stories that share nothing else, too few of them for it
// to be common, so that a story with all of them shares something with everything.
TEST(BadInput, AStoryThatSharesAShingleWithEverythingCostsNoMoreAndIsCounted) {
  Desk desk("{window: 72h, memory: 16MB}");
  constexpr size_t kShared = 100;
  std::vector<std::string> shared;
  for (size_t i = 0; i < kShared; ++i) shared.push_back(Words(fmt::format("s{}", i), 4));
  for (size_t i = 0; i < 3 * kShared; ++i) {
    desk.Decide(
        "", shared[i % kShared] + Words(fmt::format("o{}", i), 2) + shared[(i * 7 + 3) % kShared]);
  }
  std::string all;
  for (const std::string& one : shared) all += one;
  std::vector<uint64_t> reads;
  for (int i = 0; i < 200; ++i) {
    const uint64_t before = desk.context.counts["posting-read"];
    desk.Decide("", all + Words(fmt::format("a{}", i), 100));
    reads.push_back(desk.context.counts["posting-read"] - before);
    ASSERT_LE(reads.back(), Sketch::kShinglesMax * SketchIndex::kStepsMax);
  }
  EXPECT_GT(*std::max_element(reads.begin(), reads.end()), 500u);
  EXPECT_GE(desk.context.counts["crowded"], 1u);
  // And an honest story is still found.
  const std::string honest = Words("honest", 80);
  desk.Decide("", honest);
  EXPECT_EQ(desk.Decide("", honest + "more").kind, RelationKind::kNearDuplicate);
}

TEST(BadInput, AFloodOfOneUriStaysWithinItsMemory) {
  Desk desk("{window: 8760h, memory: 1MB}");
  const std::string uri = Times(64 << 10, "u");
  for (int i = 0; i < 3000; ++i) {
    Story story;
    story.uri = uri;
    story.version = fmt::format("draft {}", i);
    story.AddField().value = Words(fmt::format("f{}", i), 10);
    const RelationKind kind = desk.Decide(std::move(story)).kind;
    ASSERT_EQ(kind, i == 0 ? RelationKind::kOriginal : RelationKind::kRevision);
    ASSERT_LE(desk.context.sizes["bytes"], size_t{1} << 20);
  }
  EXPECT_GT(desk.context.counts["evicted"], 1000u);
}

}  // namespace
}  // namespace copydesk
