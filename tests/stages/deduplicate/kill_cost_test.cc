// What kills and holds cost in a cluster of many stories.
//
// How: in a cluster eight times as large, eight times as many kills take some eight times the CPU;
// where each walks its cluster, it is sixty-four times.
#include <gtest/gtest.h>

#include <ctime>
#include <memory>
#include <string>

#include "tests/stages/deduplicate/arrival.h"

namespace copydesk {
namespace {

using testing::Arrival;
using testing::MakeFactory;
using testing::MakeItem;
using testing::RecordingContext;

class Feed {
 public:
  explicit Feed(int stories) : stories_(stories), stage_(MakeFactory("{window: 72h}")->Make()) {
    for (int i = 0; i < stories_; ++i) {
      Arrival story = Next("story" + std::to_string(i), "1");
      story.text = "one";
      story.headline = "Ferry aground off Vigo";
      Decide(story);
    }
  }
  // Kills each story by its uri, but the first.
  size_t KillEach() {
    for (int i = 1; i < stories_; ++i) {
      Arrival kill = Next("story" + std::to_string(i), "2");
      kill.status = PubStatus::kCanceled;
      Decide(kill);
    }
    return TakeRecalls();
  }
  // As many kills or holds of the first in words, each dated anew.
  size_t EndFirst(Notice notice) {
    for (int i = 0; i < stories_; ++i) {
      Arrival end = Next("end" + std::to_string(decided_), "1");
      end.hour = end.record_hour;
      end.notice = notice;
      end.headline = "KILL: Ferry aground off Vigo";
      Decide(end);
    }
    return TakeRecalls();
  }

 private:
  Arrival Next(const std::string& uri, const std::string& version) {
    Arrival arrival;
    arrival.uri = uri;
    arrival.version = version;
    arrival.record_hour = 1 + 0.0001 * decided_;
    return arrival;
  }
  void Decide(Arrival& arrival) {
    arrival.offset = decided_++;
    const std::unique_ptr<Item> item = MakeItem(arrival, arrival.offset);
    Item* const items[] = {item.get()};
    stage_->Process(items, context_);
    stage_->state()->Seal();
    stage_->state()->Commit();
  }
  size_t TakeRecalls() {
    const size_t recalls = context_.recalls.size();
    context_.recalls.clear();
    return recalls;
  }

  const int stories_;
  const std::unique_ptr<Stage> stage_;
  RecordingContext context_;
  int decided_ = 0;
};

double CpuOf(int stories) {
  Feed by_uri(stories), in_words(stories);
  const auto count = static_cast<size_t>(stories);
  const std::clock_t begin = std::clock();
  EXPECT_EQ(by_uri.KillEach(), count - 1);
  EXPECT_EQ(by_uri.EndFirst(Notice::kKill), 1u);
  EXPECT_EQ(in_words.EndFirst(Notice::kWithhold), count);
  EXPECT_EQ(in_words.EndFirst(Notice::kKill), count);
  return static_cast<double>(std::clock() - begin);
}

TEST(KillCost, IsThatOfWhatIsRecalled) {
  CpuOf(500);  // so that memory is there
  EXPECT_LT(CpuOf(4000), 24 * CpuOf(500));
}

}  // namespace
}  // namespace copydesk
