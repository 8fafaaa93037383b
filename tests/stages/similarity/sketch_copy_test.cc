// Copies of the index of sketches, beside the index they were made of.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "stages/similarity/sketch_index.h"
#include "tests/stages/similarity/sketch_of.h"

namespace copydesk {
namespace {

using testing::SketchOf;
using Parts = std::vector<std::pair<SketchIndex::Table, std::string>>;

// A story of some passages of those that there are: stories share them, and whole buckets do.
Sketch RandomSketch(std::mt19937& random) {
  std::string body;
  for (uint32_t passages = 1 + random() % 25; passages > 0; --passages) {
    const uint32_t passage = random() % 300;
    for (uint32_t word = 0; word < 15; ++word) {
      body += "w" + std::to_string(passage * 7 + word * word) + "x ";
    }
    if (random() % 4 == 0) body += "on " + std::to_string(random() % 50) + " ";
  }
  return SketchOf(body);
}

// Stories that are entered, undone, forgotten and trimmed.
class Window {
 public:
  // All that can be told of a sketch by the index.
  auto Find(const Sketch& sketch) {
    std::vector<std::tuple<uint64_t, uint32_t, uint32_t, uint32_t>> found;
    const uint64_t oldest = stories_.size() == forgotten_ ? next_ : stories_[forgotten_].id;
    for (const SketchCandidate& one : index_.Find(sketch, oldest)) {
      found.emplace_back(one.id, one.cluster, one.hits, one.units);
    }
    const double weight = found.empty() ? 0 : index_.weight();
    Evidence evidence;
    index_.MakeEvidence(sketch, &evidence);
    double rarities = 0;
    for (const uint16_t word : sketch.words) rarities += index_.WordRarity(word);
    for (const uint32_t figure : sketch.figures) rarities += index_.FigureRarity(figure);
    return std::tuple(found, weight, index_.is_crowded(), evidence.samples, evidence.weight,
                      evidence.words, rarities);
  }
  void Enter(const Sketch& sketch) {
    Find(sketch);
    Evidence evidence;
    index_.MakeEvidence(sketch, &evidence);
    evidence.is_counted = sketch.shingle_count % 4 != 0;
    const auto cluster = static_cast<uint32_t>(next_ - next_ % 3);
    stories_.push_back({next_, cluster, index_.Enter(next_, cluster, evidence)});
    ++next_;
  }
  void UndoEnter() {
    index_.UndoEnter();
    stories_.pop_back();
    --next_;
  }
  void Forget() { index_.Forget(stories_[forgotten_++].entry); }
  void UndoForget() { index_.UndoForget(stories_[--forgotten_].entry); }
  void Trim() {
    index_.Trim(index_.live());
    for (; forgotten_ > 0; --forgotten_) stories_.pop_front();
  }
  size_t size() const { return stories_.size() - forgotten_; }
  size_t forgotten() const { return forgotten_; }

  Parts Copy() const {
    Parts parts;
    EXPECT_TRUE(index_.is_worth_a_copy());
    index_.WriteCopy(
        [&](SketchIndex::Table table, std::string_view part) { parts.emplace_back(table, part); });
    return parts;
  }
  // The window with an index that is read from `parts`; false where that is refused.
  bool Read(const Parts& parts, Window* copy) const {
    *copy = Window();
    for (const auto& [table, part] : parts) {
      if (!copy->index_.ReadCopy(table, part)) return false;
    }
    copy->next_ = next_;
    Evidence evidence;
    for (const Story& story : stories_) {
      index_.ReadEvidence(story.entry, &evidence);
      const SketchEntry entry = copy->index_.EnterCopied(story.id, story.cluster, evidence,
                                                         index_.SampleCount(story.entry));
      if (entry == 0) return false;
      copy->stories_.push_back({story.id, story.cluster, entry});
    }
    return copy->index_.is_whole();
  }

  size_t postings_read() const { return index_.postings_read(); }

 private:
  struct Story {
    uint64_t id;
    uint32_t cluster;
    SketchEntry entry;
  };
  SketchIndex index_{1};  // the fewest buckets there can be
  std::deque<Story> stories_;
  uint64_t next_ = 1;
  size_t forgotten_ = 0;
};

// Goes on with both windows in the same way, as a stream with its roll-backs does.
void GoOn(std::mt19937& random, Window* one, Window* other) {
  size_t entered = 0;
  for (size_t steps = 30 + random() % 60; steps > 0; --steps) {
    if (one->size() > 80 && random() % 2 == 0) {
      one->Forget();
      other->Forget();
      continue;
    }
    const Sketch sketch = RandomSketch(random);
    ASSERT_EQ(one->Find(sketch), other->Find(sketch));
    ASSERT_EQ(one->postings_read(), other->postings_read());
    one->Enter(sketch);
    other->Enter(sketch);
    ++entered;
  }
  if (random() % 3 == 0) {
    for (; one->forgotten() > 0; one->UndoForget()) other->UndoForget();
    for (size_t undone = random() % (entered + 1); undone > 0; --undone) {
      one->UndoEnter();
      other->UndoEnter();
    }
  }
  one->Trim();
  other->Trim();
}

TEST(SketchCopy, FindsWhatTheIndexFindsThatItWasMadeOf) {
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Window window, copied;
    for (int round = 0; round < 15; ++round) {
      ASSERT_NO_FATAL_FAILURE(GoOn(random, &window, &copied));
      if (round == 0) continue;
      // Of the index, or of a copy of a copy.
      Window again;
      const Window& from = random() % 2 == 0 ? window : copied;
      ASSERT_TRUE(from.Read(from.Copy(), &again));
      copied = std::move(again);
    }
  }
}

TEST(SketchCopy, CanBeReadInPartsOfAnySize) {
  std::mt19937 random(1);
  Window window, same, copied;
  GoOn(random, &window, &same);
  Parts parts;
  for (const auto& [table, part] : window.Copy()) {
    const size_t size = table == SketchIndex::Table::kHead ? part.size() : 8;
    for (size_t at = 0; at < part.size(); at += size)
      parts.emplace_back(table, part.substr(at, size));
  }
  ASSERT_TRUE(window.Read(parts, &copied));
  GoOn(random, &window, &copied);
}

TEST(SketchCopy, HasTheClustersABucketHasNoRoomFor) {
  constexpr uint32_t kMany = 70'000;
  const Sketch sketch = SketchOf("the same words");
  SketchIndex index(1), copy(1);
  Evidence evidence;
  index.Find(sketch, 1);
  index.MakeEvidence(sketch, &evidence);
  evidence.is_counted = true;
  for (uint32_t i = 1; i <= kMany; ++i) index.Enter(i, i, evidence);
  index.WriteCopy([&](SketchIndex::Table table, std::string_view part) {
    ASSERT_TRUE(copy.ReadCopy(table, part));
  });
  for (uint32_t i = 1; i <= kMany; ++i) {
    ASSERT_EQ(copy.EnterCopied(i, i, evidence, evidence.samples.size()), i);
  }
  for (uint32_t left = kMany; left > 8; --left) copy.Forget(copy.live());
  EXPECT_TRUE(copy.Find(sketch, 1).empty());
  copy.Forget(copy.live());
  EXPECT_EQ(copy.Find(sketch, 1).size(), 7u);
}

// What the index does with a copy that was not refused, to its end.
void Use(std::mt19937& random, Window* window) {
  for (int i = 0; i < 20; ++i) {
    window->Find(RandomSketch(random));
    window->Enter(RandomSketch(random));
  }
  for (int i = 0; i < 10; ++i) window->UndoEnter();
  while (window->size() > 5) window->Forget();
  window->Trim();
  for (int i = 0; i < 5; ++i) window->Find(RandomSketch(random));
}

class BrokenCopy : public ::testing::Test {
 protected:
  BrokenCopy() {
    Window same;
    for (int round = 0; round < 3; ++round) GoOn(random_, &window_, &same);
    parts_ = window_.Copy();
  }
  bool IsRefused(const Parts& parts) {
    Window copy;
    if (!window_.Read(parts, &copy)) return true;
    Use(random_, &copy);
    return false;
  }

  std::mt19937 random_{20261129};
  Window window_;
  Parts parts_;
};

TEST_F(BrokenCopy, IsRefusedWhereAPartIsMissingCutOrThereTwice) {
  ASSERT_FALSE(IsRefused(parts_));
  for (size_t i = 0; i < parts_.size(); ++i) {
    SCOPED_TRACE(static_cast<char>(parts_[i].first));
    if (parts_[i].second.empty()) continue;  // there are no more clusters
    Parts broken = parts_;
    broken.erase(broken.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_TRUE(IsRefused(broken));
    broken = parts_;
    broken.insert(broken.begin() + static_cast<ptrdiff_t>(i), parts_[i]);
    EXPECT_TRUE(IsRefused(broken));
    for (const size_t cut : {1, 4, 8}) {
      broken = parts_;
      broken[i].second.resize(parts_[i].second.size() - cut);
      EXPECT_TRUE(IsRefused(broken)) << cut;
    }
  }
}

TEST_F(BrokenCopy, IsRefusedOrWorkedWithWhereverItIsBroken) {
  size_t refused = 0, used = 0;
  for (auto& [table, part] : parts_) {
    // Of the head each bit, of the others some.
    const bool is_head = table == SketchIndex::Table::kHead;
    const size_t bits = part.size() * 8;
    for (size_t bit = 0; bit < bits; bit += is_head ? 1 : 1 + random_() % (bits / 200)) {
      part[bit / 8] = static_cast<char>(part[bit / 8] ^ 1 << bit % 8);
      const bool is_refused = IsRefused(parts_);
      EXPECT_TRUE(is_refused || !is_head) << "bit " << bit;
      ++(is_refused ? refused : used);
      part[bit / 8] = static_cast<char>(part[bit / 8] ^ 1 << bit % 8);
    }
  }
  EXPECT_GT(refused, 224u + 20);  // the head's, and more
  EXPECT_GT(used, 200u);          // nothing else says what a posting's hash is
  EXPECT_FALSE(IsRefused(parts_));
}

// All of one table is what it should not be, as whoever makes such a file would have it.
TEST_F(BrokenCopy, IsRefusedOrWorkedWithWhateverStandsInIt) {
  for (int round = 0; round < 300; ++round) {
    Parts broken = parts_;
    std::string& part = broken[1 + random_() % 2].second;
    const auto value = static_cast<uint32_t>(random_() >> random_() % 32);
    for (size_t at = random_() % 2 * 4; at + 4 <= part.size(); at += 8) {
      if (random_() % 3 != 0) std::copy_n(reinterpret_cast<const char*>(&value), 4, &part[at]);
    }
    IsRefused(broken);
  }
}

TEST_F(BrokenCopy, IsRefusedByAnIndexWithOtherBuckets) {
  SketchIndex index(1 << 12);
  EXPECT_FALSE(index.ReadCopy(parts_[0].first, parts_[0].second));
  EXPECT_TRUE(index.is_whole());
}

}  // namespace
}  // namespace copydesk
