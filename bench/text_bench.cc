// Micro benchmarks of what normalize does to a story's text: fold, hash, boilerplate.
//
// Each checks its result before it is timed; a check that fails ends the benchmark with an error.
// Items are stories, bytes are UTF-8 bytes of their bodies.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/corpus.h"
#include "stages/normalize/boilerplate.h"
#include "stages/similarity/content_hash.h"
#include "stages/story/story.h"
#include "stages/text/fold.h"

namespace copydesk::bench {
namespace {

constexpr size_t kStories = 2000;

// Bodies of one kind: "samples", "reuters", or a language of masakhane.
std::vector<std::string> Bodies(std::string_view kind) {
  std::vector<std::string> bodies;
  const bool is_language = kind != "samples" && kind != "reuters";
  const std::vector<SourceText>& stories =
      kind == "samples" ? SampleStories() : RealStories(is_language ? "masakhane" : kind);
  for (const SourceText& story : stories) {
    if (is_language && story.language != kind) continue;
    if (bodies.size() < kStories) bodies.push_back(story.body);
  }
  return bodies;
}

size_t BytesOf(const std::vector<std::string>& bodies) {
  size_t bytes = 0;
  for (const std::string& body : bodies) bytes += body.size();
  return bytes;
}

void Report(benchmark::State& state, const std::vector<std::string>& bodies) {
  const auto passes = static_cast<int64_t>(state.iterations());
  state.SetItemsProcessed(passes * static_cast<int64_t>(bodies.size()));
  state.SetBytesProcessed(passes * static_cast<int64_t>(BytesOf(bodies)));
}

void Fold(benchmark::State& state, const std::string& kind) {
  const std::vector<std::string> bodies = Bodies(kind);
  if (bodies.empty()) return state.SkipWithError("no such corpus");
  FoldedText folded;
  for (const std::string& body : bodies) {
    folded.Assign(body);
    if (folded.text() != FoldTypography(body)) return state.SkipWithError("the two folds differ");
  }
  for (auto _ : state) {
    for (const std::string& body : bodies) {
      folded.Assign(body);
      benchmark::DoNotOptimize(folded.text().data());
    }
  }
  Report(state, bodies);
}

ContentHash HashOf(ContentHasher& hasher, std::string_view first, std::string_view second) {
  hasher.Reset();
  hasher.Add(first, false);
  hasher.Add(second, true);
  return hasher.Finish();
}

void Hash(benchmark::State& state, const std::string& kind) {
  const std::vector<std::string> bodies = Bodies(kind);
  if (bodies.empty()) return state.SkipWithError("no such corpus");
  ContentHasher hasher;
  for (const std::string& body : bodies) {
    const std::string_view text = body;
    const size_t half = text.size() / 2;
    if (!(HashOf(hasher, text, "") == HashOf(hasher, text.substr(0, half), text.substr(half)))) {
      return state.SkipWithError("a piece hashes otherwise when it is added in two");
    }
  }
  for (auto _ : state) {
    for (const std::string& body : bodies) {
      benchmark::DoNotOptimize(HashOf(hasher, body, ""));
    }
  }
  Report(state, bodies);
}

void FindBoilerplate(benchmark::State& state, const std::string& kind) {
  const std::vector<std::string> bodies = Bodies(kind);
  if (bodies.empty()) return state.SkipWithError("no such corpus");
  const auto rules = Boilerplate::FromFile(COPYDESK_ROOT "/configs/boilerplate.yaml");
  if (!rules.ok()) return state.SkipWithError(std::string(rules.status().message()).c_str());
  std::vector<std::unique_ptr<Story>> stories;
  size_t spans = 0;
  for (const std::string& body : bodies) {
    Story& story = *stories.emplace_back(std::make_unique<Story>());
    TextField& field = story.AddField();
    field.name = "body_text";
    field.value = body;
    story.ReadFields();
    (*rules)->Find(story);
    uint32_t end = 0;
    for (const NotStory& found : story.not_story) {
      if (found.bytes.begin < end || found.bytes.end > body.size()) {
        return state.SkipWithError("spans overlap or leave the text");
      }
      end = found.bytes.end;
    }
    spans += story.not_story.size();
  }
  for (auto _ : state) {
    for (const std::unique_ptr<Story>& story : stories) {
      story->not_story.clear();
      (*rules)->Find(*story);
      benchmark::DoNotOptimize(story->not_story.data());
    }
  }
  state.counters["spans/story"] = static_cast<double>(spans) / static_cast<double>(bodies.size());
  Report(state, bodies);
}

// English of 1987 in hard-wrapped ASCII; French; Hausa (Latin with few marks); Yoruba (Latin with
// many); Amharic (no ASCII letters); the samples in two dozen languages.
#define COPYDESK_TEXTS(function)                      \
  BENCHMARK_CAPTURE(function, samples, "samples");    \
  BENCHMARK_CAPTURE(function, reuters_en, "reuters"); \
  BENCHMARK_CAPTURE(function, masakhane_en, "eng");   \
  BENCHMARK_CAPTURE(function, masakhane_fr, "fra");   \
  BENCHMARK_CAPTURE(function, masakhane_ha, "hau");   \
  BENCHMARK_CAPTURE(function, masakhane_yo, "yor");   \
  BENCHMARK_CAPTURE(function, masakhane_am, "amh")

COPYDESK_TEXTS(Fold);
BENCHMARK_CAPTURE(Hash, samples, "samples");
BENCHMARK_CAPTURE(Hash, reuters_en, "reuters");
COPYDESK_TEXTS(FindBoilerplate);

}  // namespace
}  // namespace copydesk::bench
