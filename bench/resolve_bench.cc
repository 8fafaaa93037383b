// What resolution and name rules cost on top of bare matching: the tag stage over the same stories
// without rules and with them, pass by pass in turn, so that whatever else the machine does falls
// on both.
//
// The stage with rules remembers what words look like. As news comes once, each pass is a new
// stage's: it is warmed up with other stories, and has seen none of those that are timed.
//
// Before it is timed each stage's mentions are checked: they stand where they say, and the stage
// with rules finds the same as one that sees the stories in the opposite order, and as one that has
// been warmed up.
//
// Counters: bare_us and resolved_us are a story's time in microseconds (the fastest passes),
// on_top is what the second has beyond the first, as a share of it.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/corpus.h"
#include "stages/story_payload.h"
#include "stages/tag/tag.h"

namespace copydesk::bench {
namespace {

constexpr size_t kStories = 2000;     // timed
constexpr size_t kStoriesMax = 5000;  // with those before
constexpr size_t kBatch = 500;

class NoContext : public StageContext {
 public:
  void Emit(std::string_view, Record) override {}
  void Count(std::string_view, uint64_t) override {}
};

// Stories of a headline and a body, read as the tag stage finds them behind normalize.
std::vector<Item> MakeItems(const std::string& corpus) {
  const std::vector<SourceText>& real = RealStories(corpus);
  const std::vector<SourceText>& stories = real.empty() ? SampleStories() : real;
  // The stories of one language stand together in their file: a prime as the step mixes them.
  const size_t step = corpus == "masakhane" ? 7919 : 1;
  std::vector<Item> items(std::min(kStoriesMax, stories.size()));
  for (size_t i = 0; i < items.size(); ++i) {
    items[i].payload = std::make_unique<StoryPayload>();
    Story& story = StoryOf(items[i]);
    const SourceText& source = stories[i * step % stories.size()];
    const auto add = [&](const char* name, const std::string& value) {
      TextField& field = story.fields.emplace_back();
      field.name = name;
      field.value = value;
    };
    story.language = source.language;
    story.fields.reserve(2);
    add("headline", source.headline);
    story.fields[0].is_headline = true;
    add("body_text", source.body);
    story.ReadFields();
  }
  return items;
}

void Run(std::span<Item* const> items, Stage* stage) {
  NoContext context;
  for (size_t at = 0; at < items.size(); at += kBatch) {
    stage->Process(items.subspan(at, std::min(kBatch, items.size() - at)), context);
  }
}

// The mentions of all stories, a line each; "" where one does not stand where it says.
std::string Describe(std::span<Item* const> items) {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    const Story& story = StoryOf(*items[i]);
    for (const Mention& mention : story.mentions) {
      const std::string& value = story.fields[mention.field].value;
      if (value.substr(mention.bytes.begin, mention.bytes.end - mention.bytes.begin) !=
          mention.surface) {
        return "";
      }
      out += fmt::format("{} {} {} {} {} {}\n", i, mention.field, mention.bytes.begin,
                         mention.surface, mention.type, mention.id);
    }
  }
  return out;
}

struct Contest {
  std::vector<Item> items;
  std::vector<Item*> before;  // a stage is warmed up with them
  std::vector<Item*> timed;
  std::unique_ptr<StageFactory> bare;
  std::unique_ptr<StageFactory> resolving;
  double mentions = 0;
  std::string wrong;
};

// The files of a dictionary, at most one of them packed by xz: that is unpacked while this lives.
class Files {
 public:
  explicit Files(std::vector<std::string> names) : names_(std::move(names)) {
    for (std::string& name : names_) {
      if (!name.ends_with(".xz")) continue;
      unpacked_ = std::filesystem::temp_directory_path() / fmt::format("copydesk-{}.tsv", getpid());
      const std::string command = fmt::format("xz -dc '{}' > '{}'", name, unpacked_.string());
      if (std::system(command.c_str()) != 0) continue;  // the stage says that it cannot be read
      name = unpacked_.string();
    }
  }
  ~Files() {
    if (!unpacked_.empty()) std::filesystem::remove(unpacked_);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  // As a configuration names them.
  std::string list() const { return fmt::format("['{}']", fmt::join(names_, "', '")); }

 private:
  std::vector<std::string> names_;
  std::filesystem::path unpacked_;
};

absl::StatusOr<std::unique_ptr<StageFactory>> Make(const Files& dictionary, bool has_rules) {
  const std::string rules = has_rules ? ", rules: dictionaries/names.yaml" : "";
  const auto node =
      ConfigNode::FromText(fmt::format("{{dictionary: {}{}}}", dictionary.list(), rules), "bench",
                           COPYDESK_ROOT "/configs");
  if (!node.ok()) return node.status();
  return MakeTag(*node);
}

void Prepare(const std::string& corpus, const std::vector<std::string>& names, Contest* contest) {
  const Files dictionary(names);
  contest->items = MakeItems(corpus);
  const size_t timed = std::min(kStories, contest->items.size());
  for (Item& item : contest->items) {
    const bool is_before = contest->before.size() + timed < contest->items.size();
    (is_before ? contest->before : contest->timed).push_back(&item);
  }
  auto bare = Make(dictionary, false);
  auto resolving = Make(dictionary, true);
  if (!bare.ok() || !resolving.ok()) {
    contest->wrong = std::string((bare.ok() ? resolving : bare).status().message());
    return;
  }
  contest->bare = *std::move(bare);
  contest->resolving = *std::move(resolving);
  const std::vector<Item*>& stories = contest->timed;
  Run(stories, contest->bare->Make().get());
  if (Describe(stories).empty()) contest->wrong = "a bare mention is not where it says";
  std::vector<Item*> reversed(stories.rbegin(), stories.rend());
  Run(reversed, contest->resolving->Make().get());
  const std::string expected = Describe(stories);
  if (expected.empty()) contest->wrong = "a resolved mention is not where it says";
  const std::unique_ptr<Stage> warm = contest->resolving->Make();
  Run(contest->before, warm.get());
  Run(stories, warm.get());
  if (Describe(stories) != expected) contest->wrong = "mentions depend on other stories";
  contest->mentions = static_cast<double>(std::count(expected.begin(), expected.end(), '\n')) /
                      static_cast<double>(stories.size());
}

void Resolve(benchmark::State& state, const std::string& corpus,
             const std::vector<std::string>& dictionary) {
  static std::map<std::pair<std::string, std::vector<std::string>>, Contest> contests;
  const auto [found, is_new] = contests.try_emplace({corpus, dictionary});
  Contest& contest = found->second;
  if (is_new) Prepare(corpus, dictionary, &contest);
  if (!contest.wrong.empty()) return state.SkipWithError(contest.wrong.c_str());
  const StageFactory* const factories[] = {contest.bare.get(), contest.resolving.get()};
  double best[] = {1e9, 1e9};
  for (auto _ : state) {
    double total = 0;
    for (size_t which = 0; which < 2; ++which) {
      const std::unique_ptr<Stage> stage = factories[which]->Make();
      Run(contest.before, stage.get());
      const auto begin = std::chrono::steady_clock::now();
      Run(contest.timed, stage.get());
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
      best[which] = std::min(best[which], taken.count());
      total += taken.count();
    }
    state.SetIterationTime(total);
  }
  const double story = 1e6 / static_cast<double>(contest.timed.size());
  state.counters["bare_us"] = best[0] * story;
  state.counters["resolved_us"] = best[1] * story;
  state.counters["on_top"] = best[1] / best[0] - 1;
  state.counters["mentions/story"] = contest.mentions;
}

void Register() {
  const auto add = [](const char* name, const std::vector<std::string>& dictionary) {
    for (const std::string corpus : {"reuters", "masakhane"}) {
      benchmark::RegisterBenchmark(
          fmt::format("Resolve/{}/{}", corpus, name).c_str(),
          [corpus, dictionary](benchmark::State& state) { Resolve(state, corpus, dictionary); })
          ->Unit(benchmark::kMillisecond)
          ->UseManualTime();
    }
  };
  const std::string starter = COPYDESK_ROOT "/configs/dictionaries/*.jsonl";
  add("starter_dictionary", {starter});
  // What bench/quality scores mentions with.
  const std::string core = SharedFile("data/dictionaries/aliases-core.tsv.xz");
  if (!core.empty()) add("starter_and_390k_aliases", {starter, core});
  const std::string hundred_thousand = SharedFile("data/dictionaries/aliases-100k.tsv");
  if (!hundred_thousand.empty()) add("100k_aliases", {hundred_thousand});
}

const bool kIsRegistered = (Register(), true);

}  // namespace
}  // namespace copydesk::bench
