// Runs the example files of ninjs and of dpa's flat JSON through decode and encode. They are not in
// this repository: COPYDESK_SHARED names the folder that holds data/formats (default ../shared).

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fakes.h"
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

// Two folders hold mostly the same items, of months in no order: each is an original when it comes
// first, or the correction that it says it is, and a repeat of that when it comes again.
TEST(DpaExamples, AreOriginalsCorrectionsAndTheirRepeats) {
  constexpr std::string_view kConfig = R"(
name: dpa
source: {files: [-]}
stages: [normalize, {deduplicate: {embargo: pass, window: 8760h}}, publish]
outputs: {published: out, duplicates: again, recalls: recalls, deadletter: dead}
)";
  std::vector<Record> records;
  std::map<std::pair<std::string, std::string>, int64_t> first;  // by urn and version
  std::vector<int64_t> leads;
  int corrections = 0;
  for (const char* const folder : {"dpa-to-newsmlg2", "dpa-to-iptc7901"}) {
    for (const fs::path& path :
         JsonFilesUnder("data/formats/" + std::string(folder) + "/tests/data/input")) {
      const auto number = static_cast<int64_t>(records.size());
      records.push_back(MakeRecord(number, ReadFile(path)));
      rapidjson::Document document;
      document.Parse(records.back().value.data(), records.back().value.size());
      const std::string version = document["version"].IsString()
                                      ? document["version"].GetString()
                                      : std::to_string(document["version"].GetInt64());
      leads.push_back(
          first.try_emplace({document["urn"].GetString(), version}, number).first->second);
    }
  }
  if (records.empty()) GTEST_SKIP() << "no dpa examples: set COPYDESK_SHARED";
  EXPECT_EQ(records.size(), 32u);
  const absl::StatusOr<FakeOutput> output = RunChain(std::string(kConfig), records);
  ASSERT_TRUE(output.ok()) << output.status();
  ASSERT_EQ(output->sent.size(), records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    rapidjson::Document document;
    document.Parse(output->sent[i].record.value.data(), output->sent[i].record.value.size());
    const rapidjson::Value& relation = document["copydesk"]["relation"];
    // dpa says it by a signal, AP in its note to editors.
    const bool is_correction =
        (document["signal"].IsString() && document["signal"] == "sig:correction") ||
        records[i].value.find("Eds: CORRECTS") != std::string::npos;
    const bool is_first = leads[i] == static_cast<int64_t>(i);
    corrections += is_correction && is_first;
    EXPECT_STREQ(!is_first       ? "repeat"
                 : is_correction ? "correction"
                                 : "original",
                 relation["kind"].GetString())
        << document["urn"].GetString();
    EXPECT_EQ(is_first ? "out" : "again", output->sent[i].topic);
    if (is_first) continue;
    EXPECT_EQ(leads[i], relation["lead"]["offset"].GetInt64());
  }
  EXPECT_EQ(corrections, 4);
}

}  // namespace
}  // namespace copydesk
