#include "pipeline/envelope.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/encodings.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "absl/strings/escaping.h"

namespace copydesk {
namespace {

constexpr std::string_view kOpening = "{\"record\":";

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

bool IsUtf8(std::string_view bytes) {
  rapidjson::MemoryStream stream(bytes.data(), bytes.size());
  rapidjson::StringBuffer ignored;
  while (stream.Tell() < bytes.size()) {
    if (!rapidjson::UTF8<>::Validate(stream, ignored)) return false;
  }
  return true;
}

void WriteBytes(std::string_view bytes, Writer* writer) {
  if (IsUtf8(bytes)) {
    writer->String(bytes.data(), static_cast<rapidjson::SizeType>(bytes.size()));
    return;
  }
  const std::string base64 = absl::Base64Escape(std::string(bytes));
  writer->StartObject();
  writer->Key("base64");
  writer->String(base64.c_str());
  writer->EndObject();
}

bool ReadBytes(const rapidjson::Value& value, std::string* bytes) {
  if (value.IsString()) {
    bytes->assign(value.GetString(), value.GetStringLength());
    return true;
  }
  if (!value.IsObject()) return false;
  const auto base64 = value.FindMember("base64");
  return base64 != value.MemberEnd() && base64->value.IsString() &&
         absl::Base64Unescape(
             std::string(base64->value.GetString(), base64->value.GetStringLength()), bytes);
}

}  // namespace

bool IsEnvelope(std::string_view line) { return line.substr(0, kOpening.size()) == kOpening; }

void WriteEnvelope(const Record& record, std::string* line) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("record");
  writer.StartObject();
  writer.Key("topic");
  WriteBytes(record.topic, &writer);
  if (record.has_key) {
    writer.Key("key");
    WriteBytes(record.key, &writer);
  }
  writer.Key("headers");
  writer.StartArray();
  for (const Header& header : record.headers) {
    writer.StartArray();
    WriteBytes(header.name, &writer);
    WriteBytes(header.value, &writer);
    writer.EndArray();
  }
  writer.EndArray();
  writer.Key("value");
  WriteBytes(record.value, &writer);
  writer.EndObject();
  writer.EndObject();
  line->assign(buffer.GetString(), buffer.GetSize());
}

absl::Status ReadEnvelope(std::string_view line, Record* record) {
  rapidjson::Document document;
  // Iterative, so that deep nesting costs no stack.
  document.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  if (document.HasParseError() || !document.IsObject() || !document.HasMember("record") ||
      !document["record"].IsObject()) {
    return absl::InvalidArgumentError("no JSON object with an object 'record'");
  }
  const rapidjson::Value& object = document["record"];
  if (!object.HasMember("value") || !ReadBytes(object["value"], &record->value)) {
    return absl::InvalidArgumentError("record.value: expected a string or {\"base64\": \"...\"}");
  }
  record->has_key = object.HasMember("key");
  if (record->has_key && !ReadBytes(object["key"], &record->key)) {
    return absl::InvalidArgumentError("record.key: expected a string or {\"base64\": \"...\"}");
  }
  record->headers.clear();
  if (!object.HasMember("headers")) return absl::OkStatus();
  if (!object["headers"].IsArray()) {
    return absl::InvalidArgumentError("record.headers: expected a list of [name, value]");
  }
  for (const rapidjson::Value& pair : object["headers"].GetArray()) {
    Header header;
    if (!pair.IsArray() || pair.Size() != 2 || !ReadBytes(pair[0], &header.name) ||
        !ReadBytes(pair[1], &header.value)) {
      return absl::InvalidArgumentError(
          fmt::format("record.headers[{}]: expected [name, value]", record->headers.size()));
    }
    record->headers.push_back(std::move(header));
  }
  return absl::OkStatus();
}

}  // namespace copydesk
