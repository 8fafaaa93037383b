#include "stages/story/decode.h"

#include <fmt/format.h>

#include <algorithm>

#include "stages/story/extension.h"
#include "stages/story/object_reader.h"
#include "stages/story/text_choice.h"
#include "stages/story/wire_item.h"
#include "stages/story/wire_words.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// A uri for what has none. The same bytes get the same one, wherever they come from.
std::string MakeUri(std::string_view kind, std::string_view content) {
  ContentHasher hasher;
  hasher.Add(content, true);
  return fmt::format("urn:copydesk:{}:{}", kind, hasher.Finish().ToHex());
}

// Takes the first line of *rest that is not blank, without the white space around it.
// REQUIRES: there is one.
std::string_view TakeLine(std::string_view* rest) {
  std::string_view line;
  do {
    rest->remove_prefix(rest->find_first_not_of(kWhiteSpace));
    const size_t end = std::min(rest->find_first_of("\r\n"), rest->size());
    line = rest->substr(0, end);
    rest->remove_prefix(end);
  } while (!HasText(line, false));
  return line.substr(0, line.find_last_not_of(kWhiteSpace) + 1);
}

std::optional<DecodeFailure> ReadPlainText(std::string_view text, Story* story) {
  if (const size_t bad = FirstInvalidUtf8(text); bad < text.size()) {
    return DecodeFailure{"invalid-utf8",
                         fmt::format("byte {}: 0x{:02x} does not belong there; expected UTF-8", bad,
                                     static_cast<unsigned char>(text[bad]))};
  }
  if (!HasText(text, false)) return DecodeFailure{"no-text", "expected a line that is not blank"};
  story->dialect = Dialect::kText;
  story->uri = MakeUri("text", text);
  std::string_view rest = text;
  const std::string_view line = TakeLine(&rest);
  TextField& headline = story->AddField();
  headline.name = "headlines/0/value";
  headline.is_headline = true;
  headline.value = line;
  if (!HasText(rest, false)) return std::nullopt;
  TextField& body = story->AddField();
  body.name = "bodies/0/value";
  body.value = rest.substr(rest.find_first_not_of(kWhiteSpace));
  return std::nullopt;
}

}  // namespace

struct StoryDecoder::Impl {
  const DecodeLimits limits;
  const InputFormat format;
  ObjectReader object_reader;
  ExtensionReader extension_reader;

  std::optional<DecodeFailure> ReadObject(std::string_view record, size_t readable, Story* story) {
    if (auto failure = object_reader.Read(record, readable, story)) return failure;
    if (story->uri.empty()) {
      story->uri = MakeUri("json", record);
      story->is_uri_made = true;
    }
    // A kill says enough without a text, be it by its status, in a note to editors or by a signal.
    if (story->fields.empty() && !wire::IsEnd(ReadWireWords(*story).notice)) {
      return DecodeFailure{"no-text", "found neither a headline nor a body that is not blank"};
    }
    if (object_reader.extension().empty()) return std::nullopt;
    return extension_reader.Read(object_reader.extension(), story);
  }
};

StoryDecoder::StoryDecoder(DecodeLimits limits, InputFormat format, FieldMap fields)
    : impl_(new Impl{limits, format, ObjectReader(limits.depth, fields), {}}) {}

StoryDecoder::~StoryDecoder() = default;

std::optional<DecodeFailure> StoryDecoder::Decode(std::string_view record, Story* story,
                                                  size_t readable) {
  story->Clear();
  if (record.size() > impl_->limits.record_bytes) {
    return DecodeFailure{"too-large", fmt::format("found {} bytes, expected at most {}",
                                                  record.size(), impl_->limits.record_bytes)};
  }
  const bool has_mark = record.substr(0, kByteOrderMark.size()) == kByteOrderMark;
  const std::string_view text = record.substr(has_mark ? kByteOrderMark.size() : 0);
  const size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return DecodeFailure{"empty", "the record is empty"};
  const char c = text[first];
  if (impl_->format == InputFormat::kText ||
      (impl_->format == InputFormat::kAuto && c != '{' && c != '[')) {
    return ReadPlainText(text, story);
  }
  if (c != '{') {
    return DecodeFailure{"wrong-type", fmt::format("byte {}: the record is no JSON object",
                                                   first + (record.size() - text.size()))};
  }
  return impl_->ReadObject(record, readable, story);
}

}  // namespace copydesk
