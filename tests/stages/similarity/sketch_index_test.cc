#include "stages/similarity/sketch_index.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace copydesk {
namespace {

Sketch SketchOf(const std::string& body) {
  Sketcher sketcher;
  Sketch sketch;
  sketcher.Begin();
  sketcher.AddBody(body);
  sketcher.Finish(&sketch);
  return sketch;
}

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

}  // namespace
}  // namespace copydesk
