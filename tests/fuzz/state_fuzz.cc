// Any bytes as what deduplicate finds in its changelog: refused, or restored and worked with. A
// state that was restored whole is written and restored once more, and then decides on a story.
//
// An input is changes, one after the other: a byte for the kind of its key, two for the length of
// the value (little-endian), and the value.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/config.h"
#include "pipeline/stage.h"
#include "stages/deduplicate/deduplicate.h"
#include "stages/story_payload.h"

namespace {

using namespace copydesk;

class NoContext : public StageContext {
 public:
  void Emit(std::string_view, Record) override {}
  void Count(std::string_view, uint64_t) override {}
};

class Kept : public ChangeSink {
 public:
  void Put(std::string_view key, std::string_view value) override {
    changes.emplace_back(key, value);
  }
  void Erase(std::string_view) override {}
  std::vector<std::pair<std::string, std::string>> changes;
};

std::string KeyOf(uint8_t kind) {
  if (kind % 4 == 0) return "table";
  std::string key(8, '\0');
  key.back() = static_cast<char>(kind / 4);
  return kind % 4 == 1 ? "s" + key : key;  // 3: erased
}

void Decide(Stage& stage) {
  Item item;
  item.record.topic = "wire.raw";
  item.record.partition = 0;
  item.record.offset = 1;
  item.record.timestamp_ms = 1'800'000'000'000;
  auto payload = std::make_unique<StoryPayload>();
  payload->story.uri = "urn:a";
  payload->story.version = "2";
  payload->story.is_normalized = true;
  payload->story.content_hash = {1, 2};
  payload->story.notice = Notice::kKill;
  item.payload = std::move(payload);
  Item* const items[] = {&item};
  NoContext context;
  stage.Process(items, context);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::unique_ptr<StageFactory> factory =
      *MakeDeduplicate(*ConfigNode::FromText("memory: 1MB", "fuzz.yaml"));
  std::string_view in(reinterpret_cast<const char*>(data), size);
  const std::unique_ptr<Stage> stage = factory->Make();
  while (in.size() >= 3) {
    const auto kind = static_cast<uint8_t>(in[0]);
    const size_t length = std::min<size_t>(
        static_cast<uint8_t>(in[1]) | static_cast<uint8_t>(in[2]) << 8, in.size() - 3);
    const std::optional<std::string_view> value =
        kind % 4 == 3 ? std::nullopt : std::optional(in.substr(3, length));
    if (!stage->state()->Restore(KeyOf(kind), value).ok()) {
      stage->state()->Clear();
      return 0;
    }
    in.remove_prefix(3 + length);
  }
  const bool is_whole = stage->state()->FinishRestore().ok();
  if (is_whole) {
    Kept kept;
    stage->state()->WriteAll(kept);
    const std::unique_ptr<Stage> again = factory->Make();
    for (const auto& [key, text] : kept.changes) {
      if (!again->state()->Restore(key, text).ok()) std::abort();
    }
    if (!again->state()->FinishRestore().ok()) std::abort();
    Decide(*again);
  }
  Decide(*stage);
  stage->state()->RollBack();
  return 0;
}
