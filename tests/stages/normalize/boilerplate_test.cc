#include "stages/normalize/boilerplate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Story MakeStory(std::string headline, std::string body, bool is_markup = false) {
  Story story;
  story.fields.resize(2);
  story.fields[0].is_headline = true;
  story.fields[0].value = std::move(headline);
  story.fields[1].is_markup = is_markup;
  story.fields[1].value = std::move(body);
  story.ReadFields();
  return story;
}

// "why: text" of each span found.
std::vector<std::string> Found(const Boilerplate& boilerplate, Story story) {
  boilerplate.Find(story);
  std::vector<std::string> found;
  for (const NotStory& part : story.not_story) {
    const std::string& value = story.fields[part.field].value;
    found.push_back(part.why + ": " +
                    value.substr(part.bytes.begin, part.bytes.end - part.bytes.begin));
  }
  return found;
}

// Writes a rules file of the running test's own.
std::string WriteRules(const std::string& rules) {
  const std::string path = ::testing::TempDir() + "/" +
                           ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                           std::to_string(getpid()) + ".yaml";
  std::ofstream(path) << rules;
  return path;
}

std::unique_ptr<Boilerplate> FromText(const std::string& rules) {
  const std::string path = WriteRules(rules);
  auto boilerplate = Boilerplate::FromFile(path);
  std::remove(path.c_str());
  EXPECT_TRUE(boilerplate.ok()) << boilerplate.status();
  return boilerplate.ok() ? *std::move(boilerplate) : nullptr;
}

std::string ErrorOf(const std::string& rules) {
  const std::string path = WriteRules(rules);
  const auto boilerplate = Boilerplate::FromFile(path);
  std::remove(path.c_str());
  return std::string(boilerplate.status().message());
}

const Boilerplate& Shipped() {
  static const auto boilerplate = Boilerplate::FromFile(COPYDESK_ROOT "/configs/boilerplate.yaml");
  EXPECT_TRUE(boilerplate.ok()) << boilerplate.status();
  return **boilerplate;
}

TEST(Boilerplate, FindsTheHeadlineSaidAgain) {
  struct Case {
    const char* name;
    const char* headline;
    const char* body;
    std::vector<std::string> found;
  };
  const Case cases[] = {
      {"first line", "Talks resume", "Talks resume\n\nThey met.", {"headline: Talks resume"}},
      {"first sentence", "Talks resume", "Talks resume. They met.", {"headline: Talks resume."}},
      {"other case", "Talks resume", "TALKS RESUME\nThey met.", {"headline: TALKS RESUME"}},
      {"other case, not ASCII", "Über Köln", "ÜBER KÖLN\nRegen.", {"headline: ÜBER KÖLN"}},
      {"other typography", "\"We're back\"", "“We’re back”\r\nSo.", {"headline: “We’re back”"}},
      {"over two lines", "Talks resume", "Talks\nresume\nThey met.", {"headline: Talks\nresume"}},
      {"behind white space", "Talks resume", "\n  Talks resume\nSo.", {"headline: Talks resume"}},
      {"without the wire's words",
       "UPDATE 1-Talks resume",
       "Talks resume\nThey met.",
       {"headline: Talks resume"}},
      {"with its own end",
       "Will talks resume?",
       "Will talks resume? So.",
       {"headline: Will talks resume?"}},
      {"a sentence that goes on", "Talks resume", "Talks resume in Geneva\nThey met.", {}},
      {"a longer word", "Talks resume", "Talks resumed\nThey met.", {}},
      {"nothing else", "Talks resume", "Talks resume\n", {}},
      {"the first line of a text in lines",
       "Talks resumed on Monday in a hotel on the",
       "Talks resumed on Monday in a hotel on the\nlake, where all the ministers had met "
       "in\nspring.",
       {}},
      {"a line above shorter ones",
       "Talks resumed on Monday in a hotel on the lake of Geneva",
       "Talks resumed on Monday in a hotel on the lake of Geneva\nThe ministers met where they had "
       "met in the\nspring.",
       {"headline: Talks resumed on Monday in a hotel on the lake of Geneva"}},
      {"a line above a text in lines",
       "Talks resumed on Monday in a hotel",
       "Talks resumed on Monday in a hotel\nThe ministers met on the lake where they had\nmet.",
       {"headline: Talks resumed on Monday in a hotel"}},
      {"a paragraph above a text in lines",
       "Talks resumed on Monday in a hotel on the lake",
       "Talks resumed on Monday in a hotel on the lake\n\nThe ministers met on the\nlake.",
       {"headline: Talks resumed on Monday in a hotel on the lake"}},
      {"no headline", "", "They met.\nSo.", {}},
  };
  const Boilerplate none;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Found(none, MakeStory(c.headline, c.body)), c.found);
  }
}

TEST(Boilerplate, GivesSpansOfTheMarkedUpValue) {
  const auto found =
      Found(Shipped(), MakeStory("“Talks” resume",
                                 "<h1>&#8220;Talks&#8221; <b>resume</b></h1>\n<p>BERLIN&nbsp;(dpa) "
                                 "&ndash; They met.</p><p>Also Read: <a href='x'>More</a></p>",
                                 true));
  EXPECT_THAT(found, ElementsAre("headline: &#8220;Talks&#8221; <b>resume",
                                 "dateline: BERLIN&nbsp;(dpa) &ndash;",
                                 "cross-link: Also Read: <a href='x'>More"));
}

TEST(Boilerplate, ShippedRulesFindWhatDesksWrite) {
  struct Case {
    const char* name;
    std::string body;
    std::vector<std::string> found;
  };
  const Case cases[] = {
      {"dateline", "LISBON, Nov 2 (MNA) - Ports.", {"dateline: LISBON, Nov 2 (MNA) -"}},
      {"dateline of two places",
       "SÃO PAULO/NEW YORK, Nov. 2 (AP) — Rain.",
       {"dateline: SÃO PAULO/NEW YORK, Nov. 2 (AP) —"}},
      {"dateline with a state",
       "CUPERTINO, California, Nov 2 (Reuters) - Screws.",
       {"dateline: CUPERTINO, California, Nov 2 (Reuters) -"}},
      {"German dateline", "Berlin (dpa/bb) - Regen.", {"dateline: Berlin (dpa/bb) -"}},
      {"Russian dateline", "МОСКВА, 2 ноя (ТАСС) — Снег.", {"dateline: МОСКВА, 2 ноя (ТАСС) —"}},
      {"Arabic dateline", "القاهرة 3 نوفمبر (MNA) - افتتح", {"dateline: القاهرة 3 نوفمبر (MNA) -"}},
      {"Chinese dateline", "深圳11月3日电（MNA）——亚太", {"dateline: 深圳11月3日电（MNA）——"}},
      {"dateline of 1987", "SALVADOR, Feb 26 - Showers.", {"dateline: SALVADOR, Feb 26 -"}},
      {"byline and dateline",
       "By Ana Example and Jo Sample\nROME (AP) -- Rain.",
       {"byline: By Ana Example and Jo Sample", "dateline: ROME (AP) --"}},
      {"German byline", "Von Anton Probe, dpa\nBerlin (dpa) - Regen.", {}},
      {"a sentence with by", "By Monday the rain had gone.\nThen snow.", {}},
      {"a sentence with brackets", "Apple (the company) - not the fruit - rose.", {}},
      {"an acronym in the first sentence",
       "The National Health Service (NHS) - the largest - said so.",
       {}},
      {"sign-offs",
       "Rain.\n\n(Reporting by A B in Rome;\nEditing by C D)\n\n(MNA)\n",
       {"sign-off: (Reporting by A B in Rome;\nEditing by C D)", "sign-off: (MNA)"}},
      {"signed with a dash", "Regen. – MNA", {"sign-off: – MNA"}},
      {"signed with initials", "Rain.\n\nMNA pb/jb", {"sign-off: MNA pb/jb"}},
      {"signed in 1987", "Rain.\n Reuter\n\x03", {"sign-off: Reuter"}},
      {"signed in French",
       "Pluie.\n(Rédaction : A B ; édition : C D)",
       {"sign-off: (Rédaction : A B ; édition : C D)"}},
      {"an acronym at the end", "They joined the alliance (NATO)", {}},
      {"ends", "Rain.\n-ENDS-", {"sign-off: -ENDS-"}},
      {"brackets that tell", "Rain (and snow).", {}},
      {"cross-links",
       "Rain.\nAlso Read: Snow\nWind.\nRead more: Fog\r\nHail.",
       {"cross-link: Also Read: Snow", "cross-link: Read more: Fog"}},
      {"cross-links in German and French",
       "Regen.\nLesen Sie auch: Schnee\n\nLire aussi : Neige",
       {"cross-link: Lesen Sie auch: Schnee", "cross-link: Lire aussi : Neige"}},
      {"cross-links in Spanish and Russian",
       "Sol.\nLea también: Nieve\nЧитайте также: Снег",
       {"cross-link: Lea también: Nieve", "cross-link: Читайте также: Снег"}},
      {"a paragraph behind a cross-link's words",
       "Lire aussi : " + std::string(200, 'x') + "\nLire aussi : La neige",
       {"cross-link: Lire aussi : La neige"}},
      {"a sentence about reading", "Read more books, she said.\nReaders also read novels.", {}},
      {"click here",
       "Rain.\nClick here to see more\nSnow (for a map, click here: x.example).",
       {"click-here: Click here to see more", "click-here: (for a map, click here: x.example)"}},
      {"a list of sources",
       "Rain.\nSources:\n- A\n- B\nSnow.",
       {"source-list: Sources:\n- A\n- B"}},
      {"a source",
       "Rain.\nSource: MNA, Kenya Railways\n",
       {"source-list: Source: MNA, Kenya Railways"}},
      {"a sentence with a source", "Sources said so.\nThe source: a river.", {}},
      {"rights",
       "Rain.\n© 2026 Meridian News Agency\nAll rights reserved.",
       {"copyright: © 2026 Meridian News Agency", "copyright: All rights reserved."}},
      {"pictures and notices",
       "Rain.\n(Photo: Ana Example)\nAdvertisement\nSnow.",
       {"picture: (Photo: Ana Example)", "advertisement: Advertisement"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Found(Shipped(), MakeStory("A headline", c.body)), c.found);
  }
}

TEST(Boilerplate, TakesTheBeginOfALineForThatOfAText) {
  for (const char* pattern : {"^Mehr:.*", "\\AMehr:.*"}) {
    const auto rules =
        FromText("rules:\n- {name: link, pattern: '" + std::string(pattern) + "'}\n");
    ASSERT_NE(rules, nullptr);
    EXPECT_EQ(Found(*rules, MakeStory("A", "Regen.\n Mehr: Schnee")),
              std::vector<std::string>{"link: Mehr: Schnee"})
        << pattern;
  }
}

TEST(Boilerplate, KeepsARuleToItsLanguages) {
  const auto rules = FromText("rules:\n- {name: link, pattern: 'Mehr:.*', languages: [de]}\n");
  ASSERT_NE(rules, nullptr);
  for (const auto& [language, count] :
       {std::pair("de", 1), {"de-AT", 1}, {"", 1}, {"en", 0}, {"den", 0}}) {
    Story story = MakeStory("A", "Regen.\nMehr: Schnee");
    story.language = language;
    EXPECT_EQ(Found(*rules, std::move(story)).size(), static_cast<size_t>(count)) << language;
  }
}

TEST(Boilerplate, MarksAHeadlineAndAGroupOnly) {
  const auto rules = FromText(
      "rules:\n"
      "- {name: label, where: headline, at: start, pattern: 'Exclusive: '}\n"
      "- {name: tail, at: end, pattern: '[.](x+)'}\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_THAT(Found(*rules, MakeStory("Exclusive: rain", "Exclusive: rain.xx")),
              ElementsAre("label: Exclusive:", "tail: xx"));
}

TEST(Boilerplate, MergesOverlapsAndKeepsToItsLimit) {
  const auto rules = FromText(
      "rules:\n"
      "- {name: first, pattern: 'ab.*'}\n"
      "- {name: second, at: anywhere, pattern: 'c(?:d|\\n)'}\n"
      "- {name: many, at: anywhere, pattern: 'z'}\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_THAT(Found(*rules, MakeStory("A", "abc\nd abcd cd")),
              ElementsAre("first: abc", "second: cd", "second: cd"));
  std::string long_body = "x";
  for (int i = 0; i < 1000; ++i) long_body += " z";
  EXPECT_EQ(Found(*rules, MakeStory("A", long_body)).size(), 256u);
}

TEST(Boilerplate, RefusesRulesItCannotRead) {
  EXPECT_THAT(ErrorOf("rules:\n- {name: x, pattern: '('}\n"), HasSubstr(":2: pattern:"));
  EXPECT_THAT(ErrorOf("rules:\n- {name: x}\n"), HasSubstr("pattern"));
  EXPECT_THAT(ErrorOf("rules:\n- {pattern: x}\n"), HasSubstr("name"));
  EXPECT_THAT(ErrorOf("rules:\n- {name: x, pattern: x, att: end}\n"), HasSubstr("att"));
  EXPECT_THAT(ErrorOf("rules:\n- {name: x, pattern: x, at: middle}\n"), HasSubstr("middle"));
  EXPECT_THAT(ErrorOf("rules: x\n"), HasSubstr("list"));
  EXPECT_THAT(ErrorOf("{}\n"), HasSubstr("rules"));
  EXPECT_FALSE(Boilerplate::FromFile("/nowhere/boilerplate.yaml").ok());
}

}  // namespace
}  // namespace copydesk
