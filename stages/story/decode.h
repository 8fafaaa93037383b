// Reads a record into a Story: ninjs 1.x, 2.x and 3.x, a flat JSON object, or plain text.
//
// Every value is walked, also those that nobody reads, so that a record whose JSON is broken
// anywhere is refused here and whatever is let through can be sent on byte for byte.
//
// The dialect is told by where the text stands: `headlines`, `bodies` or `descriptions` mean 2.x,
// the same beside a member spelt as in 3.x (versionCreated, pubStatus, contentType, ...) or a
// `standard` of version 3 mean 3.x, `headline` or `body_*` mean 1.x, a body under a name of the
// field map means kFlat. What does not begin with '{' or '[' is plain text: its first line is the
// headline, the rest the body.
//
// Of several bodies the plain-text one is read, else the mark-up one; of several headlines the one
// with role "main", else the first. Where there is no body, a description (a caption, a lead) is
// read as one. What is blank does not count. A story needs a text, unless its pubstatus withholds
// or cancels it. A story without a uri gets one made from its content; the record is not changed
// for it, the extension says it.
//
// A `copydesk` member left by an earlier worker is read back, so that a chain may be cut anywhere;
// one that is not as copydesk writes it is refused.
//
// Lifetime: the Story owns what it holds; the JSON text may go away, but EncodeStory() needs it.
// Threads:  one task thread; one decoder per task (it holds simdjson's parser).
// Errors:   a DecodeFailure, never an exception or a crash; the story is then unspecified.
// Limits:   DecodeLimits. Cost: no allocation in the steady state but what strings need to grow.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "stages/story/story.h"

namespace copydesk {

// Why a record cannot be read. `code` is one of a fixed few (a metric label):
//   empty, invalid-json, invalid-utf8, too-large, too-deep, wrong-type, no-text, bad-value.
struct DecodeFailure {
  std::string_view code;  // static storage
  std::string message;    // names the field and the place (byte offset), and what was expected
};

struct DecodeLimits {
  size_t record_bytes = 8u << 20;
  size_t depth = 64;
};

// Which kinds of record are taken.
enum class InputFormat : uint8_t { kAuto, kJson, kText };

// Names a flat feed uses, to the ninjs member each stands for: {"title": "headline", "text":
// "body_text", "id": "uri"}. Targets: uri, version, versioncreated, pubstatus, embargoed, headline,
// body_text, body_xhtml, language, slugline, ednote, urgency, located, byline, signals, subjects,
// altids.
using FieldMap = std::map<std::string, std::string, std::less<>>;

// What a flat feed is read by when the configuration names nothing else.
const FieldMap& DefaultFieldMap();
// True when `member` is a target a field map may name.
bool IsFieldMapTarget(std::string_view member);

// Behind a record, so that it is read where it stands: simdjson's padding.
inline constexpr size_t kPaddingBytes = 64;

class StoryDecoder {
 public:
  StoryDecoder(DecodeLimits limits, InputFormat format, FieldMap fields);
  ~StoryDecoder();

  // Reads `record` into *story. Returns the failure, or nullopt.
  // `record` needs no padding of its own. It is not copied where `readable`, the bytes from its
  // first on that may be read, is kPaddingBytes more than it has; that behind its last is 0 then.
  std::optional<DecodeFailure> Decode(std::string_view record, Story* story, size_t readable = 0);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace copydesk
