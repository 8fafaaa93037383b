// The referee of the index of sketches: exact overlap of the words of all pairs of stories.
//
// How: of each story the set of its three words in a row; for each pair that shares any, exactly
// what share of either set is in the other's. A story that has most of an earlier one in it, or is
// most of one, must be among what the index finds. What is counted is the earlier story that
// overlaps most, or one that does nearly as much: where many are alike, the index gives the few
// that share most.
//
// Streams: stories of words drawn at random with planted variants, and Reuters' of COPYDESK_SHARED.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "stages/similarity/sketch.h"
#include "stages/similarity/sketch_index.h"
#include "tests/oracle/shared_data.h"

namespace copydesk {
namespace {

using Words = std::vector<std::string>;

constexpr size_t kShinglesMin = 24;    // of what two stories share
constexpr double kContainment = 0.6;   // of the smaller of the two
constexpr double kNearlyAsMuch = 0.9;  // of the highest overlap

std::string Joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

Sketch SketchOf(const Words& words) {
  Sketcher sketcher;
  Sketch sketch;
  sketcher.Begin();
  sketcher.AddBody(Joined(words));
  sketcher.Finish(&sketch);
  return sketch;
}

// How many stories have an earlier one that overlaps, and for how many the index finds it.
struct Recall {
  int alike = 0;
  int found = 0;
};

Recall Measure(const std::vector<Words>& stories) {
  SketchIndex index(stories.size() * Evidence::kSamplesMax);
  std::map<std::string, std::vector<size_t>> holders;  // of a shingle
  std::vector<size_t> sizes;
  Recall recall;
  for (size_t i = 0; i < stories.size(); ++i) {
    std::set<std::string> shingles;
    for (size_t at = 0; at + 3 <= stories[i].size(); ++at) {
      shingles.insert(stories[i][at] + " " + stories[i][at + 1] + " " + stories[i][at + 2]);
    }
    std::map<size_t, size_t> shared;
    for (const std::string& shingle : shingles) {
      for (const size_t earlier : holders[shingle]) ++shared[earlier];
      holders[shingle].push_back(i);
    }
    sizes.push_back(shingles.size());
    std::map<size_t, double> overlaps;
    double highest = 0;
    for (const auto& [earlier, count] : shared) {
      const double overlap =
          static_cast<double>(count) / static_cast<double>(std::min(sizes[i], sizes[earlier]));
      if (count < kShinglesMin || overlap < kContainment) continue;
      overlaps[earlier] = overlap;
      highest = std::max(highest, overlap);
    }
    const Sketch sketch = SketchOf(stories[i]);
    const std::vector<SketchCandidate>& candidates = index.Find(sketch, 1);
    if (!overlaps.empty()) {
      ++recall.alike;
      recall.found +=
          std::any_of(candidates.begin(), candidates.end(), [&](const SketchCandidate& candidate) {
            const auto overlap = overlaps.find(candidate.id - 1);
            return overlap != overlaps.end() && overlap->second >= kNearlyAsMuch * highest;
          });
    }
    if (sketch.is_empty()) continue;
    Evidence evidence;
    index.MakeEvidence(sketch, &evidence);
    evidence.is_counted = overlaps.empty();  // as the first of its cluster
    index.Enter(i + 1, static_cast<uint32_t>(i + 1), evidence);
  }
  return recall;
}

// Light edits, cut tails, excerpts, paragraphs in another order or put before it, and noise.
Words VariantOf(Words story, std::mt19937* random, const std::function<std::string()>& word) {
  const size_t half = story.size() / 2;
  switch ((*random)() % 6) {
    case 0:
      for (int edit = 0; edit < 5; ++edit) story[(*random)() % story.size()] = word();
      return story;
    case 1:
      story.resize(half);
      return story;
    case 2:
      return {story.begin() + static_cast<ptrdiff_t>(half / 2),
              story.begin() + static_cast<ptrdiff_t>(half)};
    case 3:
      std::rotate(story.begin(), story.begin() + static_cast<ptrdiff_t>(half), story.end());
      return story;
    case 4:
      for (int more = 0; more < 60; ++more) story.insert(story.begin(), word());
      return story;
    default:
      for (std::string& noisy : story) {
        if ((*random)() % 12 == 0) noisy[0] = '\'';
      }
      return story;
  }
}

TEST(NearDuplicateRecall, OfPlantedVariants) {
  std::mt19937 random(7);
  // Some words are common and most are rare, as in a language.
  std::exponential_distribution<double> rank(1.0 / 900);
  const auto word = [&] { return "w" + std::to_string(static_cast<int>(rank(random))); };
  std::vector<Words> stories;
  for (int i = 0; i < 3000; ++i) {
    if (i > 100 && random() % 3 == 0) {
      stories.push_back(VariantOf(stories[random() % stories.size()], &random, word));
      if (stories.back().size() >= 40) continue;
      stories.pop_back();
    }
    Words& story = stories.emplace_back();
    for (size_t size = 80 + random() % 200; story.size() < size;) story.push_back(word());
  }
  const Recall recall = Measure(stories);
  EXPECT_GT(recall.alike, 700);
  EXPECT_GE(recall.found, 0.99 * recall.alike) << recall.found << " of " << recall.alike;
}

TEST(NearDuplicateRecall, OfRealStories) {
  const std::string path = SharedData("stories/reuters-21578-train.jsonl.xz");
  if (path.empty()) GTEST_SKIP() << "no stories: set COPYDESK_SHARED";
  std::vector<Words> stories;
  simdjson::dom::parser parser;
  std::istringstream lines(ReadUnpacked(path));
  for (std::string line; stories.size() < 6000 && std::getline(lines, line);) {
    std::string_view body;
    if (parser.parse(line)["body"].get(body) != simdjson::SUCCESS) continue;
    Words& words = stories.emplace_back();
    std::string folded;
    for (const char c : body) {
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (is_letter) folded += static_cast<char>(c | 0x20);
      if (is_letter || folded.empty()) continue;
      words.push_back(std::move(folded));
      folded.clear();
    }
  }
  const Recall recall = Measure(stories);
  EXPECT_GT(recall.alike, 100);
  EXPECT_GE(recall.found, 0.99 * recall.alike) << recall.found << " of " << recall.alike;
}

}  // namespace
}  // namespace copydesk
