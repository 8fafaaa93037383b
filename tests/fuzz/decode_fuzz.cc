// Whatever bytes come in: decode them or refuse them, the same where they stand and as a copy. What
// was decoded can be encoded, and what was
// encoded is decoded again as the same story and encoded again as the same bytes. simdjson and the
// slow finder of faults agree on what is JSON.

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "stages/story/decode.h"
#include "stages/story/encode.h"
#include "stages/story/json_fault.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "decode_fuzz: %s\n", what);
  std::abort();
}

bool IsSameStory(const Story& a, const Story& b) {
  if (a.uri != b.uri || a.version != b.version || a.pub_status != b.pub_status ||
      a.embargo_time_ms != b.embargo_time_ms || a.fields.size() != b.fields.size() ||
      a.mentions.size() != b.mentions.size() || a.is_normalized != b.is_normalized ||
      a.relation.has_value() != b.relation.has_value()) {
    return false;
  }
  for (size_t i = 0; i < a.fields.size(); ++i) {
    if (a.fields[i].name != b.fields[i].name || a.fields[i].value != b.fields[i].value ||
        a.fields[i].is_markup != b.fields[i].is_markup) {
      return false;
    }
  }
  return true;
}

// Mentions the first code point of every field, so that entities are merged too.
void AddMentions(Story* story) {
  for (uint32_t i = 0; i < story->fields.size(); ++i) {
    const std::string_view value = story->fields[i].value;
    size_t end = 0;
    const char32_t first = NextCodePoint(value, &end);
    Mention& mention = story->mentions.emplace_back();
    mention.id = i == 0 ? "Q1" : "test:2";
    mention.type = kEntityTypeNames[first % kEntityTypes];
    mention.name = "Test";
    mention.surface = value.substr(0, end);
    mention.field = i;
    mention.bytes = {0, static_cast<uint32_t>(end)};
    mention.code_points = {0, 1};
    mention.utf16 = {0, first >= 0x10000 ? 2u : 1u};
  }
}

// Decodes the record with room behind it, where JSON goes on.
void CheckInPlace(std::string_view record, const std::optional<DecodeFailure>& failure,
                  const Story& story) {
  static StoryDecoder decoder({.record_bytes = 1 << 20, .depth = 64}, InputFormat::kAuto,
                              DefaultFieldMap());
  std::string room(record);
  room.push_back('\0');
  while (room.size() < record.size() + kPaddingBytes) room += "}\":,1";
  Story read;
  const std::optional<DecodeFailure> other =
      decoder.Decode({room.data(), record.size()}, &read, room.size());
  Require(other.has_value() == failure.has_value(), "read where it stands, refused as a copy");
  Require(!failure || failure->message == other->message, "another reason where it stands");
  Require(failure || IsSameStory(story, read), "another story where it stands");
}

void Check(std::string_view record, bool adds_mentions) {
  static StoryDecoder decoder({.record_bytes = 1 << 20, .depth = 64}, InputFormat::kAuto,
                              DefaultFieldMap());
  Story story;
  const std::optional<DecodeFailure> refusal = decoder.Decode(record, &story);
  CheckInPlace(record, refusal, story);
  if (const std::optional<DecodeFailure>& failure = refusal) {
    Require(!failure->code.empty() && !failure->message.empty(), "a failure without a reason");
    Require(FirstInvalidUtf8(failure->message) == failure->message.size(),
            "a reason that is no UTF-8");
    Require(failure->code != "invalid-json" || FindJsonFault(record, 1000),
            "refused as JSON, but without fault");
    return;
  }
  Require(story.dialect == Dialect::kText || !FindJsonFault(record, 64), "JSON with a fault");
  story.ReadFields();
  if (adds_mentions) AddMentions(&story);
  std::string once;
  EncodeStory(story, record, &once);
  static StoryDecoder wide({.record_bytes = 64 << 20, .depth = 64}, InputFormat::kJson,
                           DefaultFieldMap());
  Story again;
  const std::optional<DecodeFailure> failure = wide.Decode(once, &again);
  if (failure) std::fprintf(stderr, "%s\n%s\n", failure->message.c_str(), once.c_str());
  Require(!failure, "what was encoded cannot be decoded");
  Require(IsSameStory(story, again), "decoded again it is another story");
  std::string twice;
  EncodeStory(again, once, &twice);
  if (twice != once) std::fprintf(stderr, "%s\n%s\n", once.c_str(), twice.c_str());
  Require(twice == once, "encoded again it is another record");
}

}  // namespace
}  // namespace copydesk

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view record(reinterpret_cast<const char*>(data), size);
  copydesk::Check(record, false);
  copydesk::Check(record, true);
  return 0;
}
