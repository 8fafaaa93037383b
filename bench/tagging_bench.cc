// Micro benchmarks of the matcher: by dictionary size, density of mentions, script and kind of
// alias, beside peers with the same aliases: RE2's alternation, RE2::Set, Hyperscan.
//
// Dictionaries are made of the corpus itself, so that no other data is needed: "dense" ones of runs
// of one to three of its words, "sparse" ones of such words spelt backwards, which hardly occur.
// Before it is timed a matcher's mentions are counted by a look-up of every part between edges in a
// hash set; a peer must count the same. Items are stories, bytes are UTF-8 bytes.

#include <benchmark/benchmark.h>
#include <re2/re2.h>
#include <re2/set.h>

#if COPYDESK_HAS_HYPERSCAN
#include <hs/hs.h>
#endif

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
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

// Folded bodies of story size: of "reuters", of a language of masakhane, or of a file of
// data/mentions (where sentences stand alone: as many as make a story are put together). The
// project's samples where there is no Reuters.
std::vector<std::string> FoldedBodies(const std::string& kind, size_t count = kStories) {
  constexpr size_t kStoryBytes = 1000;
  const bool is_file = kind.ends_with(".jsonl");
  const bool is_language = kind != "reuters" && !is_file;
  std::vector<std::string> bodies;
  for (const SourceText& story : RealStories(is_language ? "masakhane" : kind)) {
    if (is_language && story.language != kind) continue;
    const std::string body = FoldTypography(story.body);
    if (is_file && !bodies.empty() && bodies.back().size() < kStoryBytes) {
      bodies.back() += " " + body;
    } else if (bodies.size() < count) {
      bodies.push_back(body);
    }
  }
  if (!bodies.empty() || kind != "reuters") return bodies;
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
      return ClassOf(NextCodePoint(alias, &at)) != WordClass::kOther;
    };
    // Word characters at both edges, and small enough to be a name.
    if (alias.size() < 3 || alias.size() > 60 || !is_word(0)) continue;
    size_t last = alias.size();
    PreviousCodePoint(alias, &last);
    if (is_word(last) && seen.insert(alias).second) aliases.push_back(std::move(alias));
  }
  return aliases;
}

enum class Kind { kLiteral, kCaseFolded, kPattern };

// Patterns are the aliases with any number of a character behind them that no text has.
std::shared_ptr<const Dictionary> Build(const std::vector<std::string>& aliases, Kind kind) {
  DictionaryCompiler compiler;
  const AliasFold fold = kind == Kind::kCaseFolded ? AliasFold::kCase : AliasFold::kTypographic;
  for (size_t i = 0; i < aliases.size(); ++i) {
    const auto entity = compiler.AddEntity(compiler.Keep(std::to_string(i)), EntityType::kObject);
    if (!compiler.SetName(*entity, aliases[i]).ok()) return nullptr;
    const absl::Status status =
        kind == Kind::kPattern
            ? compiler.AddPattern(*entity, compiler.Keep(RE2::QuoteMeta(aliases[i]) + "\\x{E000}*"),
                                  fold)
            : compiler.AddAlias(*entity, aliases[i], fold);
    if (!status.ok()) return nullptr;
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

// What a row needs, made and checked once: a benchmark's function is called again and again.
struct Row {
  std::vector<std::string> bodies;
  size_t aliases = 0;
  std::shared_ptr<const Dictionary> dictionary;
  size_t mentions = 0;
  std::string error;
};

Row MakeRow(const std::string& corpus, size_t count, bool is_dense, Kind kind) {
  Row row;
  row.bodies = FoldedBodies(corpus);
  if (row.bodies.empty()) {
    row.error = "no such corpus";
    return row;
  }
  // A million different aliases are in no thousand stories.
  const std::vector<std::string> aliases =
      MakeAliases(count > 100'000 ? FoldedBodies(corpus, 20'000) : row.bodies, count, is_dense);
  row.aliases = aliases.size();
  row.dictionary = Build(aliases, kind);
  if (row.dictionary == nullptr) {
    row.error = "an alias is refused";
    return row;
  }
  Matcher matcher(row.dictionary);
  row.mentions = CountWithMatcher(matcher, row.bodies);
  // Folded aliases match more than their own bytes.
  if (kind != Kind::kCaseFolded && row.mentions != CountSlowly(aliases, row.bodies)) {
    row.error = "the slow count differs";
  }
  return row;
}

void Tag(benchmark::State& state, const std::string& corpus, bool is_dense, Kind kind) {
  static std::map<std::tuple<std::string, int64_t, bool, Kind>, Row> rows;
  const auto [found, is_new] = rows.try_emplace({corpus, state.range(0), is_dense, kind});
  if (is_new) {
    found->second = MakeRow(corpus, static_cast<size_t>(state.range(0)), is_dense, kind);
  }
  const Row& row = found->second;
  if (!row.error.empty()) return state.SkipWithError(row.error.c_str());
  Matcher matcher(row.dictionary);
  for (auto _ : state) benchmark::DoNotOptimize(CountWithMatcher(matcher, row.bodies));
  Report(state, row.bodies, row.mentions);
  state.counters["aliases"] = static_cast<double>(row.aliases);
  state.counters["index_bytes_per_alias"] =
      static_cast<double>(row.dictionary->image().index_bytes()) / static_cast<double>(row.aliases);
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

// The leftmost and longest of what a peer found; it gives every place of every alias.
class Resolver {
 public:
  explicit Resolver(std::string_view text) : text_(text) {}
  void Add(size_t begin, size_t end) {
    if (IsMentionBegin(text_, begin) && IsMentionEnd(text_, end)) places_.push_back({begin, ~end});
  }
  size_t Count() {
    std::sort(places_.begin(), places_.end());
    size_t mentions = 0;
    size_t resume = 0;
    for (const auto& [begin, end] : places_) {
      if (begin < resume) continue;
      resume = ~end;
      ++mentions;
    }
    return mentions;
  }

 private:
  const std::string_view text_;
  std::vector<std::pair<size_t, size_t>> places_;
};

// RE2::Set says which aliases a story has, memmem where.
void Re2Set(benchmark::State& state, bool is_dense) {
  const std::vector<std::string> bodies = FoldedBodies("reuters");
  const std::vector<std::string> aliases =
      MakeAliases(bodies, static_cast<size_t>(state.range(0)), is_dense);
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_max_mem(int64_t{2} << 30);
  RE2::Set set(options, RE2::UNANCHORED);
  for (const std::string& alias : aliases) set.Add(RE2::QuoteMeta(alias), nullptr);
  if (!set.Compile()) return state.SkipWithError("RE2 refuses the set");
  std::vector<int> found;
  const auto count = [&] {
    size_t mentions = 0;
    for (const std::string& body : bodies) {
      Resolver resolver(body);
      set.Match(body, &found);
      for (const int number : found) {
        const std::string& alias = aliases[static_cast<size_t>(number)];
        for (size_t at = body.find(alias); at != std::string::npos; at = body.find(alias, at + 1)) {
          resolver.Add(at, at + alias.size());
        }
      }
      mentions += resolver.Count();
    }
    return mentions;
  };
  const size_t mentions = count();
  if (mentions != CountSlowly(aliases, bodies))
    return state.SkipWithError("the slow count differs");
  for (auto _ : state) benchmark::DoNotOptimize(count());
  Report(state, bodies, mentions);
}

// Hyperscan, or Vectorscan, which takes its place: literals, a block a story.
void Hyperscan(benchmark::State& state, bool is_dense) {
#if COPYDESK_HAS_HYPERSCAN
  struct Context {
    const std::vector<std::string>& aliases;
    Resolver resolver;
  };
  const std::vector<std::string> bodies = FoldedBodies("reuters");
  const std::vector<std::string> aliases =
      MakeAliases(bodies, static_cast<size_t>(state.range(0)), is_dense);
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  std::vector<unsigned> numbers;
  for (const std::string& alias : aliases) {
    texts.push_back(alias.data());
    sizes.push_back(alias.size());
    numbers.push_back(static_cast<unsigned>(numbers.size()));
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  hs_scratch_t* scratch = nullptr;
  const std::vector<unsigned> flags(aliases.size());
  if (hs_compile_lit_multi(texts.data(), flags.data(), numbers.data(), sizes.data(),
                           static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr, &database,
                           &error) != HS_SUCCESS ||
      hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
    return state.SkipWithError("it refuses the aliases");
  }
  const auto on_match = [](unsigned number, unsigned long long, unsigned long long end, unsigned,
                           void* context) {
    auto& [all, resolver] = *static_cast<Context*>(context);
    resolver.Add(end - all[number].size(), end);
    return 0;
  };
  const auto count = [&] {
    size_t mentions = 0;
    for (const std::string& body : bodies) {
      Context context{aliases, Resolver(body)};
      hs_scan(database, body.data(), static_cast<unsigned>(body.size()), 0, scratch, on_match,
              &context);
      mentions += context.resolver.Count();
    }
    return mentions;
  };
  const size_t mentions = count();
  if (mentions == CountSlowly(aliases, bodies)) {
    for (auto _ : state) benchmark::DoNotOptimize(count());
    Report(state, bodies, mentions);
  } else {
    state.SkipWithError("the slow count differs");
  }
  hs_free_scratch(scratch);
  hs_free_database(database);
#else
  (void)is_dense;
  state.SkipWithError("built without Hyperscan (libhyperscan-dev or libvectorscan-dev)");
#endif
}

BENCHMARK_CAPTURE(Tag, sparse, "reuters", false, Kind::kLiteral)
    ->RangeMultiplier(10)
    ->Range(1000, 1000000);
BENCHMARK_CAPTURE(Tag, dense, "reuters", true, Kind::kLiteral)
    ->RangeMultiplier(10)
    ->Range(1000, 100000);
BENCHMARK_CAPTURE(Tag, case_folded, "reuters", false, Kind::kCaseFolded)->Arg(10000);
BENCHMARK_CAPTURE(Tag, patterns, "reuters", false, Kind::kPattern)->Arg(1000)->Arg(10000);
BENCHMARK_CAPTURE(Tag, french, "fra", false, Kind::kLiteral)->Arg(10000);
BENCHMARK_CAPTURE(Tag, spanish, "conll2002-es-testa.jsonl", false, Kind::kLiteral)->Arg(10000);
BENCHMARK_CAPTURE(Tag, russian, "factrueval-ru.jsonl", false, Kind::kLiteral)->Arg(10000);
BENCHMARK_CAPTURE(Tag, arabic, "anercorp-ar.jsonl", false, Kind::kLiteral)->Arg(10000);
BENCHMARK_CAPTURE(Tag, chinese, "zh-peoples-daily-dev.jsonl", false, Kind::kLiteral)->Arg(10000);
BENCHMARK_CAPTURE(Tag, amharic, "amh", false, Kind::kLiteral)->Arg(10000);
BENCHMARK_CAPTURE(Re2Alternation, sparse, false)->Arg(1000)->Arg(10000);
BENCHMARK_CAPTURE(Re2Alternation, dense, true)->Arg(1000)->Arg(10000);
BENCHMARK_CAPTURE(Re2Set, sparse, false)->Arg(1000)->Arg(10000);
BENCHMARK_CAPTURE(Re2Set, dense, true)->Arg(1000);
BENCHMARK_CAPTURE(Hyperscan, sparse, false)->Arg(1000)->Arg(10000);
BENCHMARK_CAPTURE(Hyperscan, dense, true)->Arg(1000)->Arg(10000);

}  // namespace
}  // namespace copydesk::bench
