#include "stages/dictionary/dictionary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/stages/dictionary/compiled.h"

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class DictionaryFiles : public testing::Test {
 protected:
  DictionaryFiles()
      : folder_(std::filesystem::path(testing::TempDir()) /
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(folder_);
  }
  ~DictionaryFiles() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, std::string_view content) {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  const std::filesystem::path folder_;
};

TEST_F(DictionaryFiles, SeveralSourcesMakeOne) {
  const std::vector<std::string> paths = {
      Write("base.tsv", "Bonn\tplace\tQ586\n"),
      Write("own.jsonl",
            R"({"id":"Q586","type":"place","name":"Bonn","aliases":["Bundesstadt"]})")};
  const auto dictionary = Dictionary::Load(paths, "2026-11-24");
  ASSERT_TRUE(dictionary.ok()) << dictionary.status();
  EXPECT_EQ((*dictionary)->entity_count(), 1u);
  EXPECT_THAT(MentionsIn(*dictionary, "Bonn, die Bundesstadt"),
              ElementsAre("Bonn=Q586", "Bundesstadt=Q586"));
  EXPECT_THAT((*dictionary)->version(), MatchesRegex("2026-11-24\\.[0-9a-f]+"));
  // Without a name of its own it has the folder's, or the only file's.
  EXPECT_THAT((*Dictionary::Load(paths))->version(),
              MatchesRegex(folder_.filename().string() + "\\.[0-9a-f]+"));
  EXPECT_THAT((*Dictionary::Load(std::span(paths).subspan(0, 1)))->version(),
              MatchesRegex("base\\.[0-9a-f]+"));
}

TEST_F(DictionaryFiles, AnImageIsTheSourcesItWasMadeOf) {
  const std::vector<std::string> sources = {Write(
      "d.jsonl", R"({"id":"a","type":"place","name":"Bonn","patterns":["B[a-z]+ am Rhein"]})")};
  const auto image = CompileSources(sources);
  ASSERT_TRUE(image.ok()) << image.status();
  const std::vector<std::string> compiled = {Write("d.image", image->bytes())};
  const auto from_image = Dictionary::Load(compiled);
  ASSERT_TRUE(from_image.ok()) << from_image.status();
  EXPECT_EQ((*from_image)->version(), (*Dictionary::Load(sources))->version());
  EXPECT_THAT(MentionsIn(*from_image, "Bad am Rhein, Bonn"),
              ElementsAre("Bad am Rhein=a", "Bonn=a"));
}

TEST_F(DictionaryFiles, ErrorsNameTheFile) {
  const std::vector<std::string> bad = {Write("bad.jsonl", "{}\n")};
  EXPECT_THAT(Dictionary::Load(bad).status().message(), HasSubstr("bad.jsonl:1: 'id' is missing"));
  const std::vector<std::string> text = {Write("notes.txt", "hello there")};
  EXPECT_THAT(Dictionary::Load(text).status().message(),
              HasSubstr("notes.txt: not a dictionary image"));
  const std::vector<std::string> missing = {(folder_ / "none.tsv").string()};
  EXPECT_THAT(Dictionary::Load(missing).status().message(), HasSubstr("none.tsv: cannot open"));
}

TEST_F(DictionaryFiles, GlobsAreResolvedInOrder) {
  Write("b.tsv", "");
  Write("a.tsv", "");
  const std::vector<std::string> patterns = {(folder_ / "*.tsv").string()};
  const auto paths = ResolveDictionaryPaths(patterns);
  ASSERT_TRUE(paths.ok());
  EXPECT_THAT(*paths, ElementsAre((folder_ / "a.tsv").string(), (folder_ / "b.tsv").string()));
  const std::vector<std::string> none = {(folder_ / "*.jsonl").string()};
  EXPECT_THAT(ResolveDictionaryPaths(none).status().message(), HasSubstr("no such dictionary"));
}

TEST(Dictionary, VersionsFollowTheContent) {
  constexpr char kOne[] = R"({"id":"a","type":"place","name":"Bonn"})";
  constexpr char kOther[] = R"({"id":"a","type":"place","name":"Bonn","priority":5})";
  EXPECT_EQ(Compiled(kOne)->version(), Compiled(kOne)->version());
  EXPECT_NE(Compiled(kOne)->version(), Compiled(kOther)->version());
}

TEST(Dictionary, APlaceKnowsWhereItIs) {
  const auto dictionary = Compiled(R"({"id":"c","type":"place","name":"City","part_of":"s"}
{"id":"s","type":"place","name":"State","part_of":"x"}
{"id":"s","type":"person","name":"Namesake"})");
  EXPECT_EQ(dictionary->entity(0).part_of, 1u);
  EXPECT_EQ(dictionary->entity(1).part_of, kNoEntity);  // no place has that id
  EXPECT_EQ(dictionary->entity(2).part_of, kNoEntity);
}

TEST(Dictionary, PlacesAreNotPartOfEachOther) {
  DictionaryCompiler compiler;
  const absl::Status status = ReadJsonSource(R"({"id":"a","type":"place","name":"A","part_of":"b"}
{"id":"b","type":"place","name":"B","part_of":"c"}
{"id":"c","type":"place","name":"C","part_of":"b"})",
                                             "test.jsonl", &compiler);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(compiler.Finish("test").status().message(),
              HasSubstr("'b' is part of a place that is part of it"));
}

}  // namespace
}  // namespace copydesk
