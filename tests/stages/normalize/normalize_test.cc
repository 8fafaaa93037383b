#include "stages/normalize/normalize.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "stages/story_payload.h"

namespace copydesk {
namespace {

class CountingContext : public StageContext {
 public:
  void Emit(std::string_view, Record) override { ADD_FAILURE() << "normalize emits nothing"; }
  void Count(std::string_view event, uint64_t n) override { counts[std::string(event)] += n; }
  std::map<std::string, uint64_t> counts;
};

std::unique_ptr<StageFactory> MakeFactory() {
  const auto config =
      ConfigNode::FromText("boilerplate: boilerplate.yaml", "test.yaml", COPYDESK_ROOT "/configs");
  auto factory = MakeNormalize(*config);
  EXPECT_TRUE(factory.ok()) << factory.status();
  return *std::move(factory);
}

Item MakeItem(std::string headline, std::string body, bool is_markup = false) {
  Item item;
  auto payload = std::make_unique<StoryPayload>();
  payload->story.fields.resize(2);
  payload->story.fields[0].is_headline = true;
  payload->story.fields[0].value = std::move(headline);
  payload->story.fields[1].is_markup = is_markup;
  payload->story.fields[1].value = std::move(body);
  item.payload = std::move(payload);
  return item;
}

ContentHash HashOf(Item item) {
  static const auto factory = MakeFactory();
  CountingContext context;
  Item* const pointer = &item;
  factory->Make()->Process({&pointer, 1}, context);
  EXPECT_TRUE(StoryOf(item).is_normalized);
  return StoryOf(item).content_hash;
}

constexpr const char* kBody =
    "LISBON, Nov 2 (MNA) - The port said it’s open.\n\n“Good,” said Ana.\n\n"
    "(Reporting by Ana Example; Editing by Jo Sample)";

TEST(Normalize, HashesTheSameContentTheSame) {
  struct Case {
    const char* name;
    const char* headline;
    const char* body;
    bool is_markup;
  };
  const Case cases[] = {
      {"as it stands", "Port opens", kBody, false},
      {"repeat, no dateline, no sign-off", "REPEAT-Port opens",
       "The port said it’s open. “Good,” said Ana.", false},
      {"another dateline and sign-off", "UPDATE 1-Port opens",
       "LISBON (AP) — The port said it's open.\n\n\"Good,\" said Ana. (AP)", false},
      {"the headline said again, a cross-link in the middle", "Port opens",
       "Port opens\n\nThe port said it’s open.\nAlso Read: Ships\n“Good,” said Ana.", false},
      {"mark-up", "Port <b>opens</b>",
       "<p>The port said it&rsquo;s open.</p>\n<p>&#8220;Good,&#8221; said <i>Ana</i>.</p>", true},
      {"wrapped", " Port opens ", "The port said\r\nit’s open.\r\n\r\n“Good,”\tsaid Ana.\r\n",
       false},
  };
  const ContentHash expected = HashOf(MakeItem("Port opens", kBody));
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Item item = MakeItem(c.headline, c.body, c.is_markup);
    StoryOf(item).fields[0].is_markup = c.is_markup;
    EXPECT_EQ(HashOf(std::move(item)), expected);
  }
}

TEST(Normalize, HashesOtherContentOtherwise) {
  const ContentHash expected = HashOf(MakeItem("Port opens", kBody));
  EXPECT_NE(HashOf(MakeItem("Port opens", "The port said it’s shut. “Good,” said Ana.")), expected);
  EXPECT_NE(HashOf(MakeItem("Port closes", kBody)), expected);
  EXPECT_NE(HashOf(MakeItem("Port opens The port", "said it’s open. “Good,” said Ana.")), expected);
  EXPECT_NE(HashOf(MakeItem("Port opens (1 of 2)", kBody)),
            HashOf(MakeItem("Port opens (2 of 2)", kBody)));
}

TEST(Normalize, GivesAStoryThatIsAllBoilerplateNoHash) {
  EXPECT_EQ(HashOf(MakeItem("", "Also Read: Something else")), ContentHash{});
  EXPECT_NE(HashOf(MakeItem("A headline", "")), ContentHash{});
}

TEST(Normalize, FillsTheStoryAndCounts) {
  const auto factory = MakeFactory();
  Item item = MakeItem("CORRECTED-UPDATE 2-Port opens", kBody);
  StoryOf(item).version_time_ms = 1'793'599'200'000;
  CountingContext context;
  Item* const pointer = &item;
  factory->Make()->Process({&pointer, 1}, context);
  EXPECT_EQ(StoryOf(item).notice, Notice::kCorrection);
  EXPECT_EQ(StoryOf(item).notice_number, 2);
  EXPECT_EQ(StoryOf(item).not_story.size(), 2u);
  EXPECT_EQ(item.story_time_ms, 1'793'599'200'000);
  EXPECT_EQ(context.counts["boilerplate"], 2u);
  EXPECT_EQ(context.counts["correction"], 1u);
}

TEST(Normalize, KeepsWhatAnEarlierWorkerFound) {
  const auto factory = MakeFactory();
  Item item = MakeItem("KILL-Port opens", kBody);
  StoryOf(item).is_normalized = true;
  StoryOf(item).content_hash = {1, 2};
  CountingContext context;
  Item* const pointer = &item;
  factory->Make()->Process({&pointer, 1}, context);
  EXPECT_EQ(StoryOf(item).content_hash, (ContentHash{1, 2}));
  EXPECT_EQ(StoryOf(item).notice, Notice::kNone);
  EXPECT_TRUE(StoryOf(item).not_story.empty());
  EXPECT_EQ(StoryOf(item).fields[0].reading.text(), "KILL-Port opens") << "the readings are made";
}

TEST(Normalize, RefusesAnUnknownKeyAndAMissingFile) {
  const auto unknown = ConfigNode::FromText("boilerplat: x.yaml", "test.yaml");
  EXPECT_FALSE(MakeNormalize(*unknown).ok());
  const auto missing = ConfigNode::FromText("boilerplate: nowhere.yaml", "test.yaml");
  EXPECT_FALSE(MakeNormalize(*missing).ok());
  const auto nothing = ConfigNode::FromText("{}", "test.yaml");
  EXPECT_TRUE(MakeNormalize(*nothing).ok());
}

}  // namespace
}  // namespace copydesk
