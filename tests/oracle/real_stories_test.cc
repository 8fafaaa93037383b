// The referee on real dictionaries and real stories: every alias through RE2 by itself.
//
// How: the stories' folds are laid one behind the other with a control character between them,
// which stands in no alias. For each alias RE2 finds every place of its quoted text; those between
// word boundaries are mentions it might be; of all of them the leftmost, then longest count.
// Stories in capitals are ASCII here, and are compared in small letters with the aliases' folded
// case. The matcher is given each story by itself, and must name the same entities at the same
// places.
//
// Dictionaries are the starter's names and those of COPYDESK_SHARED, as are the stories.
// COPYDESK_CASES is how many bytes of stories are taken.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/matcher.h"
#include "stages/dictionary/mention_edge.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"
#include "tests/oracle/shared_data.h"

namespace copydesk {
namespace {

constexpr char kBetween = '\x01';

size_t FromEnvironment(const char* name, size_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

// The "text" of each line, until there are `bytes_max` in all.
std::vector<std::string> ReadStories(const std::string& path, size_t bytes_max) {
  std::vector<std::string> stories;
  std::ifstream file(path);
  simdjson::dom::parser parser;
  size_t bytes = 0;
  for (std::string line; bytes < bytes_max && std::getline(file, line);) {
    std::string_view text;
    if (parser.parse(line)["text"].get(text) != simdjson::SUCCESS) continue;
    bytes += stories.emplace_back(text).size();
  }
  return stories;
}

struct Mention {
  size_t begin = 0;
  size_t end = 0;
  std::vector<uint32_t> entities;
  friend bool operator==(const Mention&, const Mention&) = default;
};

void PrintTo(const Mention& mention, std::ostream* out) {
  *out << "[" << mention.begin << ", " << mention.end << ") ->";
  for (const uint32_t entity : mention.entities) *out << " " << entity;
}

// A story with its fold, and where that lies in the text of all.
struct Story {
  std::string plain;
  FoldedText folded;
  size_t at = 0;
};

struct Stories {
  std::vector<Story> of;
  std::string text;
};

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

void Lay(const std::vector<std::string>& plain, bool is_capitals, Stories* stories) {
  static const RE2 upper("\\p{Lu}");
  static const RE2 lower("\\p{Ll}");
  stories->of = std::vector<Story>(plain.size());
  size_t count = 0;
  for (const std::string& text : plain) {
    const bool has_capitals_only =
        RE2::PartialMatch(text, upper) && !RE2::PartialMatch(text, lower);
    if (has_capitals_only != is_capitals || (is_capitals && !IsAscii(text))) continue;
    Story& story = stories->of[count++];
    story.plain = text;
    story.folded.Assign(story.plain);
    story.at = stories->text.size();
    const std::string_view folded = story.folded.text();
    stories->text += is_capitals ? FoldCase(folded) : std::string(folded);
    stories->text += kBetween;
  }
  stories->of.resize(count);
}

struct Alias {
  std::string text;  // folded
  uint32_t entity = 0;
};

// All places of all aliases, then the leftmost and longest of each story.
class Referee {
 public:
  Referee(const std::vector<Alias>& aliases, const Stories& stories, bool is_capitals)
      : stories_(stories) {
    RE2::Options options;
    options.set_log_errors(false);
    for (const Alias& alias : aliases) {
      const std::string text = is_capitals ? FoldCase(alias.text) : alias.text;
      Find(RE2(RE2::QuoteMeta(text), options), alias.entity);
    }
  }

  std::vector<Mention> Mentions(const Story& story) const {
    std::vector<Mention> mentions;
    size_t resume = 0;
    auto place = places_.lower_bound({story.at, 0});
    const size_t end = story.at + story.folded.text().size();
    for (; place != places_.end() && place->first.first < end; ++place) {
      const Span derived{static_cast<uint32_t>(place->first.first - story.at),
                         static_cast<uint32_t>(~place->first.second - story.at)};
      const Span original = ToWholeOriginal(&story.folded.map(), derived);
      if (original.begin == original.end || original.begin < resume) continue;
      resume = original.end;
      std::vector<uint32_t> entities = place->second;
      std::sort(entities.begin(), entities.end());
      entities.erase(std::unique(entities.begin(), entities.end()), entities.end());
      mentions.push_back({original.begin, original.end, entities});
    }
    return mentions;
  }

 private:
  void Find(const RE2& re, uint32_t entity) {
    const re2::StringPiece text(stories_.text.data(), stories_.text.size());
    re2::StringPiece match;
    size_t at = 0;
    while (at < text.size() && re.Match(text, at, text.size(), RE2::UNANCHORED, &match, 1)) {
      const auto begin = static_cast<size_t>(match.data() - text.data());
      const size_t end = begin + match.size();
      at = begin + 1;
      if (IsMentionBegin(stories_.text, begin) && IsMentionEnd(stories_.text, end)) {
        // Rising begins, falling ends.
        places_[{begin, ~end}].push_back(entity);
      }
    }
  }

  const Stories& stories_;
  std::map<std::pair<size_t, size_t>, std::vector<uint32_t>> places_;
};

// The aliases as the compiler takes them: `table` has rows of alias, type and id.
std::vector<Alias> ReadAliases(const std::string& table, const Dictionary& dictionary) {
  std::map<std::pair<std::string_view, std::string_view>, uint32_t> number_of;
  for (uint32_t i = 0; i < dictionary.entity_count(); ++i) {
    const Entity entity = dictionary.entity(i);
    number_of[{entity.id, NameOf(entity.type)}] = i;
  }
  std::vector<Alias> aliases;
  for (size_t at = 0, end; at < table.size(); at = end + 1) {
    end = std::min(table.find('\n', at), table.size());
    const std::string_view row = std::string_view(table).substr(at, end - at);
    const size_t type = row.find('\t') + 1;
    const size_t id = row.find('\t', type) + 1;
    const std::string_view kind = row.substr(type, id - 1 - type);
    aliases.push_back({FoldTypography(row.substr(0, type - 1)),
                       number_of.at({row.substr(id), kind == "other" ? "object" : kind})});
  }
  return aliases;
}

void Compare(const std::string& table, const std::vector<std::string>& plain) {
  DictionaryCompiler compiler;
  ASSERT_TRUE(ReadTsvSource(table, "table.tsv", &compiler).ok());
  const auto dictionary = Dictionary::FromImage(*compiler.Finish("table"), "table");
  ASSERT_TRUE(dictionary.ok()) << dictionary.status();
  const std::vector<Alias> aliases = ReadAliases(table, **dictionary);
  Matcher matcher(*dictionary);
  size_t mentions = 0;
  for (const bool is_capitals : {false, true}) {
    Stories stories;
    Lay(plain, is_capitals, &stories);
    const Referee referee(aliases, stories, is_capitals);
    for (const Story& story : stories.of) {
      std::vector<Mention> found;
      for (const Match& match : matcher.Find(story.plain, &story.folded)) {
        found.push_back({match.span.begin, match.span.end, {}});
        for (const Candidacy& candidate : matcher.candidates(match)) {
          found.back().entities.push_back(candidate.entity);
        }
      }
      mentions += found.size();
      ASSERT_EQ(found, referee.Mentions(story)) << story.plain;
    }
  }
  std::printf("%zu aliases, %zu stories, %zu mentions\n", aliases.size(), plain.size(), mentions);
  EXPECT_GT(mentions, 0u);
}

constexpr const char* kStoryFiles[] = {
    "mentions/aida-conll-dev.jsonl",       "mentions/conll2002-es-testa.jsonl",
    "mentions/factrueval-ru.jsonl",        "mentions/anercorp-ar.jsonl",
    "mentions/zh-peoples-daily-dev.jsonl", "stories/muc34-newswire.jsonl"};

// As many bytes of each file.
std::vector<std::string> AllStories(size_t bytes) {
  std::vector<std::string> stories;
  for (const char* file : kStoryFiles) {
    for (std::string& story : ReadStories(SharedData(file), bytes / std::size(kStoryFiles))) {
      stories.push_back(std::move(story));
    }
  }
  return stories;
}

void CompareWith(const std::string& dictionary) {
  const std::string path = SharedData("dictionaries/" + dictionary);
  if (path.empty()) GTEST_SKIP() << "no " << dictionary << ": set COPYDESK_SHARED";
  const std::vector<std::string> stories = AllStories(FromEnvironment("COPYDESK_CASES", 200'000));
  if (stories.empty()) GTEST_SKIP() << "no labelled stories: set COPYDESK_SHARED";
  Compare(ReadUnpacked(path), stories);
}

TEST(RealStories, AgreeOnTheStarterDictionarysNames) {
  // Nearly ten times the aliases of the next test: less text, for as long a run.
  const std::vector<std::string> stories =
      AllStories(FromEnvironment("COPYDESK_CASES", 200'000) / 5);
  if (stories.empty()) GTEST_SKIP() << "no labelled stories: set COPYDESK_SHARED";
  const std::vector<std::string> files = {COPYDESK_ROOT "/configs/dictionaries/*.jsonl"};
  const auto dictionary = Dictionary::Load(*ResolveDictionaryPaths(files));
  ASSERT_TRUE(dictionary.ok()) << dictionary.status();
  const Image& image = (*dictionary)->image();
  std::string table;
  for (uint32_t key = 0; key < image.key_count(); ++key) {
    for (const ClaimWord claim : image.Claims(key)) {
      const Entity entity = image.entity(claim.entity());
      for (const std::string_view column : {image.KeyText(key), NameOf(entity.type), entity.id}) {
        table += column;
        table += column.data() == entity.id.data() ? '\n' : '\t';
      }
    }
  }
  Compare(table, stories);
}
TEST(RealStories, AgreeOnTenThousandAliases) { CompareWith("aliases-10k.tsv"); }
// The nightly label runs these.
TEST(RealStories, DISABLED_AgreeOnAHundredThousandAliases) { CompareWith("aliases-100k.tsv"); }
TEST(RealStories, DISABLED_AgreeOnAMillionAliases) { CompareWith("aliases-1m.tsv.xz"); }

}  // namespace
}  // namespace copydesk
