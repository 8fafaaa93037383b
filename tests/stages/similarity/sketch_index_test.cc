#include "stages/similarity/sketch_index.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/stages/similarity/sketch_of.h"

namespace copydesk {
namespace {

using testing::SketchOf;

std::string Words(const std::string& name, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += name + std::to_string(i) + "x ";
  return text;
}

// An index of stories with rising ids, each a cluster of its own.
class Window {
 public:
  const std::vector<SketchCandidate>& Find(const Sketch& sketch) {
    return index.Find(sketch, oldest);
  }
  void Enter(const std::string& body) {
    const Sketch sketch = SketchOf(body);
    Find(sketch);
    Evidence evidence;
    index.MakeEvidence(sketch, &evidence);
    entries.push_back(index.Enter(next, static_cast<uint32_t>(next), evidence));
    ++next;
  }

  SketchIndex index{100'000};
  uint64_t oldest = 1, next = 1;
  std::vector<SketchEntry> entries;
};

TEST(SketchIndex, FindsTheWholeAndAPart) {
  Window window;
  window.Enter(Words("other", 200));
  window.Enter(Words("story", 200));
  ASSERT_EQ(window.Find(SketchOf(Words("story", 200))).size(), 1u);
  EXPECT_EQ(window.Find(SketchOf(Words("story", 200)))[0].id, 2u);
  ASSERT_EQ(window.Find(SketchOf(Words("story", 40))).size(), 1u);
  EXPECT_TRUE(window.Find(SketchOf(Words("third", 200))).empty());
}

TEST(SketchIndex, FindsAlmostAnyParagraphOfALongStory) {
  Window window;
  constexpr size_t kStories = 20, kParagraphs = 50;
  const auto paragraph = [](size_t story, size_t at) {
    return Words("s" + std::to_string(story) + "p" + std::to_string(at) + "w", 22);
  };
  for (size_t story = 0; story < kStories; ++story) {
    std::string whole;
    for (size_t at = 0; at < kParagraphs; ++at) whole += paragraph(story, at);
    window.Enter(whole);
  }
  size_t found = 0;
  for (size_t story = 0; story < kStories; ++story) {
    for (size_t at = 0; at < kParagraphs; ++at) {
      const auto& candidates = window.Find(SketchOf(paragraph(story, at)));
      found += !candidates.empty() && candidates[0].id == story + 1;
    }
  }
  EXPECT_GE(found, kStories * kParagraphs * 96 / 100);
}

TEST(SketchIndex, DoesNotFindWhatIsForgotten) {
  Window window;
  window.Enter(Words("story", 200));
  window.Enter(Words("other", 200));
  window.index.Forget(window.entries[0]);
  window.oldest = 2;
  EXPECT_TRUE(window.Find(SketchOf(Words("story", 200))).empty());
  window.index.Trim(window.index.live());
  EXPECT_TRUE(window.Find(SketchOf(Words("story", 200))).empty());
  EXPECT_EQ(window.Find(SketchOf(Words("other", 200))).size(), 1u);
}

TEST(SketchIndex, IsAsBeforeWhenAnEntryIsUndone) {
  Window window;
  window.Enter(Words("story", 200));
  window.Enter(Words("story", 180));
  window.index.UndoEnter();
  --window.next;
  ASSERT_EQ(window.Find(SketchOf(Words("story", 200))).size(), 1u);
  EXPECT_EQ(window.Find(SketchOf(Words("story", 200)))[0].id, 1u);
}

TEST(SketchIndex, LooksAtFewOfManyThatShareEverything) {
  Window window;
  for (int i = 0; i < 2000; ++i)
    window.Enter(Words("same", 100) + Words("own" + std::to_string(i), 20));
  const std::vector<SketchCandidate>& found = window.Find(SketchOf(Words("same", 100)));
  EXPECT_LE(found.size(), SketchIndex::kCandidatesMax);
  // What so many share says little.
  for (const SketchCandidate& candidate : found) {
    EXPECT_LT(candidate.weight(), 0.1 * candidate.hits);
  }
}

TEST(SketchIndex, AsksForMoreOfALongStoryThatHitsSomething) {
  Window window;
  for (int i = 0; i < 50; ++i) window.Enter(Words("other" + std::to_string(i) + "of", 300));
  window.Enter(Words("brief", 40));
  const size_t brief = window.next - 1;
  const std::vector<SketchCandidate>& found =
      window.Find(SketchOf(Words("long", 200) + Words("brief", 40) + Words("more", 200)));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id, brief);
  // As many of its sixteen samples as the sketch of the long story has.
  EXPECT_GE(found[0].hits, 9u);
  window.Find(SketchOf(Words("long", 400)));
  EXPECT_LT(window.index.postings_read(), 20u);
}

// Of the long story one shingle in ten is asked for at first, of the brief one's two or so: a look
// at it must not wait for a second hit.
TEST(SketchIndex, FindsABriefStoryWithinALongOneByOneHit) {
  constexpr int kStories = 60;
  Window window;
  const auto brief = [](int i) { return Words("brief" + std::to_string(i) + "of", 20); };
  for (int i = 0; i < kStories; ++i) window.Enter(brief(i));
  int found = 0;
  for (int i = 0; i < kStories; ++i) {
    const std::string around = "around" + std::to_string(i) + "of";
    const Sketch sketch = SketchOf(brief(i) + Words(around, 600));
    const std::vector<SketchCandidate>& candidates = window.Find(sketch);
    found += !candidates.empty() && candidates[0].id == static_cast<uint64_t>(i) + 1;
  }
  EXPECT_GE(found, kStories * 4 / 5);
}

// Or the half of a story that others share would seem to be most of it.
TEST(SketchIndex, WeighsWhatItDoesNotAskForAsSharedByNobody) {
  Window window;
  for (const char* name : {"first", "second", "third", "fourth"}) {
    window.Enter(Words("shared", 120) + Words(name, 10));
  }
  const Sketch sketch = SketchOf(Words("shared", 120) + Words("own", 100));
  ASSERT_EQ(window.Find(sketch).size(), 4u);
  // A sixth of what is shared are samples, of which each weighs less than half.
  EXPECT_GT(window.index.weight(), 0.9 * sketch.shingle_count);
  EXPECT_LT(window.index.weight(), sketch.shingle_count - 5);
}

// What is like no other gives no candidates, and its evidence still weighs by how common it is: by
// clusters, of which near-duplicates are one.
TEST(SketchIndex, WeighsThePhrasesOfAStoryLikeNoOther) {
  const auto weight_beside = [](int stories, bool is_one_cluster) {
    Window window;
    for (int i = 0; i < stories; ++i) {
      const Sketch sketch = SketchOf(Words("own" + std::to_string(i) + "of", 150) +
                                     Words("phrase", 20) + Words("end" + std::to_string(i), 30));
      Evidence evidence;
      EXPECT_TRUE(window.Find(sketch).empty());
      window.index.MakeEvidence(sketch, &evidence);
      evidence.is_counted = !is_one_cluster || i == 0;
      window.index.Enter(window.next++, is_one_cluster ? 1 : static_cast<uint32_t>(i), evidence);
    }
    const Sketch sketch = SketchOf(Words("new", 150) + Words("phrase", 20) + Words("more", 30));
    Evidence evidence;
    EXPECT_TRUE(window.Find(sketch).empty());
    window.index.MakeEvidence(sketch, &evidence);
    return evidence.weight / 64.0 / static_cast<double>(evidence.samples.size());
  };
  EXPECT_EQ(weight_beside(0, false), 1);
  EXPECT_EQ(weight_beside(5, true), 1);
  EXPECT_LT(weight_beside(5, false), 0.97);
  EXPECT_LT(weight_beside(7, false), weight_beside(5, false));
}

// Most of what is asked for at first is common to all and tells nothing: more is asked for, or the
// few words of a story's own would be found by chance only.
TEST(SketchIndex, AsksForMoreWhereLittleTellsAnything) {
  constexpr int kStories = 40;
  Window window;
  const auto body = [](int i) {
    return Words("common", 160) + Words("own" + std::to_string(i) + "of", 12);
  };
  for (int i = 0; i < kStories; ++i) {
    const Sketch sketch = SketchOf(body(i));
    Evidence evidence;
    window.Find(sketch);
    window.index.MakeEvidence(sketch, &evidence);
    evidence.is_counted = true;
    window.index.Enter(window.next++, static_cast<uint32_t>(i), evidence);
  }
  int found = 0;
  for (int i = 0; i < kStories; ++i) {
    const std::vector<SketchCandidate>& candidates = window.Find(SketchOf(body(i)));
    found += !candidates.empty() && candidates[0].id == static_cast<uint64_t>(i) + 1;
  }
  EXPECT_GE(found, kStories * 9 / 10);
}

// What a filter says of a bucket is never less than what is in it: not after what was forgotten
// came back, nor after it was trimmed and others took its place.
TEST(SketchIndex, FindsWhatCameBackAfterARollBack) {
  Window window;
  window.Enter(Words("story", 200));
  window.index.Forget(window.entries[0]);
  for (int i = 0; i < 300; ++i) window.Enter(Words("other" + std::to_string(i) + "of", 200));
  for (int i = 0; i < 300; ++i) window.index.UndoEnter();
  window.index.UndoForget(window.entries[0]);
  ASSERT_EQ(window.Find(SketchOf(Words("story", 200))).size(), 1u);
  EXPECT_EQ(window.index.weight(), 198);
}

TEST(SketchIndex, FindsEachOfAWindowThatGoesOn) {
  Window window;
  for (int i = 0; i < 3000; ++i) {
    const std::string body = Words("body" + std::to_string(i) + "of", 100);
    window.Enter(body);
    if (i < 500) continue;
    window.index.Forget(window.index.live());
    window.index.Trim(window.index.live());
    ++window.oldest;
    const int known = i - i % 450;
    const std::vector<SketchCandidate>& found =
        window.Find(SketchOf(Words("body" + std::to_string(known) + "of", 100)));
    ASSERT_EQ(found.size(), 1u) << known;
    EXPECT_EQ(found[0].id, static_cast<uint64_t>(known + 1));
  }
}

TEST(SketchIndex, FindsWhatHasAnOnlyShingleWhereverItsPostingsStand) {
  uint32_t next = 1;
  const auto samples = [&](size_t count) {
    Evidence evidence;
    evidence.shingle_count = 6 * static_cast<uint32_t>(count);
    while (evidence.samples.size() < count) evidence.samples.push_back(next += 2);
    return evidence;
  };
  Sketch only;
  only.shingle_count = 1;
  only.shingles = {0x8000'0001};
  for (size_t before = 1; before <= 240; before += 7) {
    SketchIndex index(1024);
    Evidence stories[] = {samples(before), samples(40), samples(230), samples(40)};
    stories[1].samples[20] = stories[3].samples[20] = only.shingles[0];
    for (uint32_t i = 0; i < 3; ++i) index.Enter(i + 1, i + 1, stories[i]);
    EXPECT_EQ(index.Find(only, 1).size(), 1u) << before;
    index.Enter(4, 4, stories[3]);
    EXPECT_EQ(index.Find(only, 1).size(), 2u) << before;
  }
}

TEST(SketchIndex, IsSmallWhenFewStoriesAreToCome) {
  SketchIndex index(0);
  Evidence evidence;
  for (uint32_t i = 0; i < 240; ++i) evidence.samples.push_back(2 * i + 1);
  for (uint32_t i = 1; i <= 10; ++i) index.Enter(i, i, evidence);
  EXPECT_TRUE(index.is_worth_a_copy());
}

TEST(SketchIndex, CountsMoreClustersThanABucketHasRoomFor) {
  constexpr int kMany = 70'000;
  Window window;
  const Sketch sketch = SketchOf(Words("same", 3));
  ASSERT_EQ(sketch.shingles.size(), 1u);
  Evidence evidence;
  window.Find(sketch);
  window.index.MakeEvidence(sketch, &evidence);
  evidence.is_counted = true;
  for (uint32_t i = 1; i <= kMany; ++i) window.index.Enter(i, i, evidence);
  EXPECT_TRUE(window.Find(sketch).empty());
  for (int left = kMany; left > 8; --left) window.index.Forget(window.index.live());
  EXPECT_TRUE(window.Find(sketch).empty());
  window.index.Forget(window.index.live());
  EXPECT_EQ(window.Find(sketch).size(), 7u);
}

}  // namespace
}  // namespace copydesk
