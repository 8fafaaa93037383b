#include "stages/story/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/stories.h"

namespace copydesk {
namespace {

using testing::Decode;
using testing::DecodeGood;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Text {
  std::string name;
  std::string value;
  bool is_markup = false;
  friend bool operator==(const Text&, const Text&) = default;
};

std::vector<Text> TextsOf(const Story& story) {
  std::vector<Text> texts;
  for (const TextField& field : story.fields) {
    texts.push_back({field.name, field.value, field.is_markup});
  }
  return texts;
}

TEST(Decode, TellsTheDialectAndFindsTheText) {
  struct Case {
    std::string_view name;
    std::string_view record;
    Dialect dialect;
    std::vector<Text> texts;
  };
  const Case kCases[] = {
      {"ninjs 1.x",
       R"({"uri":"a","headline":"H","body_xhtml":"<p>X</p>","body_text":"T"})",
       Dialect::kNinjs1,
       {{"headline", "H"}, {"body_text", "T"}}},
      {"1.x with mark-up alone",
       R"({"uri":"a","headline":"H","body_html5":"<p>X</p>"})",
       Dialect::kNinjs1,
       {{"headline", "H"}, {"body_html5", "<p>X</p>", true}}},
      {"1.x whose plain body is blank",
       R"({"uri":"a","headline":"H","body_text":" \n ","body_xhtml":"<p>X</p>"})",
       Dialect::kNinjs1,
       {{"headline", "H"}, {"body_xhtml", "<p>X</p>", true}}},
      {"1.x picture",
       R"({"uri":"a","description_text":"A ship","headline":"H"})",
       Dialect::kNinjs1,
       {{"headline", "H"}, {"description_text", "A ship"}}},
      {"ninjs 2.x",
       R"({"uri":"a","versioncreated":"2020-01-01","headlines":[{"value":"Other"},)"
       R"({"role":"main","value":"H"}],"bodies":[{"contenttype":"text/html","value":"<p>X"},)"
       R"({"contenttype":"text/plain","value":"T"}]})",
       Dialect::kNinjs2,
       {{"headlines/1/value", "H"}, {"bodies/1/value", "T"}}},
      {"ninjs 3.x by a member",
       R"({"uri":"a","versionCreated":"2020-01-01","headlines":[{"value":"H"}]})",
       Dialect::kNinjs3,
       {{"headlines/0/value", "H"}}},
      {"ninjs 3.x by a content type",
       R"({"uri":"a","bodies":[{"contentType":"text/vnd.IPTC.NITF","value":"<nitf>N</nitf>"}]})",
       Dialect::kNinjs3,
       {{"bodies/0/value", "<nitf>N</nitf>", true}}},
      {"ninjs 3.x by its standard",
       R"({"standard":{"name":"ninjs","version":"3.0"},"headlines":[{"value":"H"}]})",
       Dialect::kNinjs3,
       {{"headlines/0/value", "H"}}},
      {"a body without a type that begins like mark-up",
       R"({"uri":"a","bodies":[{"value":"\n <p>X</p>"}]})",
       Dialect::kNinjs2,
       {{"bodies/0/value", "\n <p>X</p>", true}}},
      {"a caption before a credit",
       R"({"uri":"a","descriptions":[{"role":"creditline","value":"AP"},)"
       R"({"role":"note","value":"N"},{"role":"caption","value":"C"}]})",
       Dialect::kNinjs2,
       {{"descriptions/2/value", "C"}}},
      {"flat",
       R"({"id":17,"title":"H","text":"T"})",
       Dialect::kFlat,
       {{"title", "H"}, {"text", "T"}}},
      {"flat as dpa writes it",
       R"({"urn":"u","headline":"H","article_html":"<p>T</p>","embargoed":null})",
       Dialect::kFlat,
       {{"headline", "H"}, {"article_html", "<p>T</p>", true}}},
      {"plain text",
       "  Storm hits coast \r\n\r\nBERLIN - It blew.\n",
       Dialect::kText,
       {{"headlines/0/value", "Storm hits coast"}, {"bodies/0/value", "BERLIN - It blew.\n"}}},
      {"a line of plain text",
       "Storm hits coast",
       Dialect::kText,
       {{"headlines/0/value", "Storm hits coast"}}},
      {"a byte order mark",
       "\xEF\xBB\xBF{\"headline\":\"H\"}",
       Dialect::kNinjs1,
       {{"headline", "H"}}},
      {"keys with escapes and of a pointer's signs",
       R"({"head\u006cine":"H","body_\u0074ext":"T"})",
       Dialect::kNinjs1,
       {{"headline", "H"}, {"body_text", "T"}}},
      {"escapes, a null character and an emoji",
       R"({"headline":"\u00e9\n\"\\\/\t\u0000\ud83d\ude00"})",
       Dialect::kNinjs1,
       {{"headline", std::string("\xC3\xA9\n\"\\/\t\0\xF0\x9F\x98\x80", 12)}}},
      {"of a member given twice the first",
       R"({"headline":"A","headline":"B"})",
       Dialect::kNinjs1,
       {{"headline", "A"}}},
      {"ninjs's own name before a mapped one",
       R"({"title":"M","headline":"H","body_text":"T"})",
       Dialect::kNinjs1,
       {{"headline", "H"}, {"body_text", "T"}}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Story story;
    DecodeGood(c.record, &story);
    EXPECT_EQ(NameOf(story.dialect), NameOf(c.dialect));
    EXPECT_EQ(TextsOf(story), c.texts);
    EXPECT_FALSE(story.uri.empty());
  }
}

TEST(Decode, ReadsWhatIsKnownOfAStory) {
  Story story;
  DecodeGood(R"({
    "uri": "urn:x:1", "version": 3, "versioncreated": "2019-05-10T16:02:28+02:00",
    "pubstatus": "Withheld", "embargoed": "2019-05-10T18:00:00Z", "language": "de-AT",
    "slugline": "storm/coast", "ednote": "CORRECTS name", "byline": "By A", "located": "Wien",
    "urgency": 2, "signals": ["sig:update", {"code": "alert", "scheme": "s"}],
    "subject": [{"code": "04000000", "scheme": "s", "name": "economy"}, "medtop:1"],
    "altids": {"chain": "c-7", "number": 8, "odd": {"a": 1}}, "headline": "H"
  })",
             &story);
  EXPECT_EQ(story.uri, "urn:x:1");
  EXPECT_FALSE(story.is_uri_made);
  EXPECT_EQ(story.version, "3");
  EXPECT_EQ(story.version_created, "2019-05-10T16:02:28+02:00");
  EXPECT_EQ(story.version_time_ms, 1557496948000);
  EXPECT_EQ(story.pub_status, PubStatus::kWithheld);
  EXPECT_EQ(story.embargo_time_ms, 1557511200000);
  EXPECT_EQ(story.language, "de-AT");
  EXPECT_EQ(story.slugline, "storm/coast");
  EXPECT_EQ(story.ednote, "CORRECTS name");
  EXPECT_EQ(story.byline, "By A");
  EXPECT_EQ(story.located, "Wien");
  EXPECT_EQ(story.urgency, 2);
  EXPECT_THAT(story.signals, ElementsAre("sig:update", "alert"));
  EXPECT_THAT(story.subjects, ElementsAre("04000000", "economy", "medtop:1"));
  EXPECT_THAT(story.alt_ids, ElementsAre("chain=c-7", "number=8"));
}

TEST(Decode, ReadsTheStatusEmbargoedAsAnEmbargo) {
  struct Case {
    const char* name;
    const char* record;
    int64_t embargo_time_ms;
  };
  for (const Case& c : {
           Case{"with its end", R"({"headline":"H","pubstatus":"Embargoed",
               "embargoed":"2020-03-01T00:00Z"})",
                1583020800000},
           Case{"its end before it", R"({"headline":"H","embargoedUntil":"2020-03-01T00:00Z",
               "pubStatus":"embargoed"})",
                1583020800000},
           Case{"without an end", R"({"headline":"H","pubstatus":"embargoed"})", kUntilLifted},
           Case{"no embargo", R"({"headline":"H","pubstatus":"usable"})", -1},
       }) {
    SCOPED_TRACE(c.name);
    Story story;
    DecodeGood(c.record, &story);
    EXPECT_EQ(story.pub_status, PubStatus::kUsable);
    EXPECT_EQ(story.embargo_time_ms, c.embargo_time_ms);
  }
}

TEST(Decode, SubjectsThatAreNoListSayNothing) {
  Story story;
  DecodeGood(R"({"uri":"u","headline":"H","subjects":{"economy":1},"category":7})", &story);
  EXPECT_TRUE(story.subjects.empty());
}

TEST(Decode, ReadsTheNamesOf3x) {
  Story story;
  DecodeGood(R"({
    "uri": "u", "versionCreated": "2020-02-29", "pubStatus": "canceled",
    "embargoedUntil": "2020-03-01T00:00Z", "edNote": "E", "by": "B",
    "altIds": [{"role": "chain", "value": "c"}, {"value": "d"}, {"role": "empty"},
               {"role": "itemid", "value": 17}],
    "headlines": [{"value": "H"}]
  })",
             &story);
  EXPECT_EQ(story.version_time_ms, 1582934400000);
  EXPECT_EQ(story.pub_status, PubStatus::kCanceled);
  EXPECT_EQ(story.embargo_time_ms, 1583020800000);
  EXPECT_EQ(story.ednote, "E");
  EXPECT_EQ(story.byline, "B");
  EXPECT_THAT(story.alt_ids, ElementsAre("chain=c", "=d", "itemid=17"));
}

TEST(Decode, ReadsAFeedThroughItsFieldMap) {
  StoryDecoder decoder({}, InputFormat::kJson, {{"ueberschrift", "headline"}, {"nr", "uri"}});
  Story story;
  ASSERT_FALSE(decoder.Decode(R"({"nr":"n1","ueberschrift":"H","title":"no"})", &story));
  EXPECT_EQ(story.uri, "n1");
  ASSERT_EQ(story.fields.size(), 1u);
  EXPECT_EQ(story.fields[0].value, "H");
}

TEST(Decode, PassesOverMappedMembersOfAnotherType) {
  Story story;
  DecodeGood(R"({"title":["no"],"author":{"name":"A"},"text":"T","lang":null})", &story);
  EXPECT_EQ(story.byline, "");
  ASSERT_EQ(story.fields.size(), 1u);
  EXPECT_EQ(story.fields[0].name, "text");
}

TEST(Decode, PassesAKillWithoutText) {
  Story story;
  DecodeGood(R"({"uri":"u","pubstatus":"canceled"})", &story);
  EXPECT_EQ(story.pub_status, PubStatus::kCanceled);
  EXPECT_TRUE(story.fields.empty());
  for (const std::string_view kill :
       {R"({"uri":"u","headline":"","ednote":"Mandatory kill. The story is wrong."})",
        R"({"uri":"u","body_text":" ","signals":["kill"]})",
        R"({"uri":"u","edNote":[{"value":"HOLD pending checks"}]})"}) {
    SCOPED_TRACE(kill);
    DecodeGood(kill, &story);
    EXPECT_TRUE(story.fields.empty());
  }
}

TEST(Decode, ReadsAPublishingStatusThatIsACode) {
  for (const std::string_view status :
       {"stat:canceled", "http://cv.iptc.org/newscodes/pubstatusg2/canceled"}) {
    Story story;
    DecodeGood(R"({"headline":"H","pubstatus":")" + std::string(status) + "\"}", &story);
    EXPECT_EQ(story.pub_status, PubStatus::kCanceled);
  }
}

TEST(Decode, KeepsADateItCannotRead) {
  Story story;
  DecodeGood(R"({"uri":"u","headline":"H","versioncreated":"yesterday"})", &story);
  EXPECT_EQ(story.version_created, "yesterday");
  EXPECT_EQ(story.version_time_ms, -1);
}

TEST(Decode, MakesAUriFromTheContent) {
  Story one, same, other;
  DecodeGood(R"({"headline":"H"})", &one);
  DecodeGood(R"({"headline":"H"})", &same);
  DecodeGood(R"({"headline":"I"})", &other);
  EXPECT_TRUE(one.is_uri_made);
  EXPECT_EQ(one.uri.substr(0, 18), "urn:copydesk:json:");
  EXPECT_EQ(one.uri.size(), 18u + 32u);
  EXPECT_EQ(one.uri, same.uri);
  EXPECT_NE(one.uri, other.uri);
  DecodeGood("H", &one);
  EXPECT_EQ(one.uri.substr(0, 18), "urn:copydesk:text:");
}

TEST(Decode, ForgetsTheStoryBefore) {
  StoryDecoder decoder({}, InputFormat::kAuto, DefaultFieldMap());
  Story story;
  ASSERT_FALSE(decoder.Decode(
      R"({"uri":"u","version":"2","pubstatus":"canceled","urgency":1,"signals":["s"],"section":"Sport",)"
      R"("altids":{"a":"b"},"headline":"A","body_text":"<b>","person":[{"name":"N"}],)"
      R"("copydesk":{"contentHash":"00000000000000000000000000000001"}})",
      &story));
  story.ReadFields();
  ASSERT_FALSE(decoder.Decode(R"({"uri":"v","body_xhtml":"B"})", &story));
  Story fresh;
  ASSERT_FALSE(decoder.Decode(R"({"uri":"v","body_xhtml":"B"})", &fresh));
  EXPECT_EQ(story.version, "");
  EXPECT_EQ(story.pub_status, PubStatus::kUsable);
  EXPECT_EQ(story.urgency, 0);
  EXPECT_TRUE(story.signals.empty());
  EXPECT_TRUE(story.subjects.empty());
  EXPECT_TRUE(story.alt_ids.empty());
  EXPECT_FALSE(story.is_normalized);
  EXPECT_TRUE(story.layout.entity_arrays.empty());
  EXPECT_EQ(TextsOf(story), TextsOf(fresh));
  story.ReadFields();
  EXPECT_EQ(story.fields[0].reading.text(), "B");
}

struct BadRecord {
  std::string_view name;
  std::string record;
  std::string_view code;
  std::string_view message;  // part of it
};

void ExpectRefused(const BadRecord& bad) {
  SCOPED_TRACE(bad.name);
  Story story;
  const std::optional<DecodeFailure> failure = Decode(bad.record, &story);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, bad.code) << failure->message;
  EXPECT_THAT(failure->message, HasSubstr(std::string(bad.message)));
}

TEST(Decode, RefusesWhatIsNoStory) {
  const BadRecord kCases[] = {
      {"nothing", "", "empty", ""},
      {"white space", " \r\n\t ", "empty", ""},
      {"a byte order mark alone", "\xEF\xBB\xBF", "empty", ""},
      {"an array", "[{\"headline\":\"H\"}]", "wrong-type", "byte 0"},
      {"no text", R"({"uri":"u","headline":" ","body_xhtml":"<p>&nbsp;</p>"})", "no-text",
       "headline"},
      {"an empty object", "{}", "no-text", ""},
      {"a note that says nothing of a kill", R"({"uri":"u","ednote":"Adds quotes"})", "no-text",
       ""},
      {"blank plain text", "\xC2\xA0\n\xE3\x80\x80", "no-text", ""},
      {"a number for a headline", R"({"uri":"u","headline":17})", "wrong-type",
       "headline at byte 22: found 17, expected a string"},
      {"a string for an element", R"({"headlines":["H"]})", "wrong-type", "headlines/0 at byte 14"},
      {"a number for a value", R"({"bodies":[{"value":1}]})", "wrong-type", "bodies/0/value"},
      {"a publishing status nobody knows", R"({"headline":"H","pubstatus":"commissioned"})",
       "bad-value", "pubstatus at byte 28: found \"commissioned\""},
      {"an embargo that is no date", R"({"headline":"H","embargoed":"tomorrow"})", "bad-value",
       "embargoed at byte 28"},
      {"an embargo that is a number", R"({"title":"H","embargo":1700000000})", "wrong-type",
       "embargo at byte 23"},
  };
  for (const BadRecord& bad : kCases) ExpectRefused(bad);
}

TEST(Decode, RefusesBrokenJson) {
  const BadRecord kCases[] = {
      {"cut short", R"({"headline":"H)", "invalid-json",
       "headline at byte 12: found a string that is never closed"},
      {"cut behind a value", R"({"headline":"H")", "invalid-json",
       "headline at byte 15: the record ends, expected ',' or '}'"},
      {"an array that is not closed", R"({"headline":"H","a":[1})", "invalid-json", "a"},
      {"a comma too many", R"({"headline":"H",})", "invalid-json",
       "byte 16: found }, expected a member's name"},
      {"a comma too many in an array", R"({"headline":"H","a":[1,]})", "invalid-json", "a/1"},
      {"no colon", R"({"headline" "H"})", "invalid-json", "byte 12: found \"H\"}, expected ':'"},
      {"a member in an array", R"({"headline":"H","a":["b","c":1]})", "invalid-json",
       "a/1 at byte 28: found :1]}, expected ',' or ']'"},
      {"a member for a value", R"({"headline":"H","a":"b":"c"})", "invalid-json",
       "a at byte 23: found :\"c\"}"},
      {"no value", R"({"headline":"H","a":})", "invalid-json", "a at byte 20: found }"},
      {"two values", R"({"headline":"H","a":1 2})", "invalid-json",
       "a at byte 22: found 2}, expected ','"},
      {"a second object", R"({"headline":"H"} {"headline":"H"})", "invalid-json", "behind"},
      {"a brace too many", R"({"headline":"H"}})", "invalid-json",
       "byte 16: found }, expected nothing behind"},
      {"a word that is none", R"({"headline":"H","a":nul})", "invalid-json", "a at byte 20"},
      {"a leading zero", R"({"headline":"H","a":012})", "invalid-json", "012"},
      {"a number without digits", R"({"headline":"H","a":[{"b":-}]})", "invalid-json", "a/0/b"},
      {"a bare fraction", R"({"headline":"H","a":1.})", "invalid-json", "1."},
      {"NaN", R"({"headline":"H","a":NaN})", "invalid-json", "NaN"},
      {"an escape that is none", R"({"headline":"H","a":{"b":["\x"]}})", "invalid-json",
       "a/b/0 at byte 27"},
      {"half a surrogate pair", R"({"headline":"H\ud83d"})", "invalid-json", "headline at byte 14"},
      {"the other half", R"({"headline":"H","a":"\ude00"})", "invalid-json", "a at byte 21"},
      {"a high surrogate before a letter", R"({"headline":"\ud83d\u0041"})", "invalid-json",
       "headline"},
      {"a bad escape in a key", R"({"headline":"H","a\q":1})", "invalid-json", "byte 18"},
      {"a line end in a string", "{\"headline\":\"H\n\"}", "invalid-json",
       "headline at byte 14: found a bare control character 0x0a"},
      {"single quotes", "{'headline':'H'}", "invalid-json", "byte 1: found 'headline'"},
      {"a comment", "{\"headline\":\"H\" /* x */}", "invalid-json", "byte 16: found /* x */}"},
  };
  for (const BadRecord& bad : kCases) ExpectRefused(bad);
}

TEST(Decode, RefusesBadUtf8AndSaysWhere) {
  const BadRecord kCases[] = {
      {"JSON", "{\"headline\":\"H\xFF\"}", "invalid-utf8", "headline at byte 14"},
      {"JSON where nobody reads", "{\"headline\":\"H\",\"a\":[\"\xC3\"]}", "invalid-utf8",
       "a/0 at byte 22"},
      {"a surrogate in UTF-8", "{\"headline\":\"\xED\xA0\x80\"}", "invalid-utf8", "byte 13"},
      {"plain text", "H\xC0\xAF", "invalid-utf8", "byte 1"},
      {"Latin-1", "Caf\xE9 zu", "invalid-utf8", "byte 3"},
  };
  for (const BadRecord& bad : kCases) ExpectRefused(bad);
}

TEST(Decode, RefusesMoreThanItsLimits) {
  StoryDecoder decoder({.record_bytes = 100, .depth = 3}, InputFormat::kAuto, DefaultFieldMap());
  Story story;
  EXPECT_FALSE(decoder.Decode(R"({"headline":"H","a":[[1]]})", &story));
  std::optional<DecodeFailure> failure = decoder.Decode(R"({"headline":"H","a":[[[1]]]})", &story);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, "too-deep");
  EXPECT_THAT(failure->message, HasSubstr("a/0/0 at byte 22"));
  EXPECT_FALSE(decoder.Decode(std::string(100, 'x'), &story));
  failure = decoder.Decode(std::string(101, 'x'), &story);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, "too-large");
  failure = Decode(std::string(100000, '[') + std::string(100000, ']'), &story);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, "wrong-type");
  failure = Decode("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}", &story);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, "too-deep");
}

// Of every beginning of a record, with JSON going on in the room behind it.
TEST(Decode, ReadsARecordWhereItStandsAsItReadsACopy) {
  const std::string whole =
      R"({"uri":"u:1","headline":"H \u00e9","body_text":"B \"q\"","n":[1,2.5,{"a":null}],)"
      R"("copydesk":{"contentHash":"07a532fd8d46fcb0d4de69dad20d8e34"},"z":true})";
  for (size_t size = 0; size <= whole.size(); ++size) {
    const std::string record = whole.substr(0, size);
    std::string room = record + '\0' + "\"}]:1,";
    room.resize(size + kPaddingBytes, '}');
    Story copied, read;
    const auto expected = Decode(record, &copied);
    StoryDecoder decoder({}, InputFormat::kAuto, DefaultFieldMap());
    const auto failure = decoder.Decode({room.data(), size}, &read, room.size());
    ASSERT_EQ(failure.has_value(), expected.has_value()) << record;
    if (failure) {
      EXPECT_EQ(failure->message, expected->message) << record;
    } else {
      EXPECT_EQ(read.uri, "u:1");
      EXPECT_EQ(read.fields.at(1).value, copied.fields.at(1).value);
      EXPECT_EQ(read.content_hash, copied.content_hash);
    }
  }
}

TEST(Decode, TakesOneFormatAloneWhenToldTo) {
  Story story;
  StoryDecoder text({}, InputFormat::kText, {});
  ASSERT_FALSE(text.Decode("{braces} in the news\n", &story));
  EXPECT_EQ(story.fields[0].value, "{braces} in the news");
  StoryDecoder json({}, InputFormat::kJson, {});
  const std::optional<DecodeFailure> failure = json.Decode("Storm hits coast", &story);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, "wrong-type");
}

TEST(Decode, KnowsWhatAFieldMapMayName) {
  for (const auto& [name, target] : DefaultFieldMap())
    EXPECT_TRUE(IsFieldMapTarget(target)) << name;
  EXPECT_FALSE(IsFieldMapTarget("headlines"));
  EXPECT_FALSE(IsFieldMapTarget("copydesk"));
}

}  // namespace
}  // namespace copydesk
