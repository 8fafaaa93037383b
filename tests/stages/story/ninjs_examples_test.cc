// Runs the example files of ninjs and of dpa's flat JSON through decode and encode. They are not in
// this repository: COPYDESK_SHARED names the folder that holds data/formats (default ../shared).

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/stories.h"

namespace copydesk {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> JsonFilesUnder(const std::string& folder) {
  const char* const shared = std::getenv("COPYDESK_SHARED");
  const fs::path root = fs::path(shared != nullptr ? shared : COPYDESK_ROOT "/../shared") / folder;
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(root, error)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  return files;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What a story's text stands in, in whatever dialect.
bool HasTextMember(const rapidjson::Document& document) {
  for (const auto& member : document.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (name == "headline" || name == "title" || name == "headlines" || name == "bodies" ||
        name == "descriptions" || name.substr(0, 5) == "body_" ||
        name.substr(0, 12) == "description_" || name == "article_html") {
      if (!member.value.IsNull()) return true;
    }
  }
  return false;
}

void ExpectPasses(const fs::path& path) {
  SCOPED_TRACE(path);
  const std::string record = ReadFile(path);
  rapidjson::Document document;
  document.Parse(record.data(), record.size());
  ASSERT_FALSE(document.HasParseError());
  if (!document.IsObject()) return;
  Story story;
  const std::optional<DecodeFailure> failure = testing::Decode(record, &story);
  if (!HasTextMember(document)) {
    // Only a kill needs no text. An embargo that is no date goes before the missing text.
    EXPECT_EQ(!failure, story.pub_status != PubStatus::kUsable);
    EXPECT_TRUE(!failure || failure->code == "no-text" || document.HasMember("embargoed"));
    return;
  }
  ASSERT_FALSE(failure) << failure->code << ": " << failure->message;
  story.ReadFields();
  story.dictionary_version = "test";
  for (uint32_t i = 0; i < story.fields.size(); ++i) {
    const std::string& value = story.fields[i].value;
    const size_t end = value.find(' ');
    if (end == 0 || end == std::string::npos) continue;
    testing::AddMention(&story, i, std::string_view(value).substr(0, end), "Q1", "person", "Test");
  }
  const std::string once = testing::Encoded(story, record);
  Story again;
  testing::DecodeGood(once, &again);
  EXPECT_EQ(again.uri, story.uri);
  EXPECT_EQ(again.dialect, story.dialect);
  EXPECT_EQ(testing::Encoded(again, once), once);
  rapidjson::Document enriched;
  enriched.Parse(once.data(), once.size());
  ASSERT_FALSE(enriched.HasParseError());
  EXPECT_TRUE(enriched.HasMember("copydesk"));
  for (const auto& member : document.GetObject()) {
    ASSERT_TRUE(enriched.HasMember(member.name)) << member.name.GetString();
    const std::string_view name = member.name.GetString();
    if (name == "people" || name == "person") continue;  // merged
    // An object with a key given twice is to RapidJSON not even equal to itself.
    if (!(member.value == member.value)) continue;
    EXPECT_TRUE(enriched[member.name] == member.value) << member.name.GetString();
  }
}

TEST(NinjsExamples, PassDecodeAndEncode) {
  std::vector<fs::path> files = JsonFilesUnder("data/formats/iptc-ninjs/examples");
  for (const fs::path& path : JsonFilesUnder("data/formats/iptc-ninjs/validation")) {
    if (path.parent_path().filename() == "should_pass") files.push_back(path);
  }
  if (files.empty()) GTEST_SKIP() << "no ninjs examples: set COPYDESK_SHARED";
  for (const fs::path& path : files) {
    if (path.filename() != "extension-schema.json") ExpectPasses(path);
  }
}

TEST(NinjsExamples, OfBadRecordsNoneDoesHarm) {
  size_t count = 0;
  for (const fs::path& path : JsonFilesUnder("data/formats/iptc-ninjs/validation")) {
    if (path.parent_path().filename() != "should_fail") continue;
    SCOPED_TRACE(path);
    ++count;
    const std::string record = ReadFile(path);
    Story story;
    if (testing::Decode(record, &story)) continue;
    const std::string once = testing::Encoded(story, record);
    testing::DecodeGood(once, &story);
  }
  if (count == 0) GTEST_SKIP() << "no ninjs examples: set COPYDESK_SHARED";
}

TEST(DpaExamples, PassDecodeAndEncode) {
  std::vector<fs::path> files = JsonFilesUnder("data/formats/dpa-to-newsmlg2/tests/data/input");
  for (const fs::path& path : JsonFilesUnder("data/formats/dpa-to-iptc7901/tests/data/input")) {
    files.push_back(path);
  }
  if (files.empty()) GTEST_SKIP() << "no dpa examples: set COPYDESK_SHARED";
  for (const fs::path& path : files) ExpectPasses(path);
}

}  // namespace
}  // namespace copydesk
