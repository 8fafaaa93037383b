// The stages normalize and deduplicate for a program that feeds them by itself, a story at a time.
//
// Threads: one thread. Errors: a configuration that is refused ends the program with the reason.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "pipeline/config.h"
#include "pipeline/stage.h"
#include "stages/story_payload.h"

namespace copydesk::bench {

// Keeps the sizes that a stage tells.
class SizesOnly : public StageContext {
 public:
  void Emit(std::string_view, Record) override {}
  void Count(std::string_view, uint64_t) override {}
  void Size(std::string_view what, size_t n) override {
    if (what == "bytes") bytes = n;
    if (what == "stories") stories = n;
  }

  size_t bytes = 0, stories = 0;
};

// A stage, and the factory that it needs as long as it lives.
struct OwnStage {
  OwnStage(absl::StatusOr<std::unique_ptr<StageFactory>> (*make)(const ConfigNode&),
           const std::string& yaml) {
    const absl::StatusOr<ConfigNode> config = ConfigNode::FromText(yaml, "arguments");
    Check(config.status());
    absl::StatusOr<std::unique_ptr<StageFactory>> made = make(*config);
    Check(made.status());
    factory = *std::move(made);
    stage = factory->Make();
  }
  Stage* operator->() const { return stage.get(); }

  std::unique_ptr<StageFactory> factory;
  std::unique_ptr<Stage> stage;

 private:
  static void Check(const absl::Status& status) {
    if (status.ok()) return;
    fmt::print(stderr, "{}\n", std::string_view(status.message().data(), status.message().size()));
    std::exit(2);
  }
};

// Makes the item's story and record anew, as they come from a feed: all of them from one partition.
inline void MakeArrival(std::string_view uri, std::string_view language, std::string_view headline,
                        std::string_view body, int64_t offset, int64_t time_ms, Item* item) {
  if (item->payload == nullptr) item->payload = std::make_unique<StoryPayload>();
  Story& story = StoryOf(*item);
  story.Clear();
  story.uri = uri;
  story.language = language;
  TextField& head = story.AddField();
  head.name = "headline";
  head.is_headline = true;
  head.value = headline;
  TextField& text = story.AddField();
  text.name = "body_text";
  text.value = body;
  item->record.topic = "wire";
  item->record.partition = 0;
  item->record.offset = offset;
  item->record.timestamp_ms = time_ms;
  item->outcome = {};
}

}  // namespace copydesk::bench
