#include "stages/story_payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace copydesk {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<std::unique_ptr<CodecFactory>> Make(std::string_view yaml) {
  absl::StatusOr<ConfigNode> node = ConfigNode::FromText(yaml, "test.yaml");
  if (!node.ok()) return node.status();
  return MakeStoryCodec(*node);
}

TEST(StoryCodec, DecodesAndEncodesAnItem) {
  const auto factory = Make("");
  ASSERT_TRUE(factory.ok()) << factory.status();
  const std::unique_ptr<Codec> codec = (*factory)->Make();
  Item item;
  item.payload = codec->MakePayload();
  item.record.value = R"({"uri":"u","versioncreated":"1970-01-01T00:00:01Z","headline":"H"})";
  ASSERT_TRUE(codec->Decode(item)) << item.failure.message;
  EXPECT_EQ(StoryOf(item).uri, "u");
  EXPECT_EQ(item.story_time_ms, 1000);
  std::string value;
  codec->Encode(item, &value);
  EXPECT_EQ(value.substr(0, item.record.value.size() - 1),
            item.record.value.substr(0, item.record.value.size() - 1));
}

TEST(StoryCodec, SaysWhyARecordCannotBeRead) {
  const auto factory = Make("limits: {record: 40, depth: 8}");
  ASSERT_TRUE(factory.ok()) << factory.status();
  const std::unique_ptr<Codec> codec = (*factory)->Make();
  Item item;
  item.payload = codec->MakePayload();
  item.record.value = "a record of more than the forty bytes of the limit";
  ASSERT_FALSE(codec->Decode(item));
  EXPECT_EQ(item.failure.code, "too-large");
  item.record.value = "{\"\":[[[[[[[[]]]]]]]]}";
  ASSERT_FALSE(codec->Decode(item));
  EXPECT_EQ(item.failure.code, "too-deep");
}

TEST(StoryCodec, ReadsAFieldMapInsteadOfTheUsualOne) {
  const auto factory = Make("format: json\nfields: {kop: headline}");
  ASSERT_TRUE(factory.ok()) << factory.status();
  const std::unique_ptr<Codec> codec = (*factory)->Make();
  Item item;
  item.payload = codec->MakePayload();
  item.record.value = R"({"kop":"H","title":"no","text":"no"})";
  ASSERT_TRUE(codec->Decode(item)) << item.failure.message;
  ASSERT_EQ(StoryOf(item).fields.size(), 1u);
  EXPECT_EQ(StoryOf(item).fields[0].name, "kop");
}

TEST(StoryCodec, RefusesAConfigurationThatIsWrong) {
  struct Case {
    std::string_view name, yaml, message;
  };
  const Case kCases[] = {
      {"a format", "format: xml", "xml"},
      {"a field's target", "fields: {title: headlines}", "title: headlines, expected one of uri"},
      {"our own member", "fields: {copydesk: headline}", "copydesk"},
      {"fields that are a list", "fields: [title]", "mapping"},
      {"a limit that is none", "limits: {records: 8MB}", "did you mean 'record'"},
      {"a depth beyond the stack", "limits: {depth: 100000}", "depth"},
      {"a key that is none", "limit: {depth: 3}", "did you mean 'limits'"},
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
