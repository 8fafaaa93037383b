// What deduplicate's whole state is written as, and read from: with a copy of its index of
// sketches.
#include "stages/deduplicate/story_state.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/stages/deduplicate/arrival.h"

namespace copydesk {
namespace {

using testing::Arrival;
using testing::MakeFactory;
using testing::MakeItem;
using testing::RecordingContext;

// Keeps what it is given.
class Changes : public ChangeSink {
 public:
  void Put(std::string_view key, std::string_view value) override {
    all.emplace_back(key, std::string(value));
  }
  void Erase(std::string_view key) override { all.emplace_back(key, std::nullopt); }
  // The first error of taking them back, if any.
  absl::Status RestoreTo(StageState& state) const {
    for (const auto& [key, value] : all) {
      if (absl::Status status = state.Restore(key, value); !status.ok()) return status;
    }
    return state.FinishRestore();
  }

  std::vector<std::pair<std::string, std::optional<std::string>>> all;
};

bool IsOfCopy(const std::string& key) { return key.size() == 9 && key[0] != 's'; }

// Long stories of passages that many have, some of them with a uri that another has.
Arrival RandomArrival(std::mt19937& random, int64_t offset) {
  Arrival arrival;
  arrival.offset = offset;
  arrival.uri = "u" + std::to_string(random() % 3 == 0 ? random() % 40 : 1000 + offset);
  arrival.version = std::to_string(1 + random() % 3);
  arrival.record_hour = static_cast<double>(offset) * 0.01;
  arrival.text = "t" + std::to_string(random() % 10 == 0 ? 0 : offset);
  if (random() % 30 == 0) arrival.notice = Notice::kKill;
  for (uint32_t passages = 8 + random() % 3; passages > 0; --passages) {
    const uint32_t passage = random() % 150;
    for (uint32_t i = 0; i < 90; ++i) {
      arrival.words += "w" + std::to_string(passage * 7 + i * i) + " ";
    }
    if (random() % 3 == 0) arrival.words += std::to_string(random() % 500) + " ";
  }
  return arrival;
}

// A stage that remembers a megabyte, some five hundred stories.
class Desk {
 public:
  explicit Desk(const std::string& memory = "1MB")
      : factory_(MakeFactory("{window: 72h, memory: " + memory + "}")), stage_(factory_->Make()) {}

  // What becomes of a story, in words.
  std::string Decide(const Arrival& arrival) {
    const std::unique_ptr<Item> item = MakeItem(arrival, arrival.offset);
    Item* const items[] = {item.get()};
    RecordingContext context;
    stage_->Process(items, context);
    const Relation& relation = *StoryOf(*item).relation;
    std::string decided = std::to_string(static_cast<int>(relation.kind)) + " " +
                          std::string(relation.rule) + " " +
                          std::to_string(relation.lead ? relation.lead->offset : -1);
    for (const Record& recall : context.recalls) decided += " " + recall.value;
    postings_read_ = context.counts["posting-read"];
    return decided + (context.counts["evicted"] > 0 ? ", one is forgotten" : "");
  }
  Changes Commit() {
    Changes changes;
    state().WriteChanges(changes);
    state().Seal();
    state().Commit();
    return changes;
  }
  Changes Whole() {
    Changes whole;
    state().WriteAll(whole);
    return whole;
  }
  StageState& state() { return *stage_->state(); }
  uint64_t postings_read() const { return postings_read_; }  // of the last story

 private:
  std::unique_ptr<StageFactory> factory_;
  std::unique_ptr<Stage> stage_;
  uint64_t postings_read_ = 0;
};

class WholeState : public ::testing::Test {
 protected:
  // Stories in commits of thirty; the desk forgets for want of memory before they are at their end.
  WholeState() {
    for (int i = 0; i < 30; ++i) last_ = CommitMore(30);
    whole_ = desk_.Whole();
  }
  Arrival Next() { return RandomArrival(random_, next_++); }
  Changes CommitMore(int stories) {
    for (; stories > 0; --stories) desk_.Decide(Next());
    return desk_.Commit();
  }
  // Whether another desk decides as this one from now on, through roll-backs. Where it only reads
  // the same changes, lists may be told to have what was forgotten.
  void ExpectSame(Desk* other, bool is_copy = true) {
    for (int round = 0; round < 6; ++round) {
      const int64_t begin = next_;
      const std::mt19937 before = random_;
      for (int i = 0; i < 40; ++i) {
        const Arrival arrival = Next();
        ASSERT_EQ(desk_.Decide(arrival), other->Decide(arrival)) << "arrival " << arrival.offset;
        if (is_copy) {
          ASSERT_EQ(desk_.postings_read(), other->postings_read());
        }
      }
      if (round % 3 == 1) {
        desk_.state().RollBack();
        other->state().RollBack();
        next_ = begin;
        random_ = before;
      } else {
        desk_.Commit();
        other->Commit();
      }
    }
  }
  // Whether it is refused; where it is not, it is worked with.
  bool IsRefused(const Changes& whole) {
    Desk desk;
    const absl::Status status = whole.RestoreTo(desk.state());
    EXPECT_TRUE(status.ok() || absl::IsDataLoss(status)) << status;
    if (!status.ok()) desk.state().Clear();
    for (const Arrival& arrival : further_) desk.Decide(arrival);
    desk.Commit();
    return !status.ok();
  }

  std::mt19937 random_{20261129};
  int64_t next_ = 0;
  Desk desk_;
  Changes whole_, last_;
  const std::vector<Arrival> further_ = {Next(), Next(), Next(), Next(), Next()};
};

TEST_F(WholeState, DecidesAsItDidWhenItComesBack) {
  Desk restored;
  ASSERT_TRUE(whole_.RestoreTo(restored.state()).ok());
  ExpectSame(&restored);
  // And once more, with what its copy was read from cut off at its beginning.
  Desk again;
  ASSERT_TRUE(restored.Whole().RestoreTo(again.state()).ok());
  ExpectSame(&again);
}

TEST_F(WholeState, GoesOnWithTheChangesThatCameAfterIt) {
  // The first ones are in it already, and told again.
  Changes all = whole_;
  for (const Changes& changes : {last_, CommitMore(30), CommitMore(1), CommitMore(70)}) {
    all.all.insert(all.all.end(), changes.all.begin(), changes.all.end());
  }
  Desk restored;
  ASSERT_TRUE(all.RestoreTo(restored.state()).ok());
  ExpectSame(&restored, false);
}

TEST_F(WholeState, HasACopyOfItsIndexWhereThereIsMuch) {
  const auto copies = [](const Changes& whole) {
    return std::count_if(whole.all.begin(), whole.all.end(),
                         [](const auto& change) { return IsOfCopy(change.first); });
  };
  EXPECT_GE(copies(whole_), 4);
  Desk small;
  for (int i = 0; i < 40; ++i) small.Decide(Next());
  small.Commit();
  EXPECT_EQ(copies(small.Whole()), 0);
}

TEST_F(WholeState, IsRefusedWhereTheMemoryIsNotWhatItWas) {
  Desk other("4MB");
  EXPECT_TRUE(absl::IsDataLoss(whole_.RestoreTo(other.state())));
}

TEST_F(WholeState, IsRefusedWhereAPartIsMissingOrCut) {
  ASSERT_FALSE(IsRefused(whole_));
  for (size_t i = 1; i < whole_.all.size(); ++i) {  // the first one is of the changelog's pieces
    SCOPED_TRACE(whole_.all[i].first);
    const std::string& value = *whole_.all[i].second;
    if (value.empty()) continue;  // no bucket has more clusters than it has room for
    Changes broken = whole_;
    broken.all.erase(broken.all.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_TRUE(IsRefused(broken));
    for (const size_t size : {size_t{0}, value.size() / 2, value.size() - 8, value.size() - 1}) {
      broken = whole_;
      broken.all[i].second = value.substr(0, size);
      EXPECT_TRUE(IsRefused(broken)) << size << " of " << value.size() << " bytes";
    }
  }
  // The pieces without the copy, and the copy without the pieces.
  Changes pieces, copy;
  for (const auto& change : whole_.all) {
    (IsOfCopy(change.first) ? copy : pieces).all.push_back(change);
  }
  EXPECT_TRUE(IsRefused(pieces));
  EXPECT_TRUE(IsRefused(copy));
  // The changelog's pieces, in the middle of it.
  copy.all.insert(copy.all.end(), last_.all.begin(), last_.all.end());
  EXPECT_TRUE(IsRefused(copy));
}

TEST_F(WholeState, IsRefusedOrWorkedWithWhereverItIsBroken) {
  size_t refused = 0;
  for (int i = 0; i < 300; ++i) {
    Changes broken = whole_;
    std::string& value = *broken.all[1 + random_() % (broken.all.size() - 1)].second;
    if (value.empty()) continue;
    char& byte = value[random_() % value.size()];
    byte = static_cast<char>(byte ^ 1 << random_() % 8);
    refused += IsRefused(broken);
  }
  EXPECT_GT(refused, 50u);
  EXPECT_LT(refused, 300u);
}

}  // namespace
}  // namespace copydesk
