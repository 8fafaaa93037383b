// The stages normalize and deduplicate together, for tests that begin with what a desk files.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/config.h"
#include "pipeline/stage.h"
#include "pipeline/state.h"
#include "stages/deduplicate/deduplicate.h"
#include "stages/normalize/normalize.h"
#include "stages/story_payload.h"

namespace copydesk::testing {

// Keeps what is recalled, and what is counted.
class RecallKeeper : public StageContext {
 public:
  void Emit(std::string_view, Record record) override { recalls.push_back(std::move(record)); }
  void Count(std::string_view event, uint64_t n) override { counts[std::string(event)] += n; }
  void Size(std::string_view what, size_t n) override { sizes[std::string(what)] = n; }

  std::vector<Record> recalls;
  std::map<std::string, uint64_t> counts;
  std::map<std::string, size_t> sizes;
};

// A story as it is filed, of a headline and a body.
inline Story MakeFiled(std::string_view headline, std::string_view body) {
  Story story;
  TextField& first = story.AddField();
  first.name = "headline";
  first.is_headline = true;
  first.value = headline;
  TextField& second = story.AddField();
  second.name = "body_text";
  second.value = body;
  return story;
}

// The text with other words in the place of some that it has.
inline std::string Replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out(text);
  const size_t at = out.find(what);
  EXPECT_NE(at, out.npos) << what;
  return out.replace(at, what.size(), by);
}

class Desk {
 public:
  explicit Desk(std::string_view deduplicate = "{window: 72h}") {
    normalize_factory_ = *MakeNormalize(
        *ConfigNode::FromText("boilerplate: boilerplate.yaml", "test", COPYDESK_ROOT "/configs"));
    deduplicate_factory_ = *MakeDeduplicate(*ConfigNode::FromText(deduplicate, "test"));
    normalize_ = normalize_factory_->Make();
    deduplicate_ = deduplicate_factory_->Make();
  }

  // What became of a story, which has a uri of its own where it has none.
  const Relation& Decide(std::string_view headline, std::string_view body,
                         PubStatus status = PubStatus::kUsable, std::string_view uri = "",
                         std::string_view ednote = "") {
    Story story = MakeFiled(headline, body);
    story.uri = uri;
    story.pub_status = status;
    story.ednote = ednote;
    return Decide(std::move(story));
  }
  // With a number, the record of that story is read again.
  const Relation& Decide(Story story, int64_t number = -1) {
    items_.push_back(std::make_unique<Item>());
    Item& item = *items_.back();
    if (number < 0) number = static_cast<int64_t>(items_.size()) - 1;
    if (story.uri.empty()) story.uri = "urn:story:" + std::to_string(number);
    item.payload = std::make_unique<StoryPayload>();
    StoryOf(item) = std::move(story);
    item.record.topic = "wire";
    item.record.partition = 0;
    item.record.offset = number;
    item.record.timestamp_ms = now_ms_ += 60'000;
    Item* const one[] = {&item};
    normalize_->Process(one, context);
    deduplicate_->Process(one, context);
    return *StoryOf(item).relation;
  }
  // Another stage goes on with what this one remembers.
  void Restart() {
    struct Puts : ChangeSink {
      void Put(std::string_view key, std::string_view value) override { all.emplace(key, value); }
      void Erase(std::string_view key) override { ADD_FAILURE() << key; }
      std::map<std::string, std::string> all;
    } puts;
    Commit();
    deduplicate_->state()->WriteAll(puts);
    deduplicate_ = deduplicate_factory_->Make();
    for (const auto& [key, value] : puts.all) {
      ASSERT_TRUE(deduplicate_->state()->Restore(key, value).ok()) << key;
    }
    ASSERT_TRUE(deduplicate_->state()->FinishRestore().ok());
  }
  // What was decided until now stands, or all since then is undone.
  void Commit() {
    deduplicate_->state()->Seal();
    deduplicate_->state()->Commit();
  }
  void RollBack() { deduplicate_->state()->RollBack(); }
  void WaitHours(int64_t hours) { now_ms_ += hours * 3'600'000; }
  // The number of the lead, -1 for none.
  static int64_t LeadOf(const Relation& relation) {
    return relation.lead ? relation.lead->offset : -1;
  }
  Outcome last_outcome() const { return items_.back()->outcome; }

  RecallKeeper context;

 private:
  std::unique_ptr<StageFactory> normalize_factory_, deduplicate_factory_;
  std::unique_ptr<Stage> normalize_, deduplicate_;
  std::vector<std::unique_ptr<Item>> items_;
  int64_t now_ms_ = 940'000;
};

}  // namespace copydesk::testing
