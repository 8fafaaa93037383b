// Reads back the `copydesk` member that an earlier worker left in a record, so that the chain may
// be cut at any stage boundary with the same results.
//
// Nothing in it is believed: kinds must be known, fields be fields of this story, spans lie in
// their field on code point boundaries, and a mention's surface be what stands there in bytes, code
// points and UTF-16. Members it does not know are left out, so that a newer worker's extension can
// be read. Its shape is configs/schemas/copydesk.schema.json.
//
// Threads: one task thread; one reader per task (it holds simdjson's parser).
// Errors:  a DecodeFailure "bad-value" that names the path; the story is then unspecified.
// Cost:    linear in the extension and the story's fields.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "stages/story/decode.h"
#include "stages/story/story.h"

namespace copydesk {

class ExtensionReader {
 public:
  ExtensionReader();
  ~ExtensionReader();

  // Reads the object `json` into *story, whose fields have been read.
  // REQUIRES: 64 readable bytes (simdjson's padding) stand behind `json`.
  std::optional<DecodeFailure> Read(std::string_view json, Story* story);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace copydesk
