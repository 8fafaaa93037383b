#include "stages/story/encode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stages/story/decode.h"
#include "tests/support/stories.h"

namespace copydesk {
namespace {

using testing::AddMention;
using testing::DecodeGood;
using testing::Encoded;
using ::testing::HasSubstr;

TEST(Encode, KeepsTheRecordByteForByte) {
  struct Case {
    std::string_view name, record, expected;
  };
  const Case kCases[] = {
      {"one line", R"({"headline":"H"})", R"({"headline":"H","copydesk":{X}})"},
      {"white space before the brace and behind it", "{ \"headline\" : \"H\"\n}\r\n ",
       "{ \"headline\" : \"H\",\"copydesk\":{X}\n}\r\n "},
      {"a brace in a string at the end", R"({"headline":"}"})",
       R"({"headline":"}","copydesk":{X}})"},
      {"a byte order mark", "\xEF\xBB\xBF{\"headline\":\"H\"}",
       "\xEF\xBB\xBF{\"headline\":\"H\",\"copydesk\":{X}}"},
      {"numbers, escapes and order as they were",
       R"({"z":1e400,"headline":"\u0048\/","a":-0.0,"z":[ ]})",
       R"({"z":1e400,"headline":"\u0048\/","a":-0.0,"z":[ ],"copydesk":{X}})"},
      {"an earlier extension at the end", R"({"headline":"H" , "copydesk" : {} })",
       R"({"headline":"H" ,"copydesk":{X} })"},
      {"an earlier extension at the begin", R"({ "copydesk":{}, "headline":"H"})",
       R"({  "headline":"H","copydesk":{X}})"},
      {"an earlier extension in the middle", R"({"a":1,"copydesk":{},"headline":"H"})",
       R"({"a":1,"headline":"H","copydesk":{X}})"},
      {"an earlier extension whose key has an escape",
       R"({"a":1,"copy\u0064esk":{},"headline":"H"})", R"({"a":1,"headline":"H","copydesk":{X}})"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Story story;
    DecodeGood(c.record, &story);
    std::string expected(c.expected);
    expected.replace(expected.find('X'), 1, "\"uri\":\"" + story.uri + "\"");
    EXPECT_EQ(Encoded(story, c.record), expected);
  }
}

// Such an object is refused as no story, but what was laid out of it can be encoded.
TEST(Encode, PutsMembersIntoAnObjectThatHasNone) {
  for (const std::string_view record :
       {"{}", "{ }", R"({"copydesk":{}})", R"({ "copydesk":{} })"}) {
    SCOPED_TRACE(record);
    Story story;
    const std::optional<DecodeFailure> failure = testing::Decode(record, &story);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, "no-text");
    const std::string out = Encoded(story, record);
    EXPECT_EQ(out.find_first_not_of("{ "), out.find("\"copydesk\":{\"uri\":"));
    EXPECT_EQ(out.find("copydesk"), out.rfind("\"copydesk") + 1);
  }
}

// What a story is about: the rel of one entity that is named at these places of a body.
TEST(Encode, SaysWhatAStoryIsAbout) {
  struct Case {
    std::string_view name;
    std::vector<uint32_t> places;
    std::string_view rel;
    size_t body_bytes = 1200;
  };
  const Case kCases[] = {
      {"once, in the lead", {10}, "mentions"},
      {"in the lead and again", {10, 1100}, "about"},
      {"in the lead twice, and no more", {10, 200}, "mentions"},
      {"twice in what is hardly more than a lead", {10, 200}, "about", 500},
      {"twice, behind the lead", {500, 1100}, "mentions"},
      {"again and again to the end", {500, 600, 700, 1100}, "about"},
      {"again and again in one part", {500, 550, 600, 650}, "mentions"},
  };
  for (const Case& c : kCases) {
    const std::string record =
        R"({"uri":"u","headline":"Talks","body_text":")" + std::string(c.body_bytes, 'x') + "\"}";
    Story story;
    testing::DecodeGood(record, &story);
    for (const uint32_t place : c.places) {
      Mention& mention = story.mentions.emplace_back();
      mention.id = "Q64";
      mention.type = "place";
      mention.name = "Berlin";
      mention.field = 1;
      mention.bytes = {place, place + 6};
    }
    EXPECT_THAT(Encoded(story, record),
                ::testing::HasSubstr("\"rel\":\"" + std::string(c.rel) + "\""))
        << c.name;
  }
}

TEST(Encode, AddsEntitiesInTheDialectsOwnArrays) {
  struct Case {
    std::string_view name, record, expected;
  };
  const Case kCases[] = {
      {"1.x", R"({"uri":"u","headline":"Merkel in Berlin","body_text":"Merkel, CDU"})",
       R"({"uri":"u","headline":"Merkel in Berlin","body_text":"Merkel, CDU",)"
       R"("person":[{"name":"Angela Merkel","rel":"about",)"
       R"("scheme":"http://www.wikidata.org/entity/","code":"Q567"}],)"
       R"("organisation":[{"name":"CDU","rel":"mentions",)"
       R"("scheme":"urn:copydesk:scheme:party","code":"de/cdu"}],)"
       R"("place":[{"name":"Berlin","rel":"about",)"
       R"("scheme":"http://www.wikidata.org/entity/","code":"Q64"}],"copydesk":)"},
      {"2.x",
       R"({"uri":"u","headlines":[{"value":"Merkel in Berlin"}],"bodies":[{"value":"Merkel, CDU"}]})",
       R"({"uri":"u","headlines":[{"value":"Merkel in Berlin"}],"bodies":[{"value":"Merkel, CDU"}],)"
       R"("people":[{"name":"Angela Merkel","rel":"about",)"
       R"("uri":"http://www.wikidata.org/entity/Q567"}],)"
       R"("organisations":[{"name":"CDU","rel":"mentions","uri":"urn:copydesk:scheme:party:de%2Fcdu"}],)"
       R"("places":[{"name":"Berlin","rel":"about",)"
       R"("uri":"http://www.wikidata.org/entity/Q64"}],"copydesk":)"},
      {"arrays that are there",
       R"({"uri":"u","place":[],"headline":"Merkel in Berlin","body_text":"Merkel, CDU",)"
       R"("organisation":[ {"name":"DPA"} ],"person":[{"name":"ANGELA M\u0045RKEL"}]})",
       R"({"uri":"u","place":[{"name":"Berlin","rel":"about",)"
       R"("scheme":"http://www.wikidata.org/entity/","code":"Q64"}],)"
       R"("headline":"Merkel in Berlin","body_text":"Merkel, CDU",)"
       R"("organisation":[ {"name":"DPA"},{"name":"CDU","rel":"mentions",)"
       R"("scheme":"urn:copydesk:scheme:party","code":"de/cdu"} ],)"
       R"("person":[{"name":"ANGELA M\u0045RKEL"}],"copydesk":)"},
      {"known by code, uri and id",
       R"({"uri":"u","place":[{"code":"Q64"}],"headline":"Merkel in Berlin",)"
       R"("body_text":"Merkel, CDU","organisation":[{"id":"party:de/cdu"}],)"
       R"("person":[{"uri":"http://www.wikidata.org/entity/Q567"}]})",
       R"({"uri":"u","place":[{"code":"Q64"}],"headline":"Merkel in Berlin",)"
       R"("body_text":"Merkel, CDU","organisation":[{"id":"party:de/cdu"}],)"
       R"("person":[{"uri":"http://www.wikidata.org/entity/Q567"}],"copydesk":)"},
      {"what is no array of entities",
       R"({"uri":"u","place":"Berlin","headline":"Merkel in Berlin",)"
       R"("body_text":"Merkel, CDU","organisation":null,"person":["Angela"]})",
       R"({"uri":"u","place":"Berlin","headline":"Merkel in Berlin",)"
       R"("body_text":"Merkel, CDU","organisation":null,"person":["Angela"],"copydesk":)"},
      {"an extension between the arrays",
       R"({"uri":"u","place":[],"copydesk":{},"person":[],"organisation":1,)"
       R"("headline":"Merkel in Berlin","body_text":"Merkel, CDU"})",
       R"({"uri":"u","place":[{"name":"Berlin","rel":"about",)"
       R"("scheme":"http://www.wikidata.org/entity/","code":"Q64"}],)"
       R"("person":[{"name":"Angela Merkel","rel":"about",)"
       R"("scheme":"http://www.wikidata.org/entity/","code":"Q567"}],"organisation":1,)"
       R"("headline":"Merkel in Berlin","body_text":"Merkel, CDU","copydesk":)"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Story story;
    DecodeGood(c.record, &story);
    AddMention(&story, 0, "Merkel", "Q567", "person", "Angela Merkel");
    AddMention(&story, 0, "Berlin", "Q64", "place", "Berlin");
    AddMention(&story, 1, "Merkel", "Q567", "person", "Angela Merkel");
    AddMention(&story, 1, "CDU", "party:de/cdu", "organisation", "CDU");
    const std::string out = Encoded(story, c.record);
    EXPECT_EQ(out.substr(0, c.expected.size()), c.expected);
  }
}

TEST(Encode, WritesWhatTheStagesFound) {
  constexpr std::string_view kRecord =
      R"({"uri":"u","headline":"\u00c9lys\u00e9e \ud83d\ude00 Paris","body_text":"Also Read: x"})";
  Story story;
  DecodeGood(kRecord, &story);
  story.is_normalized = true;
  story.content_hash = {0x1, 0x2};
  story.notice = Notice::kUpdate;
  story.notice_number = 2;
  story.not_story.push_back({1, {0, 12}, "cross-link"});
  Relation& relation = story.relation.emplace();
  relation.kind = RelationKind::kRevision;
  relation.is_late = true;
  relation.rule = "same \"uri\"";
  relation.lead = Lead{"u0", "1", "wire.raw", 2, 17};
  story.dictionary_version = "2026-11-23";
  AddMention(&story, 0, "Paris", "Q90", "place", "Paris");
  const std::string out = Encoded(story, kRecord);
  EXPECT_THAT(
      out, HasSubstr(
               R"("copydesk":{"dictionary":"2026-11-23","relation":{"kind":"revision","late":true,)"
               R"("lead":{"uri":"u0","version":"1","topic":"wire.raw","partition":2,"offset":17},)"
               R"("rule":"same \"uri\""},"notice":{"kind":"update","number":2},)"
               R"("contentHash":"00000000000000010000000000000002",)"
               R"("notStory":[{"field":"body_text","bytes":[0,12],"why":"cross-link"}],)"
               R"("mentions":[{"id":"Q90","type":"place","name":"Paris","surface":"Paris",)"
               R"("field":"headline","bytes":[14,19],"codepoints":[9,14],"utf16":[10,15],)"
               R"("by":"alias"}]}})"));
}

TEST(Encode, MakesPlainTextAnObject) {
  constexpr std::string_view kText =
      "Sturm \"Ada\" trifft K\xC3\xBCste\n\nBERLIN (dpa) - Es weht.\n";
  Story story;
  DecodeGood(kText, &story);
  const std::string out = Encoded(story, kText);
  EXPECT_EQ(out, R"({"standard":{"name":"ninjs","version":"3.1"},"uri":")" + story.uri +
                     R"(","type":"text","headlines":[{"contentType":"text/plain",)"
                     R"("value":"Sturm \"Ada\" trifft K)"
                     "\xC3\xBC"
                     R"(ste"}],"bodies":[{"contentType":"text/plain",)"
                     R"("value":"BERLIN (dpa) - Es weht.\n"}],"copydesk":{}})");
}

// The chain may be cut at any stage boundary: what is decoded again and encoded again is the same,
// whether the stages behind the cut then add to it or not.
TEST(Encode, GivesTheSameRecordWhereverTheChainIsCut) {
  const std::string_view kRecords[] = {
      R"({"uri":"u","headline":"Merkel in Berlin","body_text":"Also Read: Merkel"} )",
      R"({"headline":"Merkel in Berlin","body_xhtml":"<p>Also Read: <b>Merkel</b></p>"})",
      R"({"uri":"u","headlines":[{"value":"Merkel in Berlin"}],"bodies":[{"value":"Also Read: Merkel"}],"people":[]})",
      R"({"pubStatus":"usable","headlines":[{"value":"Merkel in Berlin"}],"bodies":[{"value":"Also Read: Merkel"}]})",
      "{\"title\":\"Merkel in Berlin\",\"text\":\"Also Read: Merkel\"\n}\n",
      "Merkel in Berlin\n\nAlso Read: Merkel\n",
  };
  const auto normalize = [](Story* story) {
    story->is_normalized = true;
    story->content_hash = {77, 88};
    story->notice = Notice::kAdd;
    story->notice_number = 1;
    story->not_story.push_back({1, {0, 5}, "cross-link"});
  };
  const auto deduplicate = [](Story* story) {
    story->relation.emplace().kind = RelationKind::kCorrection;
    story->relation->rule = "says so";
    story->relation->lead = Lead{"u0", "", "wire.raw", 0, 3};
  };
  const auto tag = [](Story* story) {
    story->dictionary_version = "7f3a";
    AddMention(story, 0, "Merkel", "Q567", "person", "Angela Merkel");
    AddMention(story, 0, "Berlin", "iso3166-2:DE-BE", "place", "Berlin");
    AddMention(story, 1, "Merkel", "Q567", "person", "Angela Merkel");
  };
  for (const std::string_view record : kRecords) {
    SCOPED_TRACE(record);
    Story fused;
    DecodeGood(record, &fused);
    normalize(&fused);
    deduplicate(&fused);
    tag(&fused);
    const std::string expected = Encoded(fused, record);
    for (int cut = 0; cut <= 3; ++cut) {
      SCOPED_TRACE(cut);
      Story before;
      DecodeGood(record, &before);
      if (cut > 0) normalize(&before);
      if (cut > 1) deduplicate(&before);
      if (cut > 2) tag(&before);
      const std::string between = Encoded(before, record);
      Story after;
      DecodeGood(between, &after);
      EXPECT_EQ(after.uri, fused.uri);
      EXPECT_EQ(after.is_normalized, cut > 0);
      EXPECT_EQ(after.relation.has_value(), cut > 1);
      EXPECT_EQ(after.mentions.size(), cut > 2 ? 3u : 0u);
      if (cut < 1) normalize(&after);
      if (cut < 2) deduplicate(&after);
      if (cut < 3) tag(&after);
      EXPECT_EQ(Encoded(after, between), expected);
    }
  }
}

TEST(Encode, WritesARecall) {
  std::string out = "old";
  EncodeRecall({"u1", "2", "wire.raw", 1, 5}, {"k", "", "wire.raw", 1, 9}, RelationKind::kKill,
               &out);
  EXPECT_EQ(out,
            R"({"recall":{"uri":"u1","version":"2","topic":"wire.raw","partition":1,"offset":5},)"
            R"("by":{"uri":"k","version":"","topic":"wire.raw","partition":1,"offset":9},)"
            R"("reason":"kill"})");
}

}  // namespace
}  // namespace copydesk
