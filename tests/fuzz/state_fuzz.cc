// Any bytes as what deduplicate finds in its changelog: refused, or restored and worked with. A
// state that was restored whole is written and restored once more, and then decides on a story.
//
// An input is changes, one after the other: a byte for the kind of its key, two for the length of
// the value (little-endian), and the value. The memory is so little that a copy of the index of
// sketches is no long input.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/record.h"
#include "stages/deduplicate/decider.h"
#include "stages/deduplicate/story_state.h"

namespace {

using namespace copydesk;

class Kept : public ChangeSink {
 public:
  void Put(std::string_view key, std::string_view value) override {
    changes.emplace_back(key, value);
  }
  void Erase(std::string_view) override {}
  std::vector<std::pair<std::string, std::string>> changes;
};

std::string KeyOf(uint8_t kind) {
  if (kind % 4 == 0 && kind < 0xF0) return "table";
  std::string key(8, '\0');
  key.back() = static_cast<char>(kind / 4);
  if (kind >= 0xF0) return "hpbc"[kind % 4] + key;
  return kind % 4 == 1 ? "s" + key : key;  // 3: erased
}

// Some stories with words, the last one a kill.
void Decide(Decider& decider) {
  std::string words;
  for (int64_t number = 1; number <= 4; ++number) {
    for (int i = 0; i < 40; ++i) {
      words += "w" + std::to_string(number * 20 + i) + "x ";
    }
    Story story;
    story.uri = number == 4 ? "urn:a" : "urn:" + std::to_string(number);
    story.version = "2";
    story.is_normalized = true;
    story.content_hash = {1, static_cast<uint64_t>(number)};
    if (number == 4) story.notice = Notice::kKill;
    Sketcher sketcher;
    sketcher.Begin();
    sketcher.AddBody(words);
    sketcher.Finish(&story.sketch);
    Record record;
    record.topic = "wire.raw";
    record.partition = 0;
    record.offset = number;
    record.timestamp_ms = 1'800'000'000'000;
    decider.Decide(story, decider.Foresee(story, record),
                   [](const Lead&, const Lead&, RelationKind) {});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const DeciderOptions options = {.memory_bytes = 64 << 10};
  std::string_view in(reinterpret_cast<const char*>(data), size);
  Decider decider(options);
  StoryState state(decider);
  while (in.size() >= 3) {
    const auto kind = static_cast<uint8_t>(in[0]);
    const size_t length = std::min<size_t>(
        static_cast<uint8_t>(in[1]) | static_cast<uint8_t>(in[2]) << 8, in.size() - 3);
    const bool is_erased = kind % 4 == 3 && kind < 0xF0;
    const std::optional<std::string_view> value =
        is_erased ? std::nullopt : std::optional(in.substr(3, length));
    if (!state.Restore(KeyOf(kind), value).ok()) {
      state.Clear();
      return 0;
    }
    in.remove_prefix(3 + length);
  }
  const bool is_whole = state.FinishRestore().ok();
  if (is_whole) {
    Kept kept;
    state.WriteAll(kept);
    Decider again(options);
    StoryState state_again(again);
    for (const auto& [key, text] : kept.changes) {
      if (!state_again.Restore(key, text).ok()) std::abort();
    }
    if (!state_again.FinishRestore().ok()) std::abort();
    Decide(again);
  }
  Decide(decider);
  state.RollBack();
  Decide(decider);
  state.Seal();
  state.Commit();
  return 0;
}
