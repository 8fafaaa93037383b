#include "stages/story_payload.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "stages/story/decode.h"
#include "stages/story/encode.h"

namespace copydesk {
namespace {

// simdjson counts a record's bytes, and we its places, in 32 bits.
constexpr int64_t kRecordBytesMax = 1 << 30;
// Nested values are walked by recursion: a level is some hundred bytes of stack.
constexpr int64_t kDepthMax = 1000;
// The extension itself is four levels deep, and a chain may be cut.
constexpr int64_t kDepthMin = 8;

static_assert(kValueRoomBytes >= kPaddingBytes, "a record of Kafka is read where it stands");

struct StoryCodecSettings {
  DecodeLimits limits;
  InputFormat format = InputFormat::kAuto;
  FieldMap fields;
};

class StoryCodec : public Codec {
 public:
  explicit StoryCodec(const StoryCodecSettings& settings)
      : decoder_(settings.limits, settings.format, settings.fields) {}

  std::unique_ptr<Payload> MakePayload() const override { return std::make_unique<StoryPayload>(); }

  bool Decode(Item& item) override {
    Story& story = StoryOf(item);
    const std::string& value = item.record.value;
    if (auto failure = decoder_.Decode(value, &story, value.capacity())) {
      item.failure = {failure->code, std::move(failure->message)};
      return false;
    }
    item.story_time_ms = story.version_time_ms;
    return true;
  }

  void Encode(const Item& item, std::string* value) override {
    EncodeStory(StoryOf(item), item.record.value, value);
  }

 private:
  StoryDecoder decoder_;
};

class StoryCodecFactory : public CodecFactory {
 public:
  explicit StoryCodecFactory(StoryCodecSettings settings) : settings_(std::move(settings)) {}
  std::unique_ptr<Codec> Make() const override { return std::make_unique<StoryCodec>(settings_); }

 private:
  const StoryCodecSettings settings_;
};

absl::Status ReadFieldMap(const ConfigNode& node, FieldMap* fields) {
  if (!node.is_map() && !node.is_null()) {
    return node.Error("fields: expected a mapping from the feed's names to ninjs's");
  }
  fields->clear();
  for (const auto& [name, target_node] : node.entries()) {
    const absl::StatusOr<std::string> target = target_node.text();
    if (!target.ok()) return target.status();
    if (name == "copydesk" || !IsFieldMapTarget(*target)) {
      return target_node.Error(fmt::format(
          "fields: found {}: {}, expected one of uri, version, versioncreated, pubstatus, "
          "embargoed, headline, body_text, body_xhtml, language, slugline, ednote, urgency, "
          "located, byline, signals, subjects, altids for a name that is not copydesk",
          name, *target));
    }
    (*fields)[name] = *target;
  }
  return absl::OkStatus();
}

absl::Status ReadLimits(const ConfigNode& node, DecodeLimits* limits) {
  ConfigMap map(node);
  auto record_bytes = static_cast<int64_t>(limits->record_bytes);
  auto depth = static_cast<int64_t>(limits->depth);
  map.Bytes("record", 1, kRecordBytesMax, &record_bytes);
  map.Int("depth", kDepthMin, kDepthMax, &depth);
  limits->record_bytes = static_cast<size_t>(record_bytes);
  limits->depth = static_cast<size_t>(depth);
  return map.Finish();
}

}  // namespace

absl::StatusOr<std::unique_ptr<CodecFactory>> MakeStoryCodec(const ConfigNode& input) {
  StoryCodecSettings settings;
  settings.fields = DefaultFieldMap();
  ConfigMap map(input);
  size_t format = 0;
  map.Choice("format", {"auto", "json", "text"}, &format);
  settings.format = static_cast<InputFormat>(format);
  ConfigNode node = ConfigNode::Null(input);
  if (map.Node("fields", &node)) map.Fail(ReadFieldMap(node, &settings.fields));
  if (map.Node("limits", &node)) map.Fail(ReadLimits(node, &settings.limits));
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  return std::make_unique<StoryCodecFactory>(std::move(settings));
}

}  // namespace copydesk
