// Micro benchmarks of the matcher: by dictionary size, density of mentions, script and kind of
// alias, beside RE2's own alternation of the same aliases.
//
// Dictionaries are made of the corpus itself, so that no other data is needed: "dense" ones of runs
// of one to three of its words, "sparse" ones of such words spelt backwards, which hardly occur.
// Before it is timed a matcher's mentions are counted by a look-up of every part between edges in a
// hash set; RE2 must count the same. Items are stories, bytes are UTF-8 bytes.

#include <benchmark/benchmark.h>
#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "bench/corpus.h"
#include "stages/dictionary/compile.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/matcher.h"
#include "stages/dictionary/mention_edge.h"
#include "stages/text/boundary.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk::bench {
namespace {

constexpr size_t kStories = 1000;

// Folded bodies: "reuters", or a language of masakhane; samples where there are none.
std::vector<std::string> FoldedBodies(const std::string& kind) {
  std::vector<std::string> bodies;
  const bool is_language = kind != "reuters";
  for (const SourceText& story : RealStories(is_language ? "masakhane" : "reuters")) {
    if (is_language && story.language != kind) continue;
    if (bodies.size() < kStories) bodies.push_back(FoldTypography(story.body));
  }
  if (!bodies.empty() || is_language) return bodies;
  for (const SourceText& story : SampleStories()) bodies.push_back(FoldTypography(story.body));
  return bodies;
}

std::string Backwards(std::string_view text) {
  std::string reversed;
  for (size_t at = text.size(); at > 0;) AppendUtf8(PreviousCodePoint(text, &at), &reversed);
  return reversed;
}

// `count` different aliases out of the bodies' words, or fewer where there are no more.
std::vector<std::string> MakeAliases(const std::vector<std::string>& bodies, size_t count,
                                     bool is_dense) {
  std::mt19937 random(20261123);
  std::unordered_set<std::string> seen;
  std::vector<std::string> aliases;
  for (size_t tries = 0; tries < 40 * count && aliases.size() < count; ++tries) {
    const std::string& body = bodies[random() % bodies.size()];
    if (body.size() < 40) continue;
    size_t begin = random() % body.size();
    while (begin < body.size() && !IsMentionBegin(body, begin)) ++begin;
    size_t end = begin;
    for (size_t words = 1 + random() % 3; words > 0 && end < body.size(); --words) {
      do {
        ++end;
      } while (!IsMentionEnd(body, end));
    }
    std::string alias = body.substr(begin, end - begin);
    if (!is_dense) alias = Backwards(alias);
    const auto is_word = [&](size_t at) {
      return ClassOf(NextCodePoint(alias, &at)) == WordClass::kWord;
    };
    // Word characters at both edges, and small enough to be a name.
    if (alias.size() < 3 || alias.size() > 60 || !is_word(0)) continue;
    size_t last = alias.size();
    PreviousCodePoint(alias, &last);
    if (is_word(last) && seen.insert(alias).second) aliases.push_back(std::move(alias));
  }
  return aliases;
}

std::shared_ptr<const Dictionary> Build(const std::vector<std::string>& aliases, AliasFold fold) {
  DictionaryCompiler compiler;
  for (size_t i = 0; i < aliases.size(); ++i) {
    const auto entity = compiler.AddEntity(compiler.Keep(std::to_string(i)), EntityType::kObject);
    if (!compiler.AddAlias(*entity, aliases[i], fold).ok()) return nullptr;
  }
  return *Dictionary::FromImage(*compiler.Finish("bench"), "bench");
}

// How many mentions the texts have, by looking up every part between edges.
size_t CountSlowly(const std::vector<std::string>& aliases,
                   const std::vector<std::string>& bodies) {
  const std::unordered_set<std::string_view> all(aliases.begin(), aliases.end());
  size_t longest = 0;
  for (const std::string& alias : aliases) longest = std::max(longest, alias.size());
  size_t mentions = 0;
  for (const std::string_view body : bodies) {
    for (size_t begin = 0; begin < body.size();) {
      size_t next = begin + 1;
      if (IsMentionBegin(body, begin)) {
        for (size_t end = std::min(body.size(), begin + longest); end > begin; --end) {
          if (!IsMentionEnd(body, end) || !all.contains(body.substr(begin, end - begin))) continue;
          ++mentions;
          next = end;
          break;
        }
      }
      begin = next;
    }
  }
  return mentions;
}

size_t CountWithMatcher(Matcher& matcher, const std::vector<std::string>& bodies) {
  size_t mentions = 0;
  for (const std::string& body : bodies) mentions += matcher.Find(body, nullptr).size();
  return mentions;
}

void Report(benchmark::State& state, const std::vector<std::string>& bodies, size_t mentions) {
  size_t bytes = 0;
  for (const std::string& body : bodies) bytes += body.size();
  const auto passes = static_cast<int64_t>(state.iterations());
  state.SetItemsProcessed(passes * static_cast<int64_t>(bodies.size()));
  state.SetBytesProcessed(passes * static_cast<int64_t>(bytes));
  state.counters["mentions_per_story"] =
      static_cast<double>(mentions) / static_cast<double>(bodies.size());
}

void Tag(benchmark::State& state, const std::string& kind, bool is_dense, AliasFold fold) {
  const std::vector<std::string> bodies = FoldedBodies(kind);
  if (bodies.empty()) return state.SkipWithError("no such corpus");
  const std::vector<std::string> aliases =
      MakeAliases(bodies, static_cast<size_t>(state.range(0)), is_dense);
  Matcher matcher(Build(aliases, fold));
  const size_t mentions = CountWithMatcher(matcher, bodies);
  // Folded aliases match more than their own bytes.
  const bool is_literal = fold == AliasFold::kExact || fold == AliasFold::kTypographic;
  if (is_literal && mentions != CountSlowly(aliases, bodies)) {
    return state.SkipWithError("the slow count differs");
  }
  for (auto _ : state) benchmark::DoNotOptimize(CountWithMatcher(matcher, bodies));
  Report(state, bodies, mentions);
  state.counters["index_bytes_per_alias"] =
      static_cast<double>(matcher.dictionary().image().index_bytes()) /
      static_cast<double>(aliases.size());
}

size_t CountWithRe2(const RE2& re, const std::vector<std::string>& bodies) {
  size_t mentions = 0;
  for (const std::string& body : bodies) {
    re2::StringPiece parts[2];
    size_t at = 0;
    while (at < body.size() && re.Match(body, at, body.size(), RE2::UNANCHORED, parts, 2)) {
      ++mentions;
      at = static_cast<size_t>(parts[1].data() + parts[1].size() - body.data());
    }
  }
  return mentions;
}

// The aliases as one alternation between bytes that continue no word. Only for ASCII.
void Re2Alternation(benchmark::State& state, bool is_dense) {
  const std::vector<std::string> bodies = FoldedBodies("reuters");
  std::vector<std::string> aliases =
      MakeAliases(bodies, static_cast<size_t>(state.range(0)), is_dense);
  std::string pattern = "(?:^|[^0-9A-Za-z_])(";
  for (const std::string& alias : aliases) pattern += RE2::QuoteMeta(alias) + "|";
  pattern.back() = ')';
  pattern += "(?:[^0-9A-Za-z_]|$)";
  RE2::Options options;
  options.set_longest_match(true);
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_max_mem(int64_t{2} << 30);
  const RE2 re(pattern, options);
  const size_t mentions = re.ok() ? CountWithRe2(re, bodies) : 0;
  if (mentions != CountSlowly(aliases, bodies)) {
    return state.SkipWithError("the slow count differs");
  }
  for (auto _ : state) benchmark::DoNotOptimize(CountWithRe2(re, bodies));
  Report(state, bodies, mentions);
}

BENCHMARK_CAPTURE(Tag, sparse, "reuters", false, AliasFold::kTypographic)
    ->RangeMultiplier(10)
    ->Range(1000, 100000);
BENCHMARK_CAPTURE(Tag, dense, "reuters", true, AliasFold::kTypographic)
    ->RangeMultiplier(10)
    ->Range(1000, 100000);
BENCHMARK_CAPTURE(Tag, case_folded, "reuters", false, AliasFold::kCase)->Arg(10000);
BENCHMARK_CAPTURE(Tag, french, "fra", false, AliasFold::kTypographic)->Arg(10000);
BENCHMARK_CAPTURE(Tag, amharic, "amh", false, AliasFold::kTypographic)->Arg(10000);
BENCHMARK_CAPTURE(Re2Alternation, sparse, false)->Arg(1000)->Arg(10000);
BENCHMARK_CAPTURE(Re2Alternation, dense, true)->Arg(1000)->Arg(10000);

}  // namespace
}  // namespace copydesk::bench
