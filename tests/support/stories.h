// Stories for tests: decoded from records, with mentions set by hand.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "stages/story/decode.h"
#include "stages/story/encode.h"
#include "stages/story/story.h"
#include "stages/text/utf8.h"

namespace copydesk::testing {

// Decodes with the default limits and field map.
inline std::optional<DecodeFailure> Decode(std::string_view record, Story* story) {
  StoryDecoder decoder({}, InputFormat::kAuto, DefaultFieldMap());
  return decoder.Decode(record, story);
}

// The same for a record that must be readable.
inline void DecodeGood(std::string_view record, Story* story) {
  const std::optional<DecodeFailure> failure = Decode(record, story);
  ASSERT_FALSE(failure) << failure->code << ": " << failure->message;
}

inline std::string Encoded(const Story& story, std::string_view record) {
  std::string out = "what was there before";
  EncodeStory(story, record, &out);
  return out;
}

// Adds a mention of the first place where `surface` stands in the story's field.
inline void AddMention(Story* story, uint32_t field, std::string_view surface, std::string_view id,
                       std::string_view type, std::string_view name) {
  const std::string_view value = story->fields[field].value;
  const size_t begin = value.find(surface);
  ASSERT_NE(begin, std::string_view::npos) << surface;
  const size_t end = begin + surface.size();
  OffsetCounter counter(value);
  const OffsetCounter::Counts from = counter.At(begin);
  const OffsetCounter::Counts to = counter.At(end);
  Mention& mention = story->mentions.emplace_back();
  mention.id = id;
  mention.type = type;
  mention.name = name;
  mention.surface = surface;
  mention.field = field;
  mention.bytes = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  mention.code_points = {from.code_points, to.code_points};
  mention.utf16 = {from.utf16_units, to.utf16_units};
  mention.by = "alias";
}

}  // namespace copydesk::testing
