// The matcher against the referee (tagging_referee.h), mention for mention.
//
// How: random dictionaries over small alphabets, so that prefixes, boundaries and folds collide;
// random texts out of the same pieces. The kernels take turns.
//
// COPYDESK_SEED sets the first seed, COPYDESK_CASES the number of cases.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "tests/oracle/tagging_referee.h"

namespace copydesk {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

using Random = std::mt19937_64;

size_t Below(Random& random, size_t count) { return random() % count; }

const std::string& Pick(Random& random, const std::vector<std::string>& from) {
  return from[Below(random, from.size())];
}

// One alphabet of pieces for a case; small, so that things meet.
struct Alphabet {
  std::vector<std::string> words;
  std::vector<std::string> joints;
};

Alphabet PickAlphabet(Random& random) {
  static const std::vector<Alphabet> kAlphabets = {
      {{"a", "ab", "b", "A", "Ab", "AB", "9", "_"}, {" ", " ", ".", "-", "'", "  ", ", ", ""}},
      {{"US", "us", "U", "S", "A", "USA", "Us"}, {".", " ", ".", ". ", ""}},
      {{"New", "York", "City", "new", "NEW", "YORK"},
       {" ", "\u00A0", "\n", "\r\n", "  ", "-", "\u2013"}},
      {{"İ", "i", "I", "ß", "ss", "SS", "ẞ", "ﬁ", "fi", "ŉ"}, {" ", "", ".", "-"}},
      {{"é", "e\u0301", "e", "E", "É", "x\u0302", "x"}, {" ", "", "\u2019", "'", "."}},
      {{"\u5317", "\u4EAC", "\u5E02", "A", "a"}, {"", "", " ", "\u3002", "\u2026"}},
      {{"中", "国", "人", "民", "\uD55C", "\u4DC0", "a", "中国人民银行中国人民大学"},
       {"", "", "", "\u3002", " "}},
      {{"\u0E01", "\u0E01\u0E34", "\uD55C", "\uAD6D", "\u30AB", "\u30AB\u3099", "ab"},
       {"", " ", "."}},
      {{"Мос", "ква", "МОС", "КВА", "мос"}, {"", " ", "-", "\u00AD", "\u2014"}},
      {{"\u0627\u0644", "\u0642\u062F", "\u0633", "\u0651"}, {" ", "", "\u200C", "\u060C"}},
      {{"a", "b", "..."}, {"\u2026", ".", " ", "...", ". "}},
      {{"sks", "\u017Fks", "SKS", "s\u212As", "million", "Million"}, {" ", ".", " of ", ""}},
      {{"\U0001F600", "\U0001D504", "a", "B"}, {"", " ", "\u200B"}},
      {{"abcdefgh", "abcdefghijklmnop", "abcdefghijklmnopq", "abcdefghijklmnopabcdefgh", "a"},
       {" ", "", "-"}},
  };
  Alphabet alphabet = kAlphabets[Below(random, kAlphabets.size())];
  if (Below(random, 4) == 0) {
    const Alphabet& other = kAlphabets[Below(random, kAlphabets.size())];
    alphabet.words.insert(alphabet.words.end(), other.words.begin(), other.words.end());
    alphabet.joints.insert(alphabet.joints.end(), other.joints.begin(), other.joints.end());
  }
  return alphabet;
}

std::string RandomText(Random& random, const Alphabet& alphabet, size_t pieces) {
  std::string text;
  for (size_t i = 0; i < pieces; ++i) {
    text += Pick(random, alphabet.words);
    text += Pick(random, alphabet.joints);
  }
  if (Below(random, 2) == 0) text.insert(0, Pick(random, alphabet.joints));
  return text;
}

std::string RandomPattern(Random& random, const Alphabet& alphabet) {
  const std::string a = RE2::QuoteMeta(Pick(random, alphabet.words));
  const std::string b = RE2::QuoteMeta(Pick(random, alphabet.words));
  switch (Below(random, 6)) {
    case 0:
      return "(" + a + "|" + b + ")";
    case 1:
      return a + "[ .]?(" + b + ")?";
    case 2:
      return a + "+ ?" + b;
    case 3:
      return a + ".*";
    case 4:
      return "\\b" + a + "\\b";
    default:
      return a + "[^b]?" + b + "$";
  }
}

enum class Kind { kTypographic, kExact, kMixed };

TaggingCase RandomCase(Random& random, Kind kind) {
  TaggingCase result;
  const Alphabet alphabet = PickAlphabet(random);
  const size_t entities = 1 + Below(random, 12);
  for (size_t i = 0; i < entities; ++i) {
    result.priorities.push_back(static_cast<uint16_t>(99 + Below(random, 3)));
    for (size_t k = 0; k <= Below(random, 2); ++k) {
      RefereeAlias alias;
      alias.entity = static_cast<uint32_t>(i);
      alias.fold = kind == Kind::kExact ? AliasFold::kExact
                   : kind == Kind::kTypographic
                       ? AliasFold::kTypographic
                       : static_cast<AliasFold>(Below(random, kAliasFolds));
      alias.is_pattern = k > 0 && kind == Kind::kMixed && Below(random, 2) == 0;
      if (alias.is_pattern && alias.fold > AliasFold::kCase) alias.fold = AliasFold::kCase;
      alias.text = alias.is_pattern ? RandomPattern(random, alphabet)
                                    : RandomText(random, alphabet, 1 + Below(random, 3));
      result.aliases.push_back(alias);
    }
  }
  result.text = RandomText(random, alphabet, Below(random, 16));
  // Aliases as they stand, so that something is found.
  for (size_t i = Below(random, 3); i > 0; --i) {
    const RefereeAlias& alias = result.aliases[Below(random, result.aliases.size())];
    if (!alias.is_pattern) result.text += alias.text;
    result.text += Pick(random, alphabet.joints);
  }
  return result;
}

// Runs one case. Returns false, having reported it, when matcher and referee differ.
bool RunCase(TaggingCase c, const Kernel& kernel) {
  const auto dictionary = CompileCase(&c);
  EXPECT_NE(dictionary, nullptr) << Describe(c);
  if (dictionary == nullptr) return false;
  const std::vector<RefereeMention> expected = Referee(c.aliases, c.priorities).Find(c.text);
  const std::vector<RefereeMention> found = FindWithMatcher(dictionary, c.text, kernel);
  EXPECT_EQ(found, expected) << kernel.name << ", " << Describe(c);
  return found == expected;
}

void RunCases(Kind kind, uint64_t cases) {
  const uint64_t first = FromEnvironment("COPYDESK_SEED", 1);
  cases = FromEnvironment("COPYDESK_CASES", cases);
  std::printf("COPYDESK_SEED=%llu COPYDESK_CASES=%llu\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(cases));
  const std::vector<const Kernel*> kernels = AllKernels();
  int failures = 0;
  for (uint64_t seed = first; seed < first + cases && failures < 3; ++seed) {
    Random random(seed * 3 + static_cast<uint64_t>(kind));
    if (!RunCase(RandomCase(random, kind), *kernels[seed % kernels.size()])) {
      ++failures;
      ADD_FAILURE() << "seed " << seed;
    }
  }
}

TEST(TaggingOracle, AgreesOnTypographicAliases) { RunCases(Kind::kTypographic, 10000); }
TEST(TaggingOracle, AgreesOnExactAliases) { RunCases(Kind::kExact, 10000); }
TEST(TaggingOracle, AgreesOnAllFoldsAndPatterns) { RunCases(Kind::kMixed, 20000); }

}  // namespace
}  // namespace copydesk
