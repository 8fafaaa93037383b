// Deduplication by the size of the window: the sketch, the look-up with the sketch given, and the
// stages normalize and deduplicate, while the window is full of generated stories.
//
// A story a second comes, and the window is as many seconds long as it holds stories: each story
// that is timed is entered and makes the oldest be forgotten. One in kVariantEvery is a
// near-duplicate of one in the window. What is found of them, and what is called a duplicate
// without being one, is checked: a row whose check fails ends with an error in place of figures.
//
// Counters: p50_us, p99_us and max_us are of single calls, with the clock's own 25 ns; found is the
// share of the near-duplicates that were; index_bytes is the index's own count of a story,
// rss_bytes what the process grew by in filling the window, a story.
//
// COPYDESK_WINDOW=10000000 adds a window of that size, which takes gigabytes, and minutes to fill.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/duplicate_stages.h"
#include "bench/generated_stories.h"
#include "stages/deduplicate/deduplicate.h"
#include "stages/normalize/normalize.h"
#include "stages/similarity/sketch_index.h"

namespace copydesk::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kTimed = 20'000;  // stories a repetition
constexpr size_t kVariantEvery = 50;
constexpr double kFoundMin = 0.95;
constexpr double kWrongMax = 0.005;
constexpr size_t kCommitEvery = 100;

const GeneratedStories& Stories() {
  static const GeneratedStories kStories;
  return kStories;
}

double RssBytes() {
  std::ifstream in("/proc/self/statm");
  double pages = 0;
  in >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double MicrosecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

// How single calls went, and what they found.
struct Calls {
  std::vector<double> us;
  size_t variants = 0, found = 0, originals = 0, wrong = 0;

  void Report(benchmark::State& state) {
    std::sort(us.begin(), us.end());
    double all = 0;
    for (const double one : us) all += one;
    state.SetIterationTime(all / 1e6);
    state.SetItemsProcessed(static_cast<int64_t>(us.size()));
    state.counters["p50_us"] = us[us.size() / 2];
    state.counters["p99_us"] = us[us.size() * 99 / 100];
    state.counters["max_us"] = us.back();
    state.counters["found"] = static_cast<double>(found) / static_cast<double>(variants);
    if (static_cast<double>(found) < kFoundMin * static_cast<double>(variants) ||
        static_cast<double>(wrong) > kWrongMax * static_cast<double>(originals)) {
      state.SkipWithError(fmt::format("found {} of {} variants, {} of {} others called duplicates",
                                      found, variants, wrong, originals)
                              .c_str());
    }
  }
};

// The story that comes as number `number` to a window of `window`, and which one it is a variant
// of; 0 for none.
uint64_t MakeText(uint64_t number, size_t window, SourceText* text) {
  if (number <= window || number % kVariantEvery != 0) {
    Stories().Make(number, text);
    return 0;
  }
  // Of any age but the oldest, and no variant itself.
  uint64_t of = number - 1 - number * 0x9E3779B97F4A7C15 % (window * 9 / 10);
  if (of % kVariantEvery == 0) --of;
  Stories().MakeVariant(of, text);
  return of;
}

// The stages, and a story on its way through them.
class Stages {
 public:
  explicit Stages(size_t window)
      : window_(window),
        normalize_(MakeNormalize, "{}"),
        deduplicate_(MakeDeduplicate,
                     fmt::format("{{window: {}s, memory: {}}}", window, MemoryOf(window))) {
    const double before = RssBytes();
    while (next_ <= window) {
      Next();
      Normalize();
      Deduplicate();
    }
    rss_bytes = (RssBytes() - before) / static_cast<double>(window);
  }

  // Makes the next story.
  void Next() {
    variant_of_ = MakeText(next_, window_, &text_);
    MakeArrival(fmt::format("urn:newsml:bench.example:20261128:{}", next_), text_.language,
                text_.headline, text_.body, static_cast<int64_t>(next_),
                1'793'491'200'000 + static_cast<int64_t>(next_) * 1000, &item_);
    StoryOf(item_).version = "1";
    ++next_;
  }
  void Normalize() { normalize_->Process(items_, context); }
  void Deduplicate() {
    deduplicate_->Process(items_, context);
    if (next_ % kCommitEvery != 0) return;
    deduplicate_->state()->Seal();
    deduplicate_->state()->Commit();
  }
  const Sketch& sketch() { return StoryOf(item_).sketch; }
  // Counts what was decided of it.
  void Count(Calls* calls) {
    const Relation& relation = *StoryOf(item_).relation;
    if (variant_of_ == 0) {
      ++calls->originals;
      calls->wrong += relation.lead.has_value();
      return;
    }
    ++calls->variants;
    calls->found += relation.lead && relation.lead->offset == static_cast<int64_t>(variant_of_);
  }

  SizesOnly context;
  double rss_bytes = 0;

 private:
  // Ample, so that the window ends by time.
  static std::string MemoryOf(size_t window) {
    return fmt::format("{}MB", std::max<size_t>(16, window * 1100 >> 20));
  }

  const size_t window_;
  const OwnStage normalize_, deduplicate_;
  Item item_;
  std::array<Item*, 1> items_ = {&item_};
  SourceText text_;
  uint64_t next_ = 1;
  uint64_t variant_of_ = 0;
};

// An index of sketches alone, full.
class Sketches {
 public:
  explicit Sketches(size_t window) : window_(window), index_(window * 17) {
    while (next_ <= window) {
      Next();
      index_.Find(sketch, oldest());
      Enter();
    }
  }

  void Next() {
    variant_of = MakeText(next_, window_, &text_);
    sketcher_.Begin();
    sketcher_.AddHeadline(text_.headline);
    sketcher_.AddBody(text_.body);
    sketcher_.Finish(&sketch);
  }
  const std::vector<SketchCandidate>& Find() { return index_.Find(sketch, oldest()); }
  void Enter() {
    if (next_ > window_) {
      const SketchEntry last = index_.live();
      index_.Forget(last);
      index_.Trim(last + 1);
    }
    index_.MakeEvidence(sketch, &evidence_);
    evidence_.is_counted = true;
    index_.Enter(next_, static_cast<uint32_t>(next_), evidence_);
    ++next_;
  }

  Sketch sketch;
  uint64_t variant_of = 0;

 private:
  uint64_t oldest() const { return next_ > window_ ? next_ - window_ : 1; }

  const size_t window_;
  SketchIndex index_;
  Sketcher sketcher_;
  SourceText text_;
  Evidence evidence_;
  uint64_t next_ = 1;
};

// The one of this size: it is filled once and gone on with from repetition to repetition.
template <typename T>
T& Filled(size_t window) {
  static std::map<size_t, std::unique_ptr<T>> filled;
  std::unique_ptr<T>& one = filled[window];
  if (one == nullptr) one = std::make_unique<T>(window);
  return *one;
}

void RunSketch(benchmark::State& state) {
  std::vector<SourceText> texts(1000);
  size_t bytes = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    Stories().Make(i, &texts[i]);
    bytes += texts[i].headline.size() + texts[i].body.size();
  }
  Sketcher sketcher;
  Sketch sketch, before;
  for (auto _ : state) {
    for (const SourceText& text : texts) {
      sketcher.Begin();
      sketcher.AddHeadline(text.headline);
      sketcher.AddBody(text.body);
      sketcher.Finish(&sketch);
      if (sketch == before || sketch.is_empty()) return state.SkipWithError("two alike sketches");
      std::swap(sketch, before);
    }
  }
  const auto passes = static_cast<int64_t>(state.iterations());
  state.SetItemsProcessed(passes * static_cast<int64_t>(texts.size()));
  state.SetBytesProcessed(passes * static_cast<int64_t>(bytes));
}

void RunLookUp(benchmark::State& state, size_t window) {
  auto& sketches = Filled<Sketches>(window);
  for (auto _ : state) {
    Calls calls;
    for (size_t i = 0; i < kTimed; ++i) {
      sketches.Next();
      const Clock::time_point begin = Clock::now();
      const std::vector<SketchCandidate>& found = sketches.Find();
      calls.us.push_back(MicrosecondsSince(begin));
      if (sketches.variant_of != 0) {
        ++calls.variants;
        calls.found += !found.empty() && found[0].id == sketches.variant_of;
      }
      sketches.Enter();
    }
    calls.Report(state);
  }
}

void RunStages(benchmark::State& state, size_t window, bool times_normalize) {
  auto& stages = Filled<Stages>(window);
  for (auto _ : state) {
    Calls calls;
    for (size_t i = 0; i < kTimed; ++i) {
      stages.Next();
      if (!times_normalize) stages.Normalize();
      const Clock::time_point begin = Clock::now();
      if (times_normalize) stages.Normalize();
      stages.Deduplicate();
      calls.us.push_back(MicrosecondsSince(begin));
      stages.Count(&calls);
    }
    calls.Report(state);
  }
  state.counters["index_bytes"] =
      static_cast<double>(stages.context.bytes) / static_cast<double>(stages.context.stories);
  state.counters["rss_bytes"] = stages.rss_bytes;
  if (stages.context.stories < window) state.SkipWithError("the window is not full");
}

void Register() {
  benchmark::RegisterBenchmark("Window/sketch", RunSketch)->Unit(benchmark::kMillisecond);
  std::vector<size_t> windows = {10'000, 100'000, 1'000'000};
  if (const char* more = std::getenv("COPYDESK_WINDOW")) {
    windows.push_back(std::strtoull(more, nullptr, 10));
  }
  const auto add = [](const std::string& name, auto run) {
    benchmark::RegisterBenchmark(name.c_str(), run)
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  };
  for (const size_t window : windows) {
    add(fmt::format("Window/look_up/{}", window),
        [window](benchmark::State& state) { RunLookUp(state, window); });
    add(fmt::format("Window/deduplicate/{}", window),
        [window](benchmark::State& state) { RunStages(state, window, false); });
    add(fmt::format("Window/normalize_and_deduplicate/{}", window),
        [window](benchmark::State& state) { RunStages(state, window, true); });
  }
}

const bool kIsRegistered = (Register(), true);

}  // namespace
}  // namespace copydesk::bench
