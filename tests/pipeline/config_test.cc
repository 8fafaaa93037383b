#include "pipeline/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace copydesk {
namespace {

using testing::HasSubstr;

ConfigNode Parse(std::string_view text) {
  absl::StatusOr<ConfigNode> node = ConfigNode::FromText(text, "test.yaml", "/etc/desk");
  EXPECT_TRUE(node.ok()) << node.status();
  return *node;
}

// Reads one key with `read` and returns the error, "" for none.
template <typename Read>
std::string ErrorOf(std::string_view text, Read read) {
  ConfigMap map(Parse(text));
  read(map);
  return std::string(map.Finish().message());
}

TEST(Config, ReadsEveryKindOfValue) {
  setenv("COPYDESK_TEST_BROKER", "broker:9092", 1);
  ConfigMap map(
      Parse("text: ${COPYDESK_TEST_BROKER}/$$x/${COPYDESK_UNSET:-fallback}\n"
            "list: [a, b]\none: c\nflag: true\nnumber: 7\nsize: 1.5MB\ntime: 250ms\n"
            "choice: hold\n"));
  std::string text;
  std::vector<std::string> list, one;
  bool flag = false;
  int64_t number = 0, size = 0;
  std::chrono::milliseconds time{0};
  size_t choice = 9;
  map.String("text", &text);
  map.Strings("list", &list);
  map.Strings("one", &one);
  map.Bool("flag", &flag);
  map.Int("number", 1, 9, &number);
  map.Bytes("size", 0, 1 << 30, &size);
  map.Duration("time", &time);
  map.Choice("choice", {"pass", "hold"}, &choice);
  ASSERT_TRUE(map.Finish().ok()) << map.Finish();
  EXPECT_EQ(text, "broker:9092/$x/fallback");
  EXPECT_EQ(list, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(one, std::vector<std::string>{"c"});
  EXPECT_TRUE(flag);
  EXPECT_EQ(number, 7);
  EXPECT_EQ(size, 3 << 19);
  EXPECT_EQ(time.count(), 250);
  EXPECT_EQ(choice, 1u);
}

TEST(Config, NamesLineAndNearestKeyOfAnUnknownOne) {
  std::string ignored;
  EXPECT_EQ(ErrorOf("window: 1h\n\nembrago: hold\n",
                    [&](ConfigMap& map) {
                      map.String("window", &ignored);
                      map.String("embargo", &ignored);
                    }),
            "test.yaml:3: unknown key 'embrago', did you mean 'embargo'?");
  EXPECT_THAT(ErrorOf("zzzzzzzz: 1\n", [&](ConfigMap& map) { map.String("window", &ignored); }),
              HasSubstr("expected one of window"));
}

TEST(Config, SaysWhatWasExpected) {
  struct Case {
    const char* name;
    const char* text;
    std::function<void(ConfigMap&)> read;
    const char* error;
  };
  std::string text;
  int64_t number = 0;
  bool flag = false;
  size_t choice = 0;
  std::chrono::milliseconds time{0};
  const Case cases[] = {
      {"number out of range", "k: 10", [&](ConfigMap& m) { m.Int("k", 1, 9, &number); },
       "'10', expected a whole number from 1 to 9"},
      {"no number", "k: 1x", [&](ConfigMap& m) { m.Int("k", 1, 9, &number); }, "'1x', expected"},
      {"no bool", "k: yes", [&](ConfigMap& m) { m.Bool("k", &flag); }, "true or false"},
      {"no unit", "k: 10", [&](ConfigMap& m) { m.Duration("k", &time); }, "such as 500ms"},
      {"time too long", "k: 99999d", [&](ConfigMap& m) { m.Duration("k", &time); }, "expected"},
      {"negative size", "k: -1MB", [&](ConfigMap& m) { m.Bytes("k", 0, 9, &number); }, "'-1MB'"},
      {"no size", "k: nan", [&](ConfigMap& m) { m.Bytes("k", 0, 9, &number); }, "'nan'"},
      {"no time", "k: nans", [&](ConfigMap& m) { m.Duration("k", &time); }, "'nans'"},
      {"size out of range", "k: 1GB", [&](ConfigMap& m) { m.Bytes("k", 0, 9, &number); }, "0 to 9"},
      {"no choice", "k: c",
       [&](ConfigMap& m) {
         m.Choice("k", {"a", "b"}, &choice);
       },
       "expected one of a, b"},
      {"map for text", "k: {a: b}", [&](ConfigMap& m) { m.String("k", &text); }, "expected a text"},
      {"twice", "k: 1\nk: 2", [&](ConfigMap& m) { m.String("k", &text); }, "given twice"},
      {"no such variable", "k: ${COPYDESK_NOT_SET}", [&](ConfigMap& m) { m.String("k", &text); },
       "no variable COPYDESK_NOT_SET"},
      {"open variable", "k: ${A", [&](ConfigMap& m) { m.String("k", &text); }, "without its '}'"},
  };
  for (const Case& c : cases) {
    const std::string error = ErrorOf(c.text, c.read);
    EXPECT_THAT(error, HasSubstr(c.error)) << c.name;
    EXPECT_THAT(error, HasSubstr("test.yaml:")) << c.name;
  }
}

TEST(Config, TakesBracketsInTextForText) {
  std::string list;
  for (int i = 0; i < 500; ++i) list += "- '\\[(?:reuters|dpa)'\n";
  EXPECT_EQ(Parse(list).items().size(), 500u);
}

TEST(Config, RefusesWhatIsNoMappingOrNoYaml) {
  ConfigMap map(Parse("[a, b]"));
  EXPECT_THAT(std::string(map.Finish().message()), HasSubstr("expected a mapping"));
  EXPECT_THAT(std::string(ConfigNode::FromText("a: [b", "x.yaml").status().message()),
              HasSubstr("x.yaml:"));
  for (const std::string level : {"[", "{a: ", "- ", "? "}) {
    std::string deep;
    while (deep.size() < 500'000) deep += level;
    EXPECT_THAT(std::string(ConfigNode::FromText(deep, "deep.yaml").status().message()),
                testing::ContainsRegex("deep.yaml:1: nested [0-9]+ levels deep, expected fewer"))
        << level;
  }
  EXPECT_FALSE(ConfigNode::FromFile("/no/such.yaml").ok());
  EXPECT_FALSE(ConfigNode::FromFile("/").ok());
}

TEST(Config, ResolvesPathsFromItsFolder) {
  const ConfigNode node = Parse("a: 1");
  EXPECT_EQ(node.ResolvePath("dictionaries/a.tsv"), "/etc/desk/dictionaries/a.tsv");
  EXPECT_EQ(node.ResolvePath("/a.tsv"), "/a.tsv");
}

}  // namespace
}  // namespace copydesk
