#include "stages/story/extension.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stages/story/encode.h"
#include "tests/support/stories.h"

namespace copydesk {
namespace {

using testing::Decode;
using testing::DecodeGood;
using ::testing::HasSubstr;

// "é😀 Paris": é is 2 bytes, 1 code point; the emoji 4 bytes, 1 code point, 2 UTF-16 units.
std::string WithExtension(std::string_view extension) {
  return R"({"copydesk":)" + std::string(extension) +
         ",\"uri\":\"u\",\"headline\":\"\xC3\xA9\xF0\x9F\x98\x80 Paris\"}";
}

std::string WithMention(std::string_view changed, std::string_view to) {
  std::string mention =
      R"({"id":"Q90","type":"place","name":"Paris","surface":"Paris","field":"headline",)"
      R"("bytes":[7,12],"codepoints":[3,8],"utf16":[4,9],"by":"alias"})";
  const size_t at = mention.find(changed);
  EXPECT_NE(at, std::string::npos) << changed;
  mention.replace(at, changed.size(), to);
  return WithExtension(R"({"mentions":[)" + mention + "]}");
}

TEST(Extension, IsReadBack) {
  Story story;
  DecodeGood(WithMention("alias", "pattern"), &story);
  ASSERT_EQ(story.mentions.size(), 1u);
  EXPECT_EQ(story.mentions[0].by, "pattern");
  EXPECT_EQ(story.mentions[0].utf16, (Span{4, 9}));
}

TEST(Extension, GivesBackTheCandidatesOfAMention) {
  const std::string record =
      WithMention(R"("by":"alias")", R"("partOf":["Q142"],"by":"alias","unresolved":true,)"
                                     R"("candidates":[{"id":"Q90","type":"place",)"
                                     R"("name":"Paris","score":0.51},)"
                                     R"({"type":"person","name":"Paris","score":0.49}])");
  Story story;
  DecodeGood(record, &story);
  ASSERT_EQ(story.mentions.size(), 1u);
  EXPECT_EQ(story.mentions[0].part_of, std::vector<std::string>{"Q142"});
  ASSERT_EQ(story.mentions[0].candidates.size(), 2u);
  EXPECT_EQ(story.mentions[0].candidates[0].id, "Q90");
  EXPECT_EQ(story.mentions[0].candidates[1].score, 49);
  std::string out;
  EncodeStory(story, record, &out);
  EXPECT_THAT(out, HasSubstr(R"("partOf":["Q142"],"by":"alias","unresolved":true,"candidates":[)"
                             R"({"id":"Q90","type":"place","name":"Paris","score":0.51},)"
                             R"({"type":"person","name":"Paris","score":0.49}])"));
}

TEST(Extension, RefusesACandidateThatIsNone) {
  for (const std::string_view bad : {"1", "[1]", R"([{"type":"place","name":"P","score":2}])",
                                     R"([{"type":"town","name":"P","score":0.5}])"}) {
    Story story;
    EXPECT_TRUE(Decode(
        WithMention(R"("by":"alias")", R"("by":"alias","candidates":)" + std::string(bad)), &story))
        << bad;
  }
}

TEST(Extension, LeavesOutWhatANewerWorkerWrote) {
  Story story;
  DecodeGood(WithExtension(R"({"newer":[1,2],"relation":{"kind":"excerpt","kin":0.5}})"), &story);
  ASSERT_TRUE(story.relation);
  EXPECT_EQ(story.relation->kind, RelationKind::kExcerpt);
}

TEST(Extension, MentionsMayStandInAnyOrder) {
  const std::string one =
      R"({"id":"a","type":"place","name":"n","surface":"Paris","field":"headline",)"
      R"("bytes":[7,12],"codepoints":[3,8],"utf16":[4,9],"by":"alias"})";
  const std::string two =
      R"({"id":"b","type":"place","name":"n","surface":" P","field":"headline",)"
      R"("bytes":[6,8],"codepoints":[2,4],"utf16":[3,5],"by":"alias"})";
  Story story;
  DecodeGood(WithExtension(R"({"mentions":[)" + one + "," + two + "]}"), &story);
  EXPECT_EQ(story.mentions[1].id, "b");
}

TEST(Extension, GivesBackSharesAndSketch) {
  Sketcher sketcher;
  Sketch sketch;
  sketcher.Begin();
  sketcher.AddBody("The port of Vigo said on Monday that all 312 are safe");
  sketcher.Finish(&sketch);
  Story story;
  DecodeGood(WithExtension(R"({"sketch":")" + sketch.ToText() + R"("})"), &story);
  EXPECT_EQ(story.sketch, sketch);
  DecodeGood(WithExtension(R"({"relation":{"kind":"excerpt","similarity":0.29,)"
                           R"("containment":[1.00,0.07]}})"),
             &story);
  EXPECT_EQ(story.relation->similarity, 29);
  EXPECT_EQ(story.relation->in_lead, 100);
  EXPECT_EQ(story.relation->of_lead, 7);
}

TEST(Extension, IsNotBelieved) {
  struct Case {
    std::string_view name;
    std::string record;
    std::string_view message;
  };
  const Case kCases[] = {
      {"no object", WithExtension("[]"), "copydesk at byte 12"},
      {"a string", WithExtension("\"x\""), "copydesk"},
      {"null", WithExtension("null"), "copydesk"},
      {"given twice", R"({"headline":"H","copydesk":{},"copydesk":{}})", "once"},
      {"a relation nobody knows", WithExtension(R"({"relation":{"kind":"cousin"}})"),
       "copydesk/relation"},
      {"a relation without a kind", WithExtension(R"({"relation":{}})"), "copydesk/relation"},
      {"a relation that is a list", WithExtension(R"({"relation":[]})"), "copydesk/relation"},
      {"late as a word", WithExtension(R"({"relation":{"kind":"repeat","late":"yes"}})"), "late"},
      {"a lead that is none", WithExtension(R"({"relation":{"kind":"repeat","lead":1}})"),
       "copydesk/relation/lead"},
      {"a partition beyond 32 bits",
       WithExtension(R"({"relation":{"kind":"repeat","lead":{"partition":4294967296}}})"),
       "partition"},
      {"an offset beyond 64 bits",
       WithExtension(R"({"relation":{"kind":"repeat","lead":{"offset":1e400}}})"), "copydesk"},
      {"a notice nobody knows", WithExtension(R"({"notice":{"kind":"x"}})"), "copydesk/notice"},
      {"a number of a notice", WithExtension(R"({"notice":{"kind":"add","number":-1}})"), "number"},
      {"a hash that is none", WithExtension(R"({"contentHash":"xyz"})"), "contentHash"},
      {"a dictionary that is none", WithExtension(R"({"dictionary":{}})"), "dictionary"},
      {"a sketch that is none", WithExtension(R"({"sketch":"AAAA"})"), "sketch"},
      {"a share beyond one", WithExtension(R"({"relation":{"kind":"excerpt","similarity":1.5}})"),
       "share"},
      {"a share of one side",
       WithExtension(R"({"relation":{"kind":"excerpt","similarity":1,"containment":[1]}})"),
       "pair of shares"},
      {"parts that are no list", WithExtension(R"({"notStory":{}})"), "copydesk/notStory"},
      {"a part that is no object", WithExtension(R"({"notStory":[1]})"), "copydesk/notStory/0"},
      {"mentions that are no list", WithExtension(R"({"mentions":1})"), "copydesk/mentions"},
      {"a mention that is no object", WithExtension(R"({"mentions":[[]]})"), "copydesk/mentions/0"},
      {"a field nobody read", WithMention("headline", "body_text"), "copydesk/mentions/0: field"},
      {"a type nobody knows", WithMention("place", "planet"), "type"},
      {"bytes behind the field", WithMention("[7,12]", "[7,13]"), "bytes [7, 13]"},
      {"bytes inside a code point", WithMention("[7,12]", "[3,12]"), "bytes [3, 12]"},
      {"bytes turned round", WithMention("[7,12]", "[12,7]"), "bytes [12, 7]"},
      {"no bytes", WithMention("[7,12]", "[7,7]"), "bytes [7, 7]"},
      {"negative bytes", WithMention("[7,12]", "[-1,12]"), "bytes"},
      {"bytes beyond 32 bits", WithMention("[7,12]", "[7,4294967308]"), "bytes"},
      {"three bytes", WithMention("[7,12]", "[7,12,13]"), "bytes"},
      {"another surface", WithMention("\"surface\":\"Paris\"", "\"surface\":\"Parit\""), "surface"},
      {"code points elsewhere", WithMention("[3,8]", "[2,7]"), "expected codepoints [3, 8]"},
      {"UTF-16 elsewhere", WithMention("[4,9]", "[4,8]"), "utf16 [4, 9]"},
      {"a missing span", WithMention("\"utf16\"", "\"utf32\""), "utf16"},
      {"a number for a name", WithMention("\"name\":\"Paris\"", "\"name\":1"), "name"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Story story;
    const std::optional<DecodeFailure> failure = Decode(c.record, &story);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, "bad-value") << failure->message;
    EXPECT_THAT(failure->message, HasSubstr(std::string(c.message)));
  }
}

TEST(Extension, OfManyMentionsCostsNoMoreThanItsLength) {
  std::string text(200'000, 'x');
  std::string mentions;
  for (size_t at = text.size(); at > 0; at -= 4) {
    const std::string span = "[" + std::to_string(at - 4) + "," + std::to_string(at) + "]";
    mentions += R"(,{"id":"a","type":"place","name":"n","surface":"xxxx","field":"headline",)"
                R"("bytes":)" +
                span + R"(,"codepoints":)" + span + R"(,"utf16":)" + span + "}";
  }
  mentions[0] = '[';
  const std::string record =
      R"({"uri":"u","headline":")" + text + R"(","copydesk":{"mentions":)" + mentions + "]}}";
  StoryDecoder decoder({.record_bytes = 64u << 20}, InputFormat::kAuto, DefaultFieldMap());
  Story story;
  ASSERT_FALSE(decoder.Decode(record, &story));
  EXPECT_EQ(story.mentions.size(), 50'000u);
  EXPECT_FALSE(testing::Encoded(story, record).empty());
}

}  // namespace
}  // namespace copydesk
