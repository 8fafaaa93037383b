#include "stages/dictionary/entity_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stages/dictionary/compile.h"
#include "tests/stages/dictionary/compiled.h"

namespace copydesk {
namespace {

using ::testing::HasSubstr;

// Which rule refuses "Apple" of `text`.
struct RuleCase {
  std::string name;
  std::string rules;
  std::string text;
  EntityRule refused_by;
  std::string language = "";
  std::vector<std::string> subjects = {};
};

class EntityRuleCases : public testing::TestWithParam<RuleCase> {};

TEST_P(EntityRuleCases, TakeOrRefuse) {
  const RuleCase& param = GetParam();
  const absl::StatusOr<EntityRules> rules = EntityRules::Parse(param.rules);
  ASSERT_TRUE(rules.ok()) << rules.status();
  const auto at = static_cast<uint32_t>(param.text.find("Apple"));
  EXPECT_EQ(rules->Check({param.text, {at, at + 5}, param.language, param.subjects}),
            param.refused_by);
}

INSTANTIATE_TEST_SUITE_P(
    EntityRules, EntityRuleCases,
    testing::Values(
        RuleCase{"NearWord", R"({"near":["iPhone"]})", "The IPHONE of Apple", EntityRule::kNone},
        RuleCase{"NearPhraseBehind", R"({"near":["tim cook"]})", "Apple, says Tim Cook.",
                 EntityRule::kNone},
        RuleCase{"PartOfAWordIsNotNear", R"({"near":["phone"]})", "The iPhones of Apple",
                 EntityRule::kNear},
        RuleCase{"LastWordWithin", R"({"near":["mac"],"within":3})", "mac one two Apple",
                 EntityRule::kNone},
        RuleCase{"BeyondWithin", R"({"near":["mac"],"within":3})", "mac one two three Apple",
                 EntityRule::kNear},
        RuleCase{"BehindBeyondWithin", R"({"near":["mac"],"within":1})", "Apple one mac",
                 EntityRule::kNear},
        RuleCase{"UnspacedCharactersAreWords", R"({"near":["手机"],"within":4})", "手机公司Apple",
                 EntityRule::kNone},
        RuleCase{"NotNear", R"({"not_near":["cider"]})", "Cider from Apple", EntityRule::kNotNear},
        RuleCase{"NotNearIsFar", R"({"not_near":["cider"],"within":2})", "Cider is not by Apple",
                 EntityRule::kNone},
        RuleCase{"InsidePattern", R"-({"not_in":["(Big )?Apple (Times|Post)"]})-",
                 "in the Big Apple Post", EntityRule::kNotIn},
        RuleCase{"BesidePattern", R"({"not_in":["Apple Times"]})", "Apple Timed",
                 EntityRule::kNone},
        RuleCase{"SecondPlaceOfPattern", R"({"not_in":["[A-Z]\\w+ Apple"]})", "Big Red Apple",
                 EntityRule::kNotIn},
        RuleCase{"Language", R"({"languages":["en"]})", "Apple", EntityRule::kNone, "en-US"},
        RuleCase{"OtherLanguage", R"({"languages":["en","pt-BR"]})", "Apple",
                 EntityRule::kLanguages, "pt-PT"},
        RuleCase{"UnknownLanguage", R"({"languages":["en"]})", "Apple", EntityRule::kNone},
        RuleCase{"Section",
                 R"({"sections":["subj:04*"]})",
                 "Apple",
                 EntityRule::kNone,
                 "",
                 {"subj:01000000", "SUBJ:04010000"}},
        RuleCase{"OtherSection",
                 R"({"sections":["medtop:04000000"]})",
                 "Apple",
                 EntityRule::kSections,
                 "",
                 {"medtop:040000001"}},
        RuleCase{"NoSection", R"({"sections":["economy"]})", "Apple", EntityRule::kNone}),
    [](const auto& test) { return test.param.name; });

TEST(EntityRules, SayWhatIsWrong) {
  const auto error = [](std::string_view json) {
    return std::string(EntityRules::Parse(json).status().message());
  };
  EXPECT_THAT(error("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(error(R"({"close":["a"]})"), HasSubstr("unknown member 'close'"));
  EXPECT_THAT(error(R"({"near":[]})"), HasSubstr("list of 1 to 64"));
  EXPECT_THAT(error(R"({"near":[1]})"), HasSubstr("expected strings"));
  EXPECT_THAT(error(R"({"within":101})"), HasSubstr("1 to 100"));
  EXPECT_THAT(error(R"({"count":0})"), HasSubstr("1 to 1000"));
  EXPECT_THAT(error(R"({"not_in":["(a"]})"), HasSubstr("missing )"));
}

TEST(EntityRules, StandInTheImageForTheEntitiesThatHaveThem) {
  const auto dictionary = Compiled(
      R"({"id":"a","type":"place","name":"Denied"}
{"id":"b","type":"place","name":"York"}
{"id":"c","type":"place","name":"Bath","rules":{"count":2}}
{"id":"c","type":"place","name":"Bath","rules":{"count":3}}
{"deny":{"id":"a"}})");
  EXPECT_EQ(dictionary->rules().Find(0), nullptr);
  ASSERT_NE(dictionary->rules().Find(1), nullptr);
  EXPECT_EQ(dictionary->rules().Find(1)->count_min(), 3u);
}

}  // namespace
}  // namespace copydesk
