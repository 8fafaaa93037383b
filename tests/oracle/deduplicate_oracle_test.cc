// deduplicate beside its referee.
//
// How: random streams of few uris, versions and texts, so that everything meets everything; both
// decide, and every relation, lead, outcome and recall must be equal. The seed is in the trace.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "stages/deduplicate/story_state.h"
#include "tests/oracle/deduplicate_referee.h"
#include "tests/stages/deduplicate/arrival.h"

namespace copydesk {
namespace {

using testing::Arrival;
using testing::Decided;
using testing::kHourMs;
using testing::MakeFactory;
using testing::MakeItem;
using testing::RecordingContext;
using testing::Referee;

// A stream of `count` arrivals; some are records read again.
std::vector<Arrival> RandomStream(uint32_t seed, int count) {
  std::mt19937 random(seed);
  const auto below = [&](uint32_t n) { return static_cast<int>(random() % n); };
  const uint32_t uris = 3 + random() % 20;
  const uint32_t texts = 3 + random() % 20;
  const bool has_times = below(4) != 0;
  const bool has_versions = below(4) != 0;
  std::vector<Arrival> stream;
  for (int i = 0; i < count; ++i) {
    const double hour = i * 0.1;
    if (i > 0 && below(12) == 0) {
      Arrival again = stream[static_cast<size_t>(std::max(0, i - 1 - below(20)))];
      stream.push_back(again);
      continue;
    }
    Arrival arrival;
    arrival.offset = i;
    arrival.uri = "u" + std::to_string(below(uris));
    if (has_versions && below(8) != 0) arrival.version = std::to_string(1 + below(5));
    // Times of few values, so that some are equal.
    if (has_times && below(8) != 0) arrival.hour = std::max(0.0, std::floor(hour - below(4)));
    arrival.record_hour = hour;
    if (below(15) != 0) arrival.text = "t" + std::to_string(below(texts));
    if (below(10) == 0) arrival.notice = Notice::kCorrection;
    if (below(20) == 0) arrival.notice = Notice::kRefile;
    if (below(15) == 0) arrival.notice = below(2) ? Notice::kKill : Notice::kWithhold;
    if (below(30) == 0) arrival.status = below(2) ? PubStatus::kCanceled : PubStatus::kWithheld;
    if (below(8) == 0) arrival.embargo_hour = hour + below(5) - 1;
    if (below(5) == 0) arrival.alt_ids = {"chain=" + std::to_string(below(3))};
    stream.push_back(arrival);
  }
  return stream;
}

// The stream with words for near-duplicates: variants of so many stories, of `length_min` tokens or
// up to sixty more; and round-ups of two or three of them.
std::vector<Arrival> WithWords(std::vector<Arrival> stream, uint32_t seed, uint32_t stories = 12,
                               uint32_t length_min = 20) {
  std::mt19937 random(seed);
  for (Arrival& arrival : stream) {
    const uint32_t parts = random() % 4 == 0 ? 2 + random() % 2 : 1;
    for (uint32_t part = 0; part < parts; ++part) {
      const uint32_t story = random() % stories;
      for (uint32_t i = 0, length = length_min + random() % 60; i < length; ++i) {
        const uint32_t other = random() % (2 * length_min) == 0 ? 1 + random() % 9 : 0;
        arrival.words += "w" + std::string(1, static_cast<char>('a' + story)) +
                         std::string(1, static_cast<char>('a' + i % 26)) +
                         std::string(1 + i / 26, static_cast<char>('a' + other)) + " ";
        if (i % 9 == 0) arrival.words += std::to_string(100 * story + i + other) + " ";
      }
    }
  }
  return stream;
}

int64_t NumberAfter(const std::string& json, const std::string& member, size_t from) {
  const size_t at = json.find("\"" + member + "\":", from);
  return std::stoll(json.substr(at + member.size() + 3));
}

// What one item was decided to be, with the recalls that went with it.
Decided DecidedOf(const Item& item, const std::vector<Record>& recalls) {
  const Relation& relation = *StoryOf(item).relation;
  Decided decided = {relation.kind,
                     relation.is_late,
                     item.outcome,
                     relation.lead ? relation.lead->offset : -1,
                     {}};
  for (const Record& recall : recalls) {
    const size_t by = recall.value.find("\"by\":");
    const int64_t recalled = NumberAfter(recall.value, "offset", 0);
    const bool is_kill = recall.value.find("\"reason\":\"kill\"") != std::string::npos;
    decided.recalls.push_back(std::to_string(recalled) + " by " +
                              std::to_string(NumberAfter(recall.value, "offset", by)) + ": " +
                              (is_kill ? "kill" : "withhold"));
  }
  return decided;
}

// What the stage decides, with `batch` items at a time.
std::vector<Decided> DecideByStage(const std::vector<Arrival>& stream, size_t batch,
                                   const std::string& config = "{window: 6h}") {
  const std::unique_ptr<Stage> stage = MakeFactory(config)->Make();
  std::vector<Decided> decisions;
  for (size_t begin = 0; begin < stream.size(); begin += batch) {
    std::vector<std::unique_ptr<Item>> owned;
    std::vector<Item*> items;
    for (size_t i = begin; i < std::min(begin + batch, stream.size()); ++i) {
      owned.push_back(MakeItem(stream[i], stream[i].offset));
      items.push_back(owned.back().get());
    }
    RecordingContext context;
    stage->Process(items, context);
    for (const Item* item : items) decisions.push_back(DecidedOf(*item, {}));
    decisions.back().recalls = DecidedOf(*items.back(), context.recalls).recalls;
  }
  return decisions;
}

TEST(DeduplicateOracle, DecidesLikeAListOfAllThatCame) {
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::vector<Arrival> stream = RandomStream(seed, 300);
    const std::vector<Decided> decided = DecideByStage(stream, 1);
    Referee referee(6 * kHourMs);
    for (size_t i = 0; i < stream.size(); ++i) {
      ASSERT_EQ(decided[i], referee.Decide(stream[i], stream[i].offset)) << "arrival " << i;
    }
  }
}

TEST(DeduplicateOracle, DecidesTheSameHoweverBatchesFall) {
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::vector<Arrival> stream = RandomStream(seed, 300);
    std::vector<Decided> expected = DecideByStage(stream, 1);
    const auto recalls_of = [](std::vector<Decided>& decisions) {
      std::vector<std::string> all;
      for (Decided& decided : decisions) {
        all.insert(all.end(), decided.recalls.begin(), decided.recalls.end());
        decided.recalls.clear();
      }
      return all;
    };
    const std::vector<std::string> recalls = recalls_of(expected);
    for (const size_t batch : {2, 7, 300}) {
      std::vector<Decided> decided = DecideByStage(stream, batch);
      EXPECT_EQ(recalls_of(decided), recalls);
      EXPECT_EQ(decided, expected);
    }
  }
}

// A changelog: a plain map, with the order in which its keys came last.
class PlainLog : public ChangeSink {
 public:
  void Put(std::string_view key, std::string_view value) override {
    open_.emplace_back(key, std::string(value));
  }
  void Erase(std::string_view key) override { open_.emplace_back(key, std::nullopt); }

  void Commit() {
    for (auto& [key, value] : open_) {
      std::erase_if(log_, [&, k = &key](const auto& entry) { return entry.first == *k; });
      if (value) log_.emplace_back(key, *value);
    }
    open_.clear();
  }
  void Abort() { open_.clear(); }
  void RestoreTo(StageState& state) const {
    for (const auto& [key, value] : log_) {
      ASSERT_TRUE(state.Restore(key, value).ok()) << state.Restore(key, value);
    }
    const absl::Status status = state.FinishRestore();
    ASSERT_TRUE(status.ok()) << status;
  }
  const std::vector<std::pair<std::string, std::string>>& log() const { return log_; }

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> open_;
  std::vector<std::pair<std::string, std::string>> log_;
};

PlainLog WholeOf(const StageState& state) {
  PlainLog whole;
  state.WriteAll(whole);
  whole.Commit();
  return whole;
}

// All that a state holds, in its own words: without its index of sketches, which has what follows
// from them where that happened to come.
std::vector<std::pair<std::string, std::string>> WordsOf(const StageState& state,
                                                         size_t memory_bytes) {
  Decider decider({.memory_bytes = memory_bytes});
  StoryState copy(decider);
  const PlainLog whole = WholeOf(state);
  whole.RestoreTo(copy);
  StoryIndex::Changes all;
  all.first_new = decider.index().oldest();
  all.chains = decider.index().live_chains();
  std::vector<std::pair<std::string, std::string>> words;
  WritePieces(decider.index(), decider.stream_time_ms(), all, /*has_copy=*/false,
              [&](std::string_view piece) { words.emplace_back("piece", piece); });
  for (const auto& [key, value] : whole.log()) {
    if (key == "table") words.emplace_back(key, value);
  }
  return words;
}

// A stage that is committed, rolled back, ended and restored at random moments.
class DisturbedStage {
 public:
  DisturbedStage(uint32_t seed, int window_hours, int memory_megabytes)
      : random_(seed),
        memory_bytes_(static_cast<size_t>(memory_megabytes) << 20),
        factory_(MakeFactory("{window: " + std::to_string(window_hours) +
                             "h, memory: " + std::to_string(memory_megabytes) + "MB}")),
        stage_(factory_->Make()) {}

  // Decides on the whole stream; the last decision on each arrival stands.
  std::vector<Decided> Decide(const std::vector<Arrival>& stream) {
    std::vector<Decided> decisions(stream.size());
    for (size_t i = 0; i < stream.size();) {
      const std::unique_ptr<Item> item = MakeItem(stream[i], stream[i].offset);
      Item* const items[] = {item.get()};
      RecordingContext context;
      stage_->Process(items, context);
      decisions[i++] = DecidedOf(*item, context.recalls);
      switch (random_() % 12) {
        case 0:
        case 1:
          if (!sealed_) BeginCommit(i);
          if (random_() % 2 != 0) EndCommit(i);  // or later, with more decided meanwhile
          break;
        case 2:
          if (!sealed_ && random_() % 2 != 0) BeginCommit(i);  // one that fails
          stage_->state()->RollBack();
          i = GoBack();
          break;
        case 3:
          stage_ = factory_->Make();
          i = GoBack();
          log_.RestoreTo(*stage_->state());
          break;
        case 4:
          // The same, from a local copy of the whole; the log goes on behind it.
          if (sealed_) EndCommit(i);
          BeginCommit(i);
          EndCommit(i);
          RestoreFromWhole();
          break;
        default:
          break;
      }
    }
    return decisions;
  }
  // How often it was restored from a whole with a copy of its index.
  size_t copies() const { return copies_; }

 private:
  // `next` is the arrival to decide on next.
  void BeginCommit(size_t next) {
    stage_->state()->WriteChanges(log_);
    stage_->state()->Seal();
    if (random_() % 4 == 0) {  // it is postponed, and written once more
      stage_->state()->WriteChanges(log_);
      stage_->state()->Seal();
    }
    sealed_ = next;
  }
  void EndCommit(size_t next) {
    stage_->state()->Commit();
    log_.Commit();
    committed_ = *sealed_;
    sealed_.reset();
    if (committed_ != next) return;
    const std::unique_ptr<Stage> restored = factory_->Make();
    log_.RestoreTo(*restored->state());
    EXPECT_EQ(WordsOf(*stage_->state(), memory_bytes_), WordsOf(*restored->state(), memory_bytes_));
  }
  size_t GoBack() {
    log_.Abort();
    sealed_.reset();
    return committed_;
  }
  void RestoreFromWhole() {
    const PlainLog whole = WholeOf(*stage_->state());
    for (const auto& [key, value] : whole.log()) copies_ += key.size() == 9 && key[0] == 'h';
    stage_ = factory_->Make();
    whole.RestoreTo(*stage_->state());
  }

  std::mt19937 random_;
  const size_t memory_bytes_;
  const std::unique_ptr<StageFactory> factory_;
  std::unique_ptr<Stage> stage_;
  PlainLog log_;
  size_t copies_ = 0;
  size_t committed_ = 0;          // arrivals that are committed
  std::optional<size_t> sealed_;  // and those with a commit that has begun
};

TEST(DeduplicateOracle, DecidesTheSameThroughRollBacksAndRestores) {
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::vector<Arrival> stream = RandomStream(seed, 200);
    const std::vector<Decided> decided = DisturbedStage(seed, 6, 1).Decide(stream);
    const std::vector<Decided> expected = DecideByStage(stream, 1);
    for (size_t i = 0; i < stream.size(); ++i)
      ASSERT_EQ(expected[i], decided[i]) << "arrival " << i;
    if (HasFailure()) return;
  }
}

TEST(DeduplicateOracle, DecidesNearDuplicatesTheSameThroughRollBacksAndRestores) {
  size_t alike = 0;
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::vector<Arrival> stream = WithWords(RandomStream(seed, 200), seed);
    const std::vector<Decided> decided = DisturbedStage(seed, 6, 1).Decide(stream);
    const std::vector<Decided> expected = DecideByStage(stream, 1);
    for (size_t i = 0; i < stream.size(); ++i) {
      ASSERT_EQ(expected[i], decided[i]) << "arrival " << i;
      alike += decided[i].kind == RelationKind::kNearDuplicate ||
               decided[i].kind == RelationKind::kExcerpt;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(alike, 100u);
}

TEST(DeduplicateOracle, DecidesTheSameThroughRestoresFromACopyOfItsIndex) {
  size_t alike = 0, copies = 0;
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::vector<Arrival> stream = WithWords(RandomStream(seed, 300), seed, 26, 750);
    for (Arrival& arrival : stream) {
      if (arrival.offset % 2 == 0) arrival.uri = arrival.text = std::to_string(arrival.offset);
    }
    DisturbedStage disturbed(seed, 15, 1);
    const std::vector<Decided> decided = disturbed.Decide(stream);
    const std::vector<Decided> expected = DecideByStage(stream, 1, "{window: 15h, memory: 1MB}");
    for (size_t i = 0; i < stream.size(); ++i) {
      ASSERT_EQ(expected[i], decided[i]) << "arrival " << i;
      alike += decided[i].kind == RelationKind::kNearDuplicate ||
               decided[i].kind == RelationKind::kExcerpt;
    }
    if (HasFailure()) return;
    copies += disturbed.copies();
  }
  EXPECT_GT(alike, 100u);
  EXPECT_GT(copies, 50u);
}

TEST(DeduplicateOracle, TellsWhatIsMissingFromItsLog) {
  const std::vector<Arrival> stream = RandomStream(5, 60);  // six hours: nothing is forgotten
  const std::unique_ptr<StageFactory> factory = MakeFactory("{window: 6h}");
  const std::unique_ptr<Stage> stage = factory->Make();
  PlainLog log;
  for (const Arrival& arrival : stream) {
    const std::unique_ptr<Item> item = MakeItem(arrival, arrival.offset);
    Item* const items[] = {item.get()};
    RecordingContext context;
    stage->Process(items, context);
    stage->state()->WriteChanges(log);
    stage->state()->Seal();
    stage->state()->Commit();
    log.Commit();
  }
  for (const size_t missing : {size_t{0}, log.log().size() / 2}) {
    const std::unique_ptr<Stage> restored = factory->Make();
    for (size_t i = 0; i < log.log().size(); ++i) {
      if (i == missing) continue;
      ASSERT_TRUE(restored->state()->Restore(log.log()[i].first, log.log()[i].second).ok());
    }
    const absl::Status status = restored->state()->FinishRestore();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    // What is left can be worked with.
    for (const Arrival& arrival : stream) {
      const std::unique_ptr<Item> item = MakeItem(arrival, 1000 + arrival.offset);
      Item* const items[] = {item.get()};
      RecordingContext context;
      restored->state()->Seal();
      restored->state()->Commit();
      restored->Process(items, context);
    }
  }
}

}  // namespace
}  // namespace copydesk
