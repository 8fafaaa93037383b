// Stories for the tests of deduplicate, and the surroundings of its stage.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/config.h"
#include "pipeline/stage.h"
#include "stages/deduplicate/deduplicate.h"
#include "stages/story/encode.h"
#include "stages/story_payload.h"

namespace copydesk::testing {

inline constexpr int64_t kHourMs = 60 * 60 * 1000;
// Midnight of 2 November 2026: hour 0 of every scenario.
inline constexpr int64_t kFirstMs = 1793577600'000;

// A story as it comes. Times are in hours of the scenario; a negative one is unknown.
struct Arrival {
  std::string uri;
  std::string version = "";
  double hour = -1;       // of the version
  std::string text = "";  // "" is no content
  Notice notice = Notice::kNone;
  PubStatus status = PubStatus::kUsable;
  double embargo_hour = -1;
  std::string headline = "";
  std::string slugline = "";
  std::vector<std::string> alt_ids = {};
  double record_hour = -1;  // of the record
  int64_t offset = -1;      // where it stands; its number in the scenario when negative
  std::string topic = "wire.raw";
  std::string words = "";  // of its sketch
};

inline ContentHash HashOfText(std::string_view text) {
  if (text.empty()) return {};
  ContentHasher hasher;
  hasher.Add(text, true);
  return hasher.Finish();
}

inline int64_t TimeMs(double hour) {
  return hour < 0 ? -1 : kFirstMs + static_cast<int64_t>(hour * kHourMs);
}

inline std::unique_ptr<Item> MakeItem(const Arrival& arrival, int64_t number) {
  auto payload = std::make_unique<StoryPayload>();
  Story& story = payload->story;
  story.uri = arrival.uri;
  story.version = arrival.version;
  story.version_time_ms = TimeMs(arrival.hour);
  story.is_normalized = true;
  story.content_hash = HashOfText(arrival.text);
  if (!arrival.words.empty()) {
    Sketcher sketcher;
    sketcher.Begin();
    sketcher.AddBody(arrival.words);
    sketcher.Finish(&story.sketch);
  }
  story.notice = arrival.notice;
  story.pub_status = arrival.status;
  story.embargo_time_ms = TimeMs(arrival.embargo_hour);
  story.slugline = arrival.slugline;
  story.alt_ids = arrival.alt_ids;
  if (!arrival.headline.empty()) {
    TextField& field = story.AddField();
    field.name = "headline";
    field.is_headline = true;
    field.value = arrival.headline;
  }
  auto item = std::make_unique<Item>();
  static std::set<std::string> topics;  // that records' views refer to
  item->record.topic = *topics.insert(arrival.topic).first;
  item->record.partition = 0;
  item->record.offset = arrival.offset < 0 ? number : arrival.offset;
  item->record.timestamp_ms = TimeMs(arrival.record_hour);
  item->payload = std::move(payload);
  return item;
}

// Keeps what a stage emits and counts.
class RecordingContext : public StageContext {
 public:
  void Emit(std::string_view output, Record record) override {
    EXPECT_EQ(output, "recalls");
    recalls.push_back(std::move(record));
  }
  void Count(std::string_view event, uint64_t n) override { counts[std::string(event)] += n; }

  std::vector<Record> recalls;
  std::map<std::string, uint64_t> counts;
};

inline std::unique_ptr<StageFactory> MakeFactory(const std::string& config) {
  absl::StatusOr<ConfigNode> node = ConfigNode::FromText(config, "test.yaml");
  EXPECT_TRUE(node.ok()) << node.status();
  absl::StatusOr<std::unique_ptr<StageFactory>> factory = MakeDeduplicate(*node);
  EXPECT_TRUE(factory.ok()) << factory.status();
  return *std::move(factory);
}

}  // namespace copydesk::testing
