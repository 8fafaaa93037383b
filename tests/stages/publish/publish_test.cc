#include "stages/publish/publish.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "stages/story_payload.h"

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CountingContext : public StageContext {
 public:
  void Emit(std::string_view, Record) override { FAIL() << "publish emits nothing"; }
  void Count(std::string_view event, uint64_t n) override { counts_[event] += n; }
  uint64_t count(std::string_view event) { return counts_[event]; }

 private:
  std::map<std::string_view, uint64_t> counts_;
};

absl::StatusOr<std::unique_ptr<StageFactory>> Make(std::string_view yaml) {
  absl::StatusOr<ConfigNode> node = ConfigNode::FromText(yaml, "test.yaml");
  if (!node.ok()) return node.status();
  return MakePublish(*node);
}

constexpr std::string_view kRoutes = R"(
routes:
  - topic: wire.people
    when: {type: [person, event]}
  - topic: wire.germany
    when: {entity: [Q183, Q64]}
  - topic: wire.german
    when: {language: [de]}
  - topic: wire.flash
    when: {urgency: 1-2}
  - topic: wire.recalled
    when: {relation: [kill, withhold]}
  - topic: wire.germany
    when: {language: [de], urgency: 1}
  - topic: wire.all
)";

struct Item1 : Item {
  Item1() {
    payload = std::make_unique<StoryPayload>();
    StoryOf(*this).uri = "urn:x:1";
  }
  Story& story() { return StoryOf(*this); }
};

void Process(const StageFactory& factory, Item* item, StageContext* context) {
  Item* const items[] = {item};
  factory.Make()->Process(items, *context);
}

TEST(Publish, RoutesByWhatIsKnownOfAStory) {
  const auto factory = Make(kRoutes);
  ASSERT_TRUE(factory.ok()) << factory.status();
  struct Case {
    std::string_view name;
    std::string_view type, entity, language;
    int urgency;
    std::optional<RelationKind> relation;
    std::vector<std::string_view> topics;
  };
  const Case kCases[] = {
      {"nothing known", "", "", "", 0, {}, {"wire.all"}},
      {"a type", "event", "Q1", "", 5, {}, {"wire.people", "wire.all"}},
      {"an entity", "place", "Q183", "en", 0, {}, {"wire.germany", "wire.all"}},
      {"a language", "", "", "de", 0, {}, {"wire.german", "wire.all"}},
      {"a regional language", "", "", "DE-at", 0, {}, {"wire.german", "wire.all"}},
      {"another language", "", "", "den", 0, {}, {"wire.all"}},
      {"an urgency", "", "", "", 2, {}, {"wire.flash", "wire.all"}},
      {"both of two conditions",
       "",
       "",
       "de",
       1,
       {},
       {"wire.german", "wire.flash", "wire.germany", "wire.all"}},
      {"two routes to one topic",
       "place",
       "Q64",
       "de",
       1,
       {},
       {"wire.germany", "wire.german", "wire.flash", "wire.all"}},
      {"a relation", "", "", "", 0, RelationKind::kKill, {"wire.recalled", "wire.all"}},
      {"another relation", "", "", "", 0, RelationKind::kOriginal, {"wire.all"}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Item1 item;
    if (!c.type.empty()) {
      Mention& mention = item.story().mentions.emplace_back();
      mention.type = c.type;
      mention.id = c.entity;
    }
    item.story().language = c.language;
    item.story().urgency = c.urgency;
    if (c.relation) item.story().relation.emplace().kind = *c.relation;
    CountingContext context;
    Process(**factory, &item, &context);
    EXPECT_EQ(item.routes, c.topics);
    EXPECT_EQ(context.count("routed"), 1u);
    EXPECT_EQ(item.outcome, Outcome::kPublish);
  }
}

TEST(Publish, KeysAllOfALanguageAlike) {
  const auto factory = Make("key: language");
  ASSERT_TRUE(factory.ok()) << factory.status();
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"de", "de"},   {"DE-at", "de"}, {"zh-Hant-TW", "zh"}, {"pt_BR", "pt"},
      {"eng", "eng"}, {"", "und"},     {"-", "und"}};
  for (const auto& [language, key] : kCases) {
    Item1 item;
    item.story().language = language;
    CountingContext context;
    Process(**factory, &item, &context);
    EXPECT_TRUE(item.has_new_key);
    EXPECT_EQ(item.new_key, key) << language;
  }
}

TEST(Publish, KeysByUriUnlessToldToKeepTheKey) {
  Item1 item;
  CountingContext context;
  Process(**Make(""), &item, &context);
  EXPECT_TRUE(item.has_new_key);
  EXPECT_EQ(item.new_key, "urn:x:1");
  EXPECT_TRUE(item.routes.empty());
  EXPECT_EQ(context.count("routed"), 0u);
  Process(**Make("key: keep"), &item, &context);
  EXPECT_FALSE(item.has_new_key);
}

TEST(Publish, NamesTheTopicsOfItsRoutesOnce) {
  const auto factory = Make(kRoutes);
  ASSERT_TRUE(factory.ok()) << factory.status();
  EXPECT_THAT((*factory)->topics(), ElementsAre("wire.people", "wire.germany", "wire.german",
                                                "wire.flash", "wire.recalled", "wire.all"));
}

TEST(Publish, RefusesAConfigurationThatIsWrong) {
  struct Case {
    std::string_view name, yaml, message;
  };
  const Case kCases[] = {
      {"a key that is none", "keys: uri", "did you mean 'key'"},
      {"a key's word", "key: url", "url"},
      {"a route without a topic", "routes: [{when: {urgency: 1}}]", "topic: found ''"},
      {"a topic Kafka refuses", "routes: [{topic: 'wire enriched'}]", "'wire enriched'"},
      {"a condition that is none", "routes: [{topic: a, when: {types: person}}]",
       "did you mean 'type'"},
      {"a type", "routes: [{topic: a, when: {type: persons}}]", "'persons', expected person"},
      {"a relation", "routes: [{topic: a, when: {relation: killed}}]", "'killed'"},
      {"an urgency", "routes: [{topic: a, when: {urgency: 0}}]", "'0'"},
      {"an urgency turned round", "routes: [{topic: a, when: {urgency: 3-1}}]", "'3-1'"},
      {"routes that are no list", "routes: {topic: a}", "list"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto factory = Make(c.yaml);
    ASSERT_FALSE(factory.ok());
    EXPECT_THAT(std::string(factory.status().message()), HasSubstr(std::string(c.message)));
    EXPECT_THAT(std::string(factory.status().message()), HasSubstr("test.yaml:1"));
  }
}

}  // namespace
}  // namespace copydesk
