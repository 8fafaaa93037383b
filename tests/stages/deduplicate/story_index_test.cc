#include "stages/deduplicate/story_index.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace copydesk {
namespace {

// An index that knows where the records of MakeHolder() stood.
StoryIndex MakeIndex(size_t bytes_max) {
  StoryIndex index(bytes_max);
  EXPECT_EQ(index.NumberOf("wire.raw", 3), 0u);
  return index;
}

// A holder that is found by `keys`.
Holder MakeHolder(const std::vector<uint64_t>& keys, ChainId chain = 0, ChainId cluster = 0) {
  Holder holder;
  holder.offset = 17;
  for (const uint64_t key : keys) holder.keys.push_back({1, key});
  holder.chain = chain;
  holder.cluster = cluster;
  return holder;
}

constexpr Key KeyNumber(uint64_t number) { return {1, number}; }

TEST(StoryIndex, FindsTheLatestHolderOfAKey) {
  StoryIndex index = MakeIndex(1 << 20);
  const HolderId first = index.Enter(MakeHolder({1, 2}), 0, true);
  const HolderId second = index.Enter(MakeHolder({2, 3}), 0, true);
  EXPECT_EQ(index.FindId(KeyNumber(1)), first);
  EXPECT_EQ(index.FindId(KeyNumber(2)), second);
  EXPECT_EQ(index.FindId(KeyNumber(4)), 0u);
  EXPECT_EQ(index.Find(KeyNumber(4)), nullptr);
}

TEST(StoryIndex, ForgetsAKeyWithItsLatestHolder) {
  StoryIndex index = MakeIndex(1 << 20);
  index.Enter(MakeHolder({1, 2}), 10, true);
  const HolderId second = index.Enter(MakeHolder({2}), 20, true);
  EXPECT_EQ(index.ForgetBefore(20), 1u);
  EXPECT_EQ(index.FindId(KeyNumber(1)), 0u);
  EXPECT_EQ(index.FindId(KeyNumber(2)), second);
  EXPECT_EQ(index.ForgetBefore(21), 1u);
  EXPECT_EQ(index.FindId(KeyNumber(2)), 0u);
}

TEST(StoryIndex, KeepsAFirstStoryByNameWhenItIsForgotten) {
  StoryIndex index = MakeIndex(1 << 20);
  Holder first = MakeHolder({1});
  first.SetTexts("urn:a", StoryVersion::From("1", -1));
  const HolderId id = index.Enter(std::move(first), 10, true);
  const ChainId chain = index.At(id)->chain;
  index.Enter(MakeHolder({2}, chain), 20, true);
  index.ForgetBefore(20);
  EXPECT_EQ(index.At(id), nullptr);
  const Lead lead = index.FirstOf(chain);
  EXPECT_EQ(lead.uri, "urn:a");
  EXPECT_EQ(lead.version, "1");
  EXPECT_EQ(lead.topic, "wire.raw");
  EXPECT_EQ(lead.partition, 3);
  EXPECT_EQ(lead.offset, 17);
}

TEST(StoryIndex, AClusterOutlivesTheHoldersOfItsFirstChain) {
  StoryIndex index = MakeIndex(1 << 20);
  Holder first = MakeHolder({1});
  first.SetTexts("urn:a", {});
  const ChainId lead = index.At(index.Enter(std::move(first), 10, true))->chain;
  const ChainId taken_up = index.At(index.Enter(MakeHolder({2}, 0, lead), 20, true))->chain;
  // A repeat of something else, in the chain that was taken up.
  const ChainId other = index.At(index.Enter(MakeHolder({3}), 30, true))->chain;
  index.Enter(MakeHolder({4}, taken_up, other), 40, true);
  index.ForgetBefore(40);
  index.Enter(MakeHolder({5}), 40, true);  // would be given a place that was free
  EXPECT_EQ(index.ChainAt(taken_up).cluster, lead);
  EXPECT_EQ(index.FirstOf(lead).uri, "urn:a");
}

TEST(StoryIndex, VisitsAClusterInTheOrderOfArrival) {
  StoryIndex index = MakeIndex(1 << 20);
  std::vector<HolderId> entered;
  entered.push_back(index.Enter(MakeHolder({1}), 10, true));
  const ChainId cluster = index.At(entered[0])->cluster;
  index.Enter(MakeHolder({2}), 10, true);
  entered.push_back(index.Enter(MakeHolder({3}, 0, cluster), 20, true));
  entered.push_back(index.Enter(MakeHolder({4}, cluster), 20, true));
  index.ForgetBefore(20);
  entered.erase(entered.begin());
  std::vector<HolderId> visited;
  index.VisitCluster(cluster, [&](HolderId id, const Holder&) {
    visited.push_back(id);
    return true;
  });
  EXPECT_EQ(visited, entered);
}

TEST(StoryIndex, TellsWhatWasMadeFromAHolder) {
  StoryIndex index = MakeIndex(1 << 20);
  const HolderId source = index.Enter(MakeHolder({1}), 10, true);
  const HolderId other = index.Enter(MakeHolder({2}), 10, true);
  const auto made_from = [&](HolderId of) {
    std::vector<HolderId> ids;
    index.VisitMadeFrom(of, [&](HolderId id) { ids.push_back(id); });
    return ids;
  };
  const auto enter = [&] {
    Holder made = MakeHolder({});
    made.keys.push_back(index.NextMadeFromKey(source));
    return index.Enter(std::move(made), 20, true);
  };
  std::vector<HolderId> entered;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(made_from(source), entered);
    entered.push_back(enter());
  }
  EXPECT_EQ(made_from(other), std::vector<HolderId>());
  index.Seal();
  index.Commit();
  enter();
  index.RollBack();
  EXPECT_EQ(made_from(source), entered);
  // A record that was held comes in the place of the one before.
  Holder again = MakeHolder({});
  again.keys = index.At(entered[3])->keys;
  entered[3] = index.Enter(std::move(again), 30, true);
  EXPECT_EQ(made_from(source), entered);
}

TEST(StoryIndex, TellsWhatOfAClusterMayBeRecalled) {
  using Ids = std::vector<HolderId>;
  StoryIndex index = MakeIndex(1 << 20);
  Ids ids;
  ChainId cluster = 0;
  for (int64_t i = 0; i < 6; ++i) {
    ids.push_back(index.Enter(MakeHolder({1}, 0, cluster), i, true));
    cluster = index.At(ids[0])->chain;
  }
  Holder kill = MakeHolder({2}, cluster);
  kill.kind = RelationKind::kKill;
  const HolderId end = index.Enter(std::move(kill), 6, true);
  const auto by_kill = [&] { return index.Recallable(cluster, RelationKind::kKill); };
  const auto by_withhold = [&] { return index.Recallable(cluster, RelationKind::kWithhold); };
  EXPECT_EQ(by_kill(), ids);
  index.Seal();
  index.Commit();

  index.MarkRecalled(ids[2], end, RelationKind::kKill);
  index.MarkRecalled(ids[5], end, RelationKind::kWithhold);
  index.MarkRecalled(ids[0], end, RelationKind::kWithhold);
  EXPECT_EQ(by_kill(), (Ids{ids[0], ids[1], ids[3], ids[4], ids[5]}));
  EXPECT_EQ(by_withhold(), (Ids{ids[1], ids[3], ids[4]}));
  // Others can be found by the one that they were made from.
  Holder made = MakeHolder({});
  made.keys.push_back(index.NextMadeFromKey(ids[2]));
  index.Enter(std::move(made), 6, true);
  EXPECT_EQ(by_withhold(), (Ids{ids[1], ids[2], ids[3], ids[4]}));
  EXPECT_EQ(index.ForgetBefore(2), 2u);
  EXPECT_EQ(by_kill(), (Ids{ids[2], ids[3], ids[4], ids[5]}));
  index.RollBack();
  EXPECT_EQ(by_kill(), ids);
  EXPECT_EQ(by_withhold(), ids);
}

TEST(StoryIndex, VisitsTheStoriesOfAChainTheLatestFirst) {
  StoryIndex index = MakeIndex(1 << 20);
  std::vector<HolderId> ids = {index.Enter(MakeHolder({1}), 0, true)};
  const ChainId chain = index.At(ids[0])->chain;
  const auto visited = [&] {
    std::vector<HolderId> all;
    index.VisitChain(chain, [&](HolderId id, const Holder&) {
      all.insert(all.begin(), id);
      return true;
    });
    return all;
  };
  index.Enter(MakeHolder({2}), 1, true);
  ids.push_back(index.Enter(MakeHolder({3}, chain), 2, true));
  Holder kill = MakeHolder({4}, chain);
  kill.kind = RelationKind::kKill;
  index.Enter(std::move(kill), 3, true);
  ids.push_back(index.Enter(MakeHolder({5}, chain), 4, true));
  EXPECT_EQ(visited(), ids);
  index.ForgetBefore(2);
  EXPECT_EQ(visited(), (std::vector<HolderId>{ids[1], ids[2]}));
  // The kill keeps the chain when its stories are forgotten.
  kill = MakeHolder({4}, chain);
  kill.kind = RelationKind::kKill;
  index.Enter(std::move(kill), 5, true);
  index.ForgetBefore(5);
  EXPECT_EQ(visited(), std::vector<HolderId>());
  const HolderId later = index.Enter(MakeHolder({5}, chain), 6, true);
  EXPECT_EQ(visited(), std::vector<HolderId>{later});
}

TEST(StoryIndex, CountsNoBytesWhenAllIsForgotten) {
  StoryIndex index = MakeIndex(1 << 30);
  const size_t empty = index.bytes();
  ChainId chain = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    Holder holder = MakeHolder({i, i / 2, 7, 8, 9, 10, 11, 12, 13}, i % 3 == 0 ? 0 : chain);
    holder.SetTexts(std::string(i % 100, 'u'), StoryVersion::From(std::string(i % 70, '9'), -1));
    chain = index.At(index.Enter(std::move(holder), static_cast<int64_t>(i), i % 5 == 0))->chain;
  }
  EXPECT_GT(index.bytes(), 1000 * sizeof(Holder));
  EXPECT_EQ(index.ForgetBefore(500), 500u);
  EXPECT_EQ(index.size(), 500u);
  EXPECT_EQ(index.ForgetBefore(1000), 500u);
  EXPECT_EQ(index.size(), 0u);
  EXPECT_EQ(index.bytes(), empty);
}

TEST(StoryIndex, ForgetsTheOldestOverItsBudget) {
  StoryIndex index = MakeIndex(100 << 10);
  size_t forgotten = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    index.Enter(MakeHolder({i}), 0, true);
    forgotten += index.ForgetOverBudget();
    ASSERT_LE(index.bytes(), size_t{100} << 10);
  }
  EXPECT_EQ(index.size() + forgotten, 1000u);
  EXPECT_EQ(index.FindId(KeyNumber(0)), 0u);
  EXPECT_NE(index.FindId(KeyNumber(999)), 0u);
}

TEST(StoryIndex, FindsNothingOfWhatItHadBeforeItWasPutTogether) {
  StoryIndex index = MakeIndex(1 << 20);
  index.Enter(MakeHolder({1, 2}), 10, true);
  ASSERT_TRUE(index.Assemble(index.NoParts()).ok());
  EXPECT_EQ(index.FindId(KeyNumber(1)), 0u);
  index.Enter(MakeHolder({3}), 20, true);
  EXPECT_EQ(index.FindId(KeyNumber(2)), 0u);
}

TEST(StoryIndex, CutsALongUriBetweenCodePoints) {
  const std::string uri = std::string(kUriBytesMax - 1, 'u') + "\u00e4";
  EXPECT_EQ(KeptUri(uri), std::string(kUriBytesMax - 1, 'u'));
  EXPECT_EQ(KeptUri("urn:a"), "urn:a");
}

}  // namespace
}  // namespace copydesk
