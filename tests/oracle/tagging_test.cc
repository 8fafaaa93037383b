// The referee of tagging: every alias through RE2 by itself, naive and obviously right, against the
// matcher, mention for mention.
//
// How: random dictionaries over small alphabets, so that prefixes, boundaries and folds collide;
// random texts out of the same pieces. The referee tries at every place of the plain text every
// end, longest first, and every alias: it folds the part of the text itself and asks RE2 whether
// the quoted alias, or the pattern, matches it as a whole.
//
// COPYDESK_SEED sets the first seed, COPYDESK_CASES the number of cases.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "stages/dictionary/compile.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/matcher.h"
#include "stages/text/boundary.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

struct RefereeAlias {
  std::string text;
  AliasFold fold = AliasFold::kTypographic;
  bool is_pattern = false;
  uint32_t entity = 0;
};

struct RefereeMention {
  uint32_t begin = 0;
  uint32_t end = 0;
  std::vector<uint32_t> entities;  // best first
  friend bool operator==(const RefereeMention&, const RefereeMention&) = default;
};

void PrintTo(const RefereeMention& mention, std::ostream* out) {
  *out << "[" << mention.begin << ", " << mention.end << ") ->";
  for (const uint32_t entity : mention.entities) *out << " " << entity;
}

std::vector<size_t> CodePointEdges(std::string_view text) {
  std::vector<size_t> edges;
  for (size_t at = 0; at < text.size(); NextCodePoint(text, &at)) edges.push_back(at);
  edges.push_back(text.size());
  return edges;
}

WordClass Before(std::string_view text, size_t at) { return ClassOf(PreviousCodePoint(text, &at)); }
WordClass Behind(std::string_view text, size_t at) { return ClassOf(NextCodePoint(text, &at)); }

bool StandsAlone(std::string_view text, size_t begin, size_t end) {
  const bool begins = begin == 0 || Before(text, begin) != WordClass::kWord ||
                      Behind(text, begin) == WordClass::kUnspaced;
  const bool ends = end == text.size() || Behind(text, end) != WordClass::kWord ||
                    Before(text, end) == WordClass::kUnspaced;
  return begins && ends;
}

bool BeginsWithMark(std::string_view text) {
  static const RE2 mark("^\\p{Mn}");
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), mark);
}

// A mark at the begin has nothing it could be taken off from, and stays.
std::string FoldFor(AliasFold fold, std::string_view text) {
  std::string out(text);
  if (fold == AliasFold::kCase || fold == AliasFold::kCaseAndDiacritics) out = FoldCase(out);
  if (fold == AliasFold::kDiacritics || fold == AliasFold::kCaseAndDiacritics) {
    const bool has_lone_marks = BeginsWithMark(out);
    out = has_lone_marks ? out : StripDiacritics(out);
  }
  return out;
}

bool IsAllCapitals(std::string_view text) {
  static const RE2 upper("\\p{Lu}");
  static const RE2 lower("\\p{Ll}");
  const re2::StringPiece in(text.data(), text.size());
  return RE2::PartialMatch(in, upper) && !RE2::PartialMatch(in, lower);
}

class Referee {
 public:
  Referee(std::vector<RefereeAlias> aliases, std::vector<uint16_t> priorities)
      : aliases_(std::move(aliases)), priorities_(std::move(priorities)) {
    RE2::Options options;
    options.set_log_errors(false);
    for (const RefereeAlias& alias : aliases_) {
      options.set_case_sensitive(true);
      std::string pattern = alias.text;
      if (!alias.is_pattern) {
        const std::string text = alias.fold == AliasFold::kExact
                                     ? alias.text
                                     : FoldFor(alias.fold, FoldTypography(alias.text));
        pattern = RE2::QuoteMeta(text);
      } else if (alias.fold == AliasFold::kCase) {
        options.set_case_sensitive(false);
      }
      patterns_.push_back(std::make_unique<RE2>(pattern, options));
      const bool in_capitals = alias.fold == AliasFold::kTypographic && !alias.is_pattern &&
                               !BeginsWithMark(FoldTypography(alias.text));
      capitals_.push_back(in_capitals ? std::make_unique<RE2>(RE2::QuoteMeta(
                                            FoldFor(AliasFold::kCase, FoldTypography(alias.text))))
                                      : nullptr);
    }
  }

  std::vector<RefereeMention> Find(std::string_view plain) const {
    FoldedText folded;
    folded.Assign(plain);
    const std::string_view text = folded.text();
    const bool is_capitals = IsAllCapitals(text);
    std::vector<RefereeMention> mentions;
    const std::vector<size_t> edges = CodePointEdges(plain);
    for (size_t i = 0; i + 1 < edges.size();) {
      size_t end = edges.size() - 1;
      RefereeMention found;
      for (; end > i && found.entities.empty(); --end) {
        found = At(plain, folded, is_capitals, edges[i], edges[end]);
      }
      if (found.entities.empty()) {
        ++i;
      } else {
        mentions.push_back(found);
        i = end + 1;
      }
    }
    return mentions;
  }

 private:
  RefereeMention At(std::string_view plain, const FoldedText& folded, bool is_capitals,
                    size_t begin, size_t end) const {
    const Span span{static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
    const Span in_text = folded.map().ToDerived(span);
    const bool is_whole = folded.map().ToOriginal(in_text) == span &&
                          in_text.begin != in_text.end &&
                          StandsAlone(folded.text(), in_text.begin, in_text.end);
    const std::string part(plain.substr(begin, end - begin));
    const std::string text(folded.text().substr(in_text.begin, in_text.end - in_text.begin));
    const bool is_plain_alone = StandsAlone(plain, begin, end);
    std::set<std::pair<int, uint32_t>> entities;
    for (size_t i = 0; i < aliases_.size(); ++i) {
      const RefereeAlias& alias = aliases_[i];
      bool matches = false;
      if (alias.fold == AliasFold::kExact) {
        matches = is_plain_alone && RE2::FullMatch(part, *patterns_[i]);
      } else if (is_whole) {
        // A letter and its marks are folded together or not at all.
        const bool splits_marks = BeginsWithMark(folded.text().substr(in_text.end));
        if (splits_marks && !alias.is_pattern) {
          matches = text == alias.text;
        } else {
          const std::string in = alias.is_pattern ? text : FoldFor(alias.fold, text);
          matches = RE2::FullMatch(in, *patterns_[i]);
        }
        if (!matches && is_capitals && !splits_marks && capitals_[i] != nullptr) {
          matches = RE2::FullMatch(FoldFor(AliasFold::kCase, text), *capitals_[i]);
        }
      }
      if (matches) entities.insert({-priorities_[alias.entity], alias.entity});
    }
    RefereeMention mention{span.begin, span.end, {}};
    for (const auto& [priority, entity] : entities) mention.entities.push_back(entity);
    return mention;
  }

  std::vector<RefereeAlias> aliases_;
  std::vector<uint16_t> priorities_;
  std::vector<std::unique_ptr<RE2>> patterns_;
  std::vector<std::unique_ptr<RE2>> capitals_;
};

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

struct Case {
  std::vector<RefereeAlias> aliases;
  std::vector<uint16_t> priorities;
  std::string text;
};

enum class Kind { kTypographic, kExact, kMixed };

Case RandomCase(Random& random, Kind kind) {
  Case result;
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

bool IsBlank(std::string_view text) {
  return FoldTypography(text).find_first_not_of(' ') == std::string::npos;
}

// An alias as the compiler takes it: white space around it is no part of it.
std::string Trimmed(std::string text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// Runs one case. Returns false, having reported it, when matcher and referee differ.
bool RunCase(Case c) {
  std::erase_if(c.aliases, [](const RefereeAlias& alias) {
    const bool is_refused = alias.fold != AliasFold::kExact &&
                            alias.fold != AliasFold::kTypographic &&
                            BeginsWithMark(Trimmed(FoldTypography(alias.text)));
    return !alias.is_pattern && (IsBlank(alias.text) || is_refused);
  });
  DictionaryCompiler compiler;
  for (size_t i = 0; i < c.priorities.size(); ++i) {
    const auto entity =
        compiler.AddEntity(compiler.Keep("Q" + std::to_string(i)), EntityType::kPlace);
    compiler.SetPriority(*entity, c.priorities[i]);
    EXPECT_TRUE(compiler.SetName(*entity, "no alias").ok());
  }
  for (RefereeAlias& alias : c.aliases) {
    absl::Status status;
    if (alias.is_pattern) {
      status = compiler.AddPattern(alias.entity, compiler.Keep(alias.text), alias.fold);
    } else {
      status = compiler.AddAlias(alias.entity, compiler.Keep(alias.text), alias.fold);
      alias.text = Trimmed(alias.text);
      if (alias.fold != AliasFold::kExact) alias.text = Trimmed(FoldTypography(alias.text));
    }
    EXPECT_TRUE(status.ok()) << status;
  }
  auto dictionary = Dictionary::FromImage(*compiler.Finish("test"), "test");
  EXPECT_TRUE(dictionary.ok()) << dictionary.status();
  Matcher matcher(*dictionary);
  FoldedText folded;
  folded.Assign(c.text);
  std::vector<RefereeMention> found;
  for (const Match& match : matcher.Find(c.text, &folded)) {
    found.push_back({match.span.begin, match.span.end, {}});
    for (const Candidacy& candidate : matcher.candidates(match)) {
      found.back().entities.push_back(candidate.entity);
    }
  }
  const std::vector<RefereeMention> expected = Referee(c.aliases, c.priorities).Find(c.text);
  if (found == expected) return true;
  std::string aliases;
  for (const RefereeAlias& alias : c.aliases) {
    aliases += std::to_string(alias.entity) + " fold " +
               std::to_string(static_cast<int>(alias.fold)) +
               (alias.is_pattern ? " pattern '" : " '") + alias.text + "'\n";
  }
  EXPECT_EQ(found, expected) << "text: '" << testing::PrintToString(c.text) << "'\n" << aliases;
  return false;
}

void RunCases(Kind kind, uint64_t cases) {
  const uint64_t first = FromEnvironment("COPYDESK_SEED", 1);
  cases = FromEnvironment("COPYDESK_CASES", cases);
  std::printf("COPYDESK_SEED=%llu COPYDESK_CASES=%llu\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(cases));
  int failures = 0;
  for (uint64_t seed = first; seed < first + cases && failures < 3; ++seed) {
    Random random(seed * 3 + static_cast<uint64_t>(kind));
    if (!RunCase(RandomCase(random, kind))) {
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
