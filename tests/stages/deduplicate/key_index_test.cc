#include "stages/deduplicate/key_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <random>
#include <vector>

namespace copydesk {
namespace {

using Key = KeyIndex::Key;

// Holders with their keys, and a look at all of them as the referee.
class Holders {
 public:
  explicit Holders(size_t buckets) : index_(buckets) {}

  void Enter(std::vector<uint64_t> keys) {
    Holder& holder = holders_.emplace_back();
    holder.keys = std::move(keys);
    const uint32_t id = next_id() - 1;
    for (const uint64_t key : holder.keys) {
      holder.replaced.push_back(index_.Enter(Key{0, key}, id, IsOf(key)));
    }
  }
  void UndoEnter() {
    const Holder& holder = holders_.back();
    for (size_t i = holder.keys.size(); i-- > 0;) {
      index_.UndoEnter(Key{0, holder.keys[i]}, holder.replaced[i]);
    }
    holders_.pop_back();
  }
  void Forget() { index_.Forget(holders_[forgotten_++].keys.size()); }
  void UndoForget() { index_.UndoForget(holders_[--forgotten_].keys.size()); }
  void Trim() {
    index_.Trim(index_.live());
    for (; forgotten_ > 0; --forgotten_) {
      holders_.pop_front();
      ++first_id_;
    }
  }
  size_t forgotten() const { return forgotten_; }
  size_t live() const { return holders_.size() - forgotten_; }

  // The latest holder of the key; 0 for none.
  uint32_t Find(uint64_t key) const {
    const uint32_t found = index_.Find(Key{0, key}, IsOf(key));
    return found == index_.none() ? 0 : index_.HolderOf(found);
  }
  uint32_t Expected(uint64_t key) const {
    for (size_t i = holders_.size(); i-- > forgotten_;) {
      if (Has(i, key)) return first_id_ + static_cast<uint32_t>(i);
    }
    return 0;
  }

 private:
  struct Holder {
    std::vector<uint64_t> keys;
    std::vector<uint32_t> replaced;
  };
  uint32_t next_id() const { return first_id_ + static_cast<uint32_t>(holders_.size()); }
  bool Has(size_t place, uint64_t key) const {
    const std::vector<uint64_t>& keys = holders_[place].keys;
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }
  // Whether a holder has the key.
  std::function<bool(uint32_t)> IsOf(uint64_t key) const {
    return [this, key](uint32_t id) { return Has(id - first_id_, key); };
  }

  KeyIndex index_;
  std::deque<Holder> holders_;
  uint32_t first_id_ = 1;
  size_t forgotten_ = 0;
};

// Some thirty keys fall into each bucket: lists are long, and most that is entered takes the place
// of something in the middle of one.
TEST(KeyIndex, FindsWhatALookAtAllHoldersFinds) {
  constexpr uint64_t kKeys = 30'000;
  std::mt19937_64 random(20261129);
  Holders holders(1);
  const auto some_key = [&] {
    // Some are had much more often than others, and by one holder twice.
    const uint64_t below = random() % 3 == 0 ? 10 : kKeys;
    return random() % below;
  };
  size_t found = 0;
  for (int round = 0; round < 300; ++round) {
    // What is done and undone of it is as far as a transaction may go back.
    size_t entered = 0;
    for (size_t steps = random() % 300; steps > 0; --steps) {
      if (holders.live() > 400 && random() % 2 == 0) {
        holders.Forget();
        continue;
      }
      std::vector<uint64_t> keys(1 + random() % 40);
      for (uint64_t& key : keys) key = some_key();
      holders.Enter(std::move(keys));
      ++entered;
    }
    if (random() % 3 == 0) {
      while (holders.forgotten() > 0) holders.UndoForget();
      for (size_t undone = random() % (entered + 1); undone > 0; --undone) holders.UndoEnter();
    }
    for (int i = 0; i < 200; ++i) {
      const uint64_t key = some_key();
      ASSERT_EQ(holders.Find(key), holders.Expected(key)) << "round " << round << ", key " << key;
      found += holders.Expected(key) != 0;
    }
    if (random() % 2 == 0) holders.Trim();
  }
  EXPECT_GT(found, 10'000u);
}

// A list of all that ever had the key would be walked again and again.
TEST(KeyIndex, AKeyThatIsEnteredAgainAndAgainIsInItsListOnce) {
  constexpr uint32_t kTimes = 100'000;
  KeyIndex index(1);
  uint32_t looked_at = 0;
  const auto is_of = [&](uint32_t /*holder*/) {
    ++looked_at;
    return true;
  };
  for (uint32_t holder = 1; holder <= kTimes; ++holder) index.Enter(Key{7, 7}, holder, is_of);
  EXPECT_EQ(index.HolderOf(index.Find(Key{7, 7}, is_of)), kTimes);
  EXPECT_EQ(looked_at, kTimes);
  index.Forget(kTimes);
  EXPECT_EQ(index.Find(Key{7, 7}, is_of), index.none());
  EXPECT_EQ(looked_at, kTimes);
}

TEST(KeyIndex, WhoeverHasTheHashOfAKeyButNotTheKeyIsPassed) {
  KeyIndex index(1);
  const auto has_first = [](uint32_t holder) { return holder == 1; };
  const auto has_second = [](uint32_t holder) { return holder == 2; };
  index.Enter(Key{7, 7}, 1, has_first);
  const uint32_t replaced = index.Enter(Key{7, 7}, 2, has_second);
  EXPECT_EQ(index.HolderOf(index.Find(Key{7, 7}, has_first)), 1u);
  EXPECT_EQ(index.HolderOf(index.Find(Key{7, 7}, has_second)), 2u);
  index.UndoEnter(Key{7, 7}, replaced);
  EXPECT_EQ(index.HolderOf(index.Find(Key{7, 7}, has_first)), 1u);
  EXPECT_EQ(index.Find(Key{7, 7}, has_second), index.none());
}

}  // namespace
}  // namespace copydesk
