#include "pipeline/cli/story_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <atomic>
#include <thread>

#include "stages/story_payload.h"

namespace copydesk {
namespace {

// A decoded item with one mention in its headline.
std::unique_ptr<Item> MakeItem(const std::string& headline, int64_t offset = 0) {
  auto payload = std::make_unique<StoryPayload>();
  Story& story = payload->story;
  story.uri = "urn:\"1\"";
  TextField& field = story.AddField();
  field.name = "headline";
  field.is_headline = true;
  field.value = headline;
  Mention& mention = story.mentions.emplace_back();
  mention.id = "Q1";
  mention.type = "place";
  mention.name = "Oslo";
  mention.surface = headline.substr(0, 4);
  mention.bytes = {0, 4};
  auto item = std::make_unique<Item>();
  item->record.topic = "raw";
  item->record.partition = 0;
  item->record.offset = offset;
  item->payload = std::move(payload);
  return item;
}

class StoryWatchTest : public testing::Test {
 protected:
  rapidjson::Document Ask(std::string_view stage, int64_t after) {
    rapidjson::Document document;
    document.Parse(watch_.Json(stage, after).c_str());
    EXPECT_FALSE(document.HasParseError());
    return document;
  }
  void Send(int n) {
    std::vector<std::unique_ptr<Item>> items;
    std::vector<Item*> pointers;
    for (int i = 0; i < n; ++i) {
      items.push_back(MakeItem("Oslo <b>wins</b>", i));
      pointers.push_back(items.back().get());
    }
    watch_.OnSent(pointers);
    watch_.OnStage("tag", pointers);
  }
  std::atomic<int64_t> now_ms_ = 1'000'000;
  StoryWatch watch_{{"tag"}, [this] { return now_ms_.load(); }};
};

TEST_F(StoryWatchTest, ShowsAStoryWithItsMentions) {
  Send(1);
  const rapidjson::Document document = Ask("", 0);
  ASSERT_EQ(document["stories"].Size(), 1u);
  const rapidjson::Value& story = document["stories"][0];
  EXPECT_STREQ(story["outcome"].GetString(), "published");
  EXPECT_STREQ(story["uri"].GetString(), "urn:\"1\"");
  EXPECT_STREQ(story["headline"][0]["t"].GetString(), "Oslo");
  EXPECT_EQ(story["headline"][0]["m"].GetInt(), 0);
  EXPECT_STREQ(story["headline"][1].GetString(), " <b>wins</b>");
  EXPECT_STREQ(story["entities"][0]["name"].GetString(), "Oslo");
}

TEST_F(StoryWatchTest, ShowsEachStoryOnceToWhoAsksForMore) {
  Send(2);
  EXPECT_EQ(Ask("", 0)["stories"].Size(), 2u);
  EXPECT_EQ(Ask("", 2)["stories"].Size(), 0u);
  Send(1);
  EXPECT_EQ(Ask("", 2)["stories"].Size(), 1u);
  // A number of an earlier worker.
  EXPECT_EQ(Ask("", 700)["stories"].Size(), 3u);
}

TEST_F(StoryWatchTest, TakesASampleOfAFlood) {
  Send(1000);
  const rapidjson::Document document = Ask("", 0);
  const unsigned first = document["stories"].Size();
  EXPECT_EQ(first, static_cast<unsigned>(StoryWatch::kBurst * StoryWatch::kShare));
  // Spread over the slice.
  EXPECT_EQ(document["stories"][first / 2]["offset"].GetInt(), 500);
  for (int i = 0; i < 100; ++i) Send(1000);
  const auto burst = static_cast<int64_t>(StoryWatch::kBurst);
  EXPECT_EQ(Ask("", 0)["last"].GetInt(), burst);
  now_ms_ += 1000;
  for (int i = 0; i < 100; ++i) Send(1000);
  EXPECT_EQ(Ask("", 0)["last"].GetInt(), burst + static_cast<int64_t>(StoryWatch::kPerSecond));
}

TEST_F(StoryWatchTest, SamplesAStageOnlyWhileSomebodyAsks) {
  Send(1);
  EXPECT_EQ(Ask("tag", 0)["stories"].Size(), 0u);
  Send(1);
  EXPECT_EQ(Ask("tag", 0)["stories"].Size(), 1u);
  now_ms_ += StoryWatch::kAskedMs;
  Send(1);
  EXPECT_EQ(Ask("tag", 1)["stories"].Size(), 0u);
  EXPECT_TRUE(Ask("nothing", 0).HasMember("error"));
}

TEST_F(StoryWatchTest, CutsALongStoryAndHidesBytesThatAreNoText) {
  std::unique_ptr<Item> item = MakeItem("Oslo " + std::string(100'000, 'x') + "\xC3\xA6");
  std::string json;
  WriteWatched(*item, "", &json);
  EXPECT_LT(json.size(), 2 * StoryWatch::kBodyBytesMax);

  item->outcome = Outcome::kDeadLetter;
  item->failure = {"invalid-utf8", "found \xFF\xC3 here"};
  json.clear();
  WriteWatched(*item, "tag", &json);
  EXPECT_THAT(json, testing::HasSubstr("found ?? here"));
  EXPECT_THAT(json, testing::HasSubstr("\"error\":{\"stage\":\"tag\""));
}

// For ThreadSanitizer.
TEST_F(StoryWatchTest, IsFedAndAskedAtOnce) {
  std::thread first([this] {
    for (int i = 0; i < 200; ++i, now_ms_ += 10) Send(5);
  });
  std::thread second([this] {
    for (int i = 0; i < 200; ++i, now_ms_ += 10) Send(5);
  });
  for (int i = 0; i < 200; ++i) {
    EXPECT_LE(Ask("", 0)["stories"].Size(), StoryWatch::kKept);
    Ask("tag", i);
  }
  first.join();
  second.join();
}

}  // namespace
}  // namespace copydesk
