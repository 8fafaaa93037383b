#include "stages/tag/word_automaton.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kLetters = "abcd";

// A pattern whose letters a to d are classes, each of one look.
std::vector<PatternPart> Parts(std::string_view pattern) {
  std::vector<PatternPart> parts;
  for (const char c : pattern) {
    const size_t letter = kLetters.find(c);
    const bool is_class = letter != std::string_view::npos;
    parts.push_back({is_class ? static_cast<int32_t>(letter) : -1, is_class ? '\0' : c});
  }
  return parts;
}

void AddLooks(WordAutomaton* automaton) {
  for (size_t i = 0; i < kLetters.size(); ++i) {
    WordClasses classes;
    classes[i] = true;
    automaton->AddLook(classes);
  }
}

std::vector<int32_t> MatchingRules(WordAutomaton* automaton, std::string_view words) {
  WordAutomaton::State state = WordAutomaton::kStart;
  for (const char c : words) {
    if (state == WordAutomaton::kDead) return {};
    state = automaton->Next(state, static_cast<WordAutomaton::Look>(kLetters.find(c)));
  }
  const auto rules = automaton->Matching(state);
  return {rules.begin(), rules.end()};
}

// Every pattern over all texts of up to five words, beside RE2.
TEST(WordAutomaton, MatchesAsAnotherEngineDoes) {
  const std::vector<std::string> patterns = {
      "ab",           "a(b)?c",      "(a|b)*c",        "a+b",
      "a{2}b",        "a{1,3}",      "(?:ab|c){0,2}d", "(a{2,}|b)",
      "a(b(c|d)+)?a", "(?:a|b|cd)+", "a??b*?c+?",      "((a)(b?))(c|d)?"};
  RuleGraph graph;
  for (const std::string& pattern : patterns) graph.Add(Parts(pattern));
  WordAutomaton automaton(graph);
  AddLooks(&automaton);
  std::vector<std::string> texts = {""};
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() == 5) break;
    for (const char c : kLetters) texts.push_back(texts[i] + c);
  }
  texts.erase(texts.begin());
  for (const std::string& text : texts) {
    std::vector<int32_t> expected;
    for (size_t rule = 0; rule < patterns.size(); ++rule) {
      if (RE2::FullMatch(text, patterns[rule])) {
        expected.push_back(static_cast<int32_t>(rule));
      }
    }
    EXPECT_EQ(MatchingRules(&automaton, text), expected) << text;
  }
}

// A pattern of the given depth, with groups and repeats of all kinds.
std::string RandomPattern(std::mt19937* random, int depth) {
  const auto pick = [&](size_t count) { return (*random)() % count; };
  const auto atom = [&]() -> std::string {
    if (depth == 0 || pick(2) == 0) return std::string(1, kLetters[pick(3)]);
    const std::string inside = RandomPattern(random, depth - 1);
    return (pick(2) == 0 ? "(" : "(?:") + inside + ")";
  };
  const std::vector<std::string> repeats = {"", "", "", "?", "*", "+", "{0,2}", "{2}", "{1,}"};
  std::string out;
  for (size_t i = 0, size = 1 + pick(3); i < size; ++i) {
    if (i > 0 && pick(4) == 0) out += '|';
    const std::string repeat = repeats[pick(repeats.size())];
    out += atom() + repeat;
    if (!repeat.empty() && pick(4) == 0) out += '?';
  }
  return out;
}

// Which words the first group takes, beside RE2. Random texts, of up to seven words.
TEST(WordAutomaton, FindsTheGroupThatAnotherEngineFinds) {
  std::mt19937 random(20261128);
  size_t found = 0;
  for (int round = 0; round < 10000; ++round) {
    const std::string pattern = RandomPattern(&random, 3);
    const RE2 expected(pattern);
    ASSERT_TRUE(expected.ok()) << pattern;
    RuleGraph graph;
    graph.Add(Parts("d"));
    graph.Add(Parts(pattern));
    graph.Add(Parts("abc"));
    EXPECT_FALSE(graph.HasGroup(0));
    if (!graph.HasGroup(1)) continue;
    WordAutomaton automaton(graph);
    AddLooks(&automaton);
    for (int i = 0; i < 20; ++i) {
      std::string text;
      std::vector<WordAutomaton::Look> words;
      for (size_t size = random() % 8; words.size() < size;) {
        words.push_back(static_cast<WordAutomaton::Look>(random() % 3));
        text += kLetters[words.back()];
      }
      std::array<re2::StringPiece, 2> groups;
      const bool is_match =
          expected.Match(text, 0, text.size(), RE2::ANCHOR_START, groups.data(), 2);
      const WordAutomaton::Range group = automaton.FindGroup(1, words);
      const std::string taken = text.substr(group.begin, group.end - group.begin);
      EXPECT_EQ(taken, is_match ? std::string(groups[1]) : "") << pattern << " in " << text;
      if (taken.empty()) continue;
      ++found;
      EXPECT_EQ(group.begin, static_cast<size_t>(groups[1].data() - text.data()))
          << pattern << " in " << text;
    }
  }
  EXPECT_GT(found, 5000u);
}

TEST(WordAutomaton, KnowsLooksThatCameLater) {
  RuleGraph graph;
  graph.Add(Parts("ab"));
  WordAutomaton automaton(graph);
  AddLooks(&automaton);
  EXPECT_THAT(MatchingRules(&automaton, "ab"), ElementsAre(0));
  WordClasses a;
  a[0] = true;
  for (size_t look = kLetters.size(); look < 300; ++look) automaton.AddLook(a);
  EXPECT_THAT(MatchingRules(&automaton, "ab"), ElementsAre(0));
  EXPECT_THAT(MatchingRules(&automaton, "aa"), IsEmpty());
  const WordAutomaton::State state = automaton.Next(WordAutomaton::kStart, 299);
  EXPECT_TRUE(automaton.IsMatch(automaton.Next(state, 1)));
}

TEST(WordAutomaton, SaysWhatARuleBeginsAndGoesOnWith) {
  RuleGraph graph;
  graph.Add(Parts("a?(b|c)d"));
  EXPECT_THAT(graph.Beginnings(), ::testing::UnorderedElementsAre(0, 1, 2));
  WordAutomaton automaton(graph);
  AddLooks(&automaton);
  const WordAutomaton::State state = automaton.Next(WordAutomaton::kStart, 0);
  EXPECT_TRUE(automaton.MayGoOn(state, WordClasses(0b0010)));
  EXPECT_FALSE(automaton.MayGoOn(state, WordClasses(0b1001)));
}

TEST(WordAutomaton, WhatItDoesNotUnderstandMayMatchAnywhere) {
  RuleGraph graph;
  graph.Add(Parts("ab"));
  graph.Add(Parts("a[b]"));
  WordAutomaton automaton(graph);
  AddLooks(&automaton);
  EXPECT_THAT(automaton.Matching(WordAutomaton::kStart), ElementsAre(1));
  EXPECT_THAT(MatchingRules(&automaton, "ab"), ElementsAre(0));
}

TEST(WordAutomaton, MatchesNothingOnlyWhereARuleMay) {
  RuleGraph some;
  some.Add(Parts("ab"));
  some.Add(Parts("a?"));
  EXPECT_TRUE(WordAutomaton(some).MatchesNothing());
  RuleGraph none;
  WordAutomaton automaton(none);
  AddLooks(&automaton);
  EXPECT_FALSE(automaton.MatchesNothing());
  EXPECT_EQ(automaton.Next(WordAutomaton::kStart, 0), WordAutomaton::kDead);
}

TEST(WordAutomaton, StartsAnewWhenCleared) {
  RuleGraph graph;
  graph.Add(Parts("ab"));
  WordAutomaton automaton(graph);
  AddLooks(&automaton);
  EXPECT_THAT(MatchingRules(&automaton, "ab"), ElementsAre(0));
  automaton.Clear();
  AddLooks(&automaton);
  EXPECT_THAT(MatchingRules(&automaton, "ba"), IsEmpty());
  EXPECT_THAT(MatchingRules(&automaton, "ab"), ElementsAre(0));
}

}  // namespace
}  // namespace copydesk
