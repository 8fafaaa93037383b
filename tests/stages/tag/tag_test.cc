#include "stages/tag/tag.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "stages/story_payload.h"

namespace copydesk {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class CountingContext : public StageContext {
 public:
  void Emit(std::string_view, Record) override { FAIL() << "tag emits nothing"; }
  void Count(std::string_view event, uint64_t n) override { counts_[event] += n; }
  uint64_t count(std::string_view event) { return counts_[event]; }

 private:
  std::map<std::string_view, uint64_t> counts_;
};

class TagStage : public testing::Test {
 protected:
  // A folder a test: they run at the same time.
  TagStage()
      : folder_(std::filesystem::path(testing::TempDir()) /
                (std::string("tag_test-") +
                 testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "d.jsonl")
        << R"({"id":"Q567","type":"person","name":"Angela Merkel","patterns":["Frau M[a-z]+"]})"
        << "\n"
        << R"({"id":"ge1","type":"place","name":"Georgia","priority":10})"
        << "\n"
        << R"({"id":"ge2","type":"place","name":"Georgia"})"
        << "\n"
        << R"({"id":"apple","type":"organisation","name":"Apple","rules":{"not_near":["cider"]},)"
        << R"("priority":200})"
        << "\n"
        << R"({"id":"apple-tree","type":"object","name":"Apple"})"
        << "\n"
        << R"({"id":"bath","type":"place","name":"Bath","rules":{"not_in":["Bath Times"],"count":2}})"
        << "\n";
  }
  ~TagStage() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<std::unique_ptr<StageFactory>> Make(std::string_view yaml) {
    const auto node = ConfigNode::FromText(yaml, "test.yaml", folder_);
    if (!node.ok()) return node.status();
    return MakeTag(*node);
  }

  // Tags one story of one field.
  void Tag(std::string value, bool is_markup, std::vector<NotStory> not_story = {},
           const std::string& more = "") {
    const auto factory = Make("dictionary: '*.jsonl'" + more);
    ASSERT_TRUE(factory.ok()) << factory.status();
    item_.payload = std::make_unique<StoryPayload>();
    TextField& field = story().fields.emplace_back();
    field.name = "body_text";
    field.value = std::move(value);
    field.is_markup = is_markup;
    story().not_story = std::move(not_story);
    Item* const items[] = {&item_};
    (*factory)->Make()->Process(items, context_);
  }
  Story& story() { return StoryOf(item_); }

  const std::filesystem::path folder_;
  Item item_;
  CountingContext context_;
};

TEST_F(TagStage, GivesOffsetsInThreeUnits) {
  Tag("\U0001F600 Angela\u00A0Merkel", false);
  ASSERT_EQ(story().mentions.size(), 1u);
  const Mention& mention = story().mentions[0];
  EXPECT_EQ(mention.id, "Q567");
  EXPECT_EQ(mention.type, "person");
  EXPECT_EQ(mention.name, "Angela Merkel");
  EXPECT_EQ(mention.surface, "Angela\u00A0Merkel");
  EXPECT_EQ(mention.bytes, (Span{5, 19}));
  EXPECT_EQ(mention.code_points, (Span{2, 15}));
  EXPECT_EQ(mention.utf16, (Span{3, 16}));
  EXPECT_EQ(mention.by, "alias");
  EXPECT_THAT(story().dictionary_version, StartsWith("d."));
  EXPECT_EQ(context_.count("mention"), 1u);
}

TEST_F(TagStage, OffsetsAreThoseOfTheMarkup) {
  Tag("<p>Frau <b>Merkel</b> &amp; Angela&nbsp;Merkel</p>", true);
  ASSERT_EQ(story().mentions.size(), 2u);
  EXPECT_EQ(story().mentions[0].surface, "Frau <b>Merkel");
  EXPECT_EQ(story().mentions[0].by, "pattern");
  EXPECT_EQ(story().mentions[1].surface, "Angela&nbsp;Merkel");
}

TEST_F(TagStage, ANameInTwoLinesIsOneName) {
  const std::string rules = COPYDESK_ROOT "/configs/dictionaries/names.yaml";
  Tag("It is what they have told all of them and Mr Robert\nZyxgh, and Zyxgh wept.", false, {},
      "\nrules: " + rules);
  ASSERT_EQ(story().mentions.size(), 2u);
  EXPECT_EQ(story().mentions[0].surface, "Robert\nZyxgh");
  EXPECT_EQ(story().mentions[0].name, "Robert Zyxgh");
  EXPECT_EQ(story().mentions[1].name, "Robert Zyxgh");
}

TEST_F(TagStage, LeavesOutWhatIsNotStory) {
  Tag("Angela Merkel. Also Read: Angela Merkel", false, {{0, {15, 39}, "cross-link"}});
  ASSERT_EQ(story().mentions.size(), 1u);
  EXPECT_EQ(story().mentions[0].bytes.begin, 0u);
}

TEST_F(TagStage, NamesTheEntityOfHighestPriority) {
  Tag("Georgia", false);
  ASSERT_EQ(story().mentions.size(), 1u);
  EXPECT_EQ(story().mentions[0].id, "ge2");
}

TEST_F(TagStage, ARuleOfAnEntityLeavesTheNameToTheNext) {
  Tag("Cider of Apple", false);
  ASSERT_EQ(story().mentions.size(), 1u);
  EXPECT_EQ(story().mentions[0].id, "apple-tree");
}

TEST_F(TagStage, CountsOnlyWhatItsOtherRulesLetPass) {
  Tag("Bath, says the Bath Times, is Bath; Angela Merkel", false);
  ASSERT_EQ(story().mentions.size(), 3u);
  EXPECT_EQ(story().mentions[1].bytes.begin, 30u);
  Tag("Bath, says the Bath Times; Angela Merkel", false);
  ASSERT_EQ(story().mentions.size(), 1u);
  EXPECT_EQ(story().mentions[0].id, "Q567");
}

TEST_F(TagStage, RefusesAConfigurationWithoutDictionary) {
  EXPECT_THAT(Make("{}").status().message(), HasSubstr("dictionary"));
  EXPECT_THAT(Make("dictionary: none.jsonl").status().message(), HasSubstr("none.jsonl"));
  EXPECT_THAT(Make("dictionry: d.jsonl").status().message(), HasSubstr("dictionary"));
}

}  // namespace
}  // namespace copydesk
