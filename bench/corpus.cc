#include "bench/corpus.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include "pipeline/files.h"
#include "stages/story/decode.h"

namespace copydesk::bench {
namespace {

constexpr size_t kStoriesMax = 20'000;

// The lines of a file, unpacked by xz where its name ends so.
std::vector<std::string> Lines(const std::string& path) {
  std::vector<std::string> lines;
  const bool is_packed = path.size() > 3 && path.compare(path.size() - 3, 3, ".xz") == 0;
  const std::string command = fmt::format("{} '{}'", is_packed ? "xz -dc" : "cat", path);
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return lines;
  char* line = nullptr;
  size_t capacity = 0;
  for (ssize_t size; (size = getline(&line, &capacity, pipe)) > 0;) {
    lines.emplace_back(line, static_cast<size_t>(size));
  }
  std::free(line);
  pclose(pipe);
  return lines;
}

std::string Text(const rapidjson::Document& document, const char* member) {
  const auto found = document.FindMember(member);
  if (found == document.MemberEnd() || !found->value.IsString()) return "";
  return {found->value.GetString(), found->value.GetStringLength()};
}

std::vector<SourceText> ReadRealStories(const std::string& file, const char* body_member) {
  std::vector<SourceText> stories;
  const std::string path = SharedFile(file);
  if (path.empty()) return stories;
  for (const std::string& line : Lines(path)) {
    rapidjson::Document document;
    if (document.Parse(line.data(), line.size()).HasParseError() || !document.IsObject()) continue;
    SourceText story{Text(document, "lang"), Text(document, "title"), Text(document, body_member)};
    if (story.body.empty()) continue;
    stories.push_back(std::move(story));
    if (stories.size() == kStoriesMax) break;
  }
  return stories;
}

// `text` cut to at most `size` bytes, between two characters.
std::string_view Cut(std::string_view text, size_t size) {
  if (size >= text.size()) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void Member(Writer& writer, const char* name, std::string_view value) {
  writer.Key(name);
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

// 2.x and 3.x hold texts in arrays of objects.
void TextArray(Writer& writer, const char* name, std::string_view value) {
  writer.Key(name);
  writer.StartArray();
  writer.StartObject();
  Member(writer, "value", value);
  writer.EndObject();
  writer.EndArray();
}

std::string UriOf(size_t number) {
  return fmt::format("urn:newsml:bench.example:20261101:{:06}", number);
}

std::string TimeOf(size_t number) {
  return fmt::format("2026-11-{:02}T{:02}:{:02}:{:02}Z", 1 + number / 86400 % 28,
                     number / 3600 % 24, number / 60 % 60, number % 60);
}

// Makes a story's record: its number, language, headline and body.
using RecordMaker = std::string (*)(size_t, std::string_view, std::string_view, std::string_view);

std::string MakeNinjs(size_t number, std::string_view language, std::string_view headline,
                      std::string_view body) {
  const size_t dialect = number % 3 + 1;
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  Member(writer, "uri", UriOf(number));
  Member(writer, "version", "1");
  Member(writer, dialect == 3 ? "versionCreated" : "versioncreated", TimeOf(number));
  Member(writer, dialect == 3 ? "pubStatus" : "pubstatus", "usable");
  Member(writer, "language", language.empty() ? "en" : language);
  if (dialect == 1) {
    Member(writer, "headline", headline);
    Member(writer, "body_text", body);
  } else {
    TextArray(writer, "headlines", headline);
    TextArray(writer, "bodies", body);
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string MakeFlat(size_t number, std::string_view /*language*/, std::string_view headline,
                     std::string_view body) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  Member(writer, "uri", UriOf(number));
  Member(writer, "version", "1");
  Member(writer, "headline", headline);
  Member(writer, "body", body);
  Member(writer, "date", TimeOf(number));
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

Corpus MakeCorpus(const std::vector<SourceText>& stories, std::string name, size_t records,
                  size_t record_bytes, RecordMaker make_record) {
  Corpus corpus{std::move(name), {}, 0};
  for (size_t i = 0; i < records && !stories.empty(); ++i) {
    const SourceText& story = stories[i % stories.size()];
    // When there are fewer stories than records, the same text comes with another beginning, so
    // that it is another story.
    std::string body = i < stories.size() ? "" : fmt::format("Take {}. ", i / stories.size());
    body += story.body;
    for (size_t next = i + 1; body.size() < record_bytes; ++next) {
      body += "\n" + stories[next % stories.size()].body;
    }
    const std::string_view headline = Cut(story.headline, record_bytes / 5);
    // JSON's escapes make the record longer than its text: cut until it fits.
    size_t size = record_bytes;
    std::string record;
    do {
      record = make_record(i, story.language, headline, Cut(body, size));
      if (record.size() > record_bytes) size -= std::min(size, record.size() - record_bytes);
    } while (record.size() > record_bytes && size > 0);
    corpus.bytes += record.size();
    corpus.records.push_back(std::move(record));
  }
  return corpus;
}

}  // namespace

std::string SharedFile(const std::string& path) {
  const char* given = std::getenv("COPYDESK_SHARED");
  const std::string folder = given != nullptr ? given : COPYDESK_ROOT "/../shared";
  const std::string found = folder + "/" + path;
  if (std::filesystem::exists(found)) return found;
  static std::set<std::string> said;
  if (said.insert(path).second) {
    std::fprintf(stderr, "bench: %s is not there (COPYDESK_SHARED): measuring without it\n",
                 path.c_str());
  }
  return "";
}

const std::vector<SourceText>& RealStories(std::string_view corpus) {
  static std::map<std::string, std::vector<SourceText>, std::less<>> corpora;
  const auto [found, is_new] = corpora.try_emplace(std::string(corpus));
  if (is_new && corpus == "reuters") {
    found->second = ReadRealStories("data/stories/reuters-21578-train.jsonl.xz", "body");
  } else if (is_new && corpus.ends_with(".jsonl")) {
    found->second = ReadRealStories("data/mentions/" + std::string(corpus), "text");
  } else if (is_new) {
    found->second = ReadRealStories("data/stories/masakhane-news.jsonl.xz", "text");
  }
  return found->second;
}

const std::vector<SourceText>& SampleStories() {
  static const std::vector<SourceText> kStories = [] {
    std::vector<SourceText> stories;
    auto reader = RecordReader::Open({COPYDESK_ROOT "/configs/samples"});
    if (!reader.ok()) return stories;
    StoryDecoder decoder({}, InputFormat::kAuto, DefaultFieldMap());
    Record record;
    Story story;
    for (auto found = (*reader)->Next(&record); found.ok() && *found;
         found = (*reader)->Next(&record)) {
      if (decoder.Decode(record.value, &story)) continue;
      SourceText text{story.language, "", ""};
      for (const TextField& field : story.fields) {
        (field.is_headline ? text.headline : text.body) = field.value;
      }
      if (!text.body.empty()) stories.push_back(std::move(text));
    }
    return stories;
  }();
  return kStories;
}

Corpus NinjsCorpus(const std::vector<SourceText>& stories, std::string name, size_t records,
                   size_t record_bytes) {
  return MakeCorpus(stories, std::move(name), records, record_bytes, MakeNinjs);
}

Corpus FlatCorpus(const std::vector<SourceText>& stories, std::string name, size_t records,
                  size_t record_bytes) {
  return MakeCorpus(stories, std::move(name), records, record_bytes, MakeFlat);
}

}  // namespace copydesk::bench
