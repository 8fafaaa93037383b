#include "pipeline/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "pipeline/envelope.h"

namespace copydesk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  FilesTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  static std::vector<std::string> ReadAll(const std::vector<std::string>& paths) {
    absl::StatusOr<std::unique_ptr<RecordReader>> reader = RecordReader::Open(paths);
    if (!reader.ok()) return {"error: " + std::string(reader.status().message())};
    std::vector<std::string> values;
    Record record;
    while (true) {
      const absl::StatusOr<bool> found = (*reader)->Next(&record);
      if (!found.ok()) {
        values.push_back("error: " + std::string(found.status().message()));
        return values;
      }
      if (!*found) return values;
      values.push_back(record.value);
    }
  }

  const std::filesystem::path folder_;
};

TEST_F(FilesTest, LeavesOutLinksThatLeadNowhere) {
  std::filesystem::create_symlink("round.txt", folder_ / "round.txt");
  std::filesystem::create_symlink("missing.txt", folder_ / "broken.txt");
  Write("story.txt", "Headline");
  EXPECT_THAT(ReadAll({folder_.string()}), ElementsAre("Headline"));
}

TEST_F(FilesTest, ReadsFoldersInTheOrderOfNames) {
  Write("20.jsonl", "{\"b\":1}\r\n\n{\"c\":1}");
  Write("10.json", "{\n\"a\":1\n}\n");
  Write("30.txt", "Headline\n\nBody\n");
  Write("README.md", "not a story");
  Write(".hidden.txt", "not a story");
  EXPECT_THAT(ReadAll({folder_.string()}),
              ElementsAre("{\n\"a\":1\n}\n", "{\"b\":1}", "{\"c\":1}", "Headline\n\nBody\n"));
}

TEST_F(FilesTest, ReadsLinesLongerThanItsChunks) {
  for (const size_t size : {65534u, 65535u, 65536u, 200000u}) {
    const std::string line(size, 'x');
    EXPECT_THAT(ReadAll({Write("long.jsonl", line + "\n" + line)}), ElementsAre(line, line))
        << size;
  }
}

TEST_F(FilesTest, NamesWhatCannotBeRead) {
  EXPECT_THAT(ReadAll({"/no/such"}), ElementsAre(HasSubstr("/no/such: no such file")));
  EXPECT_THAT(ReadAll({folder_.string()}), ElementsAre(HasSubstr("holds no .jsonl")));
  EXPECT_THAT(ReadAll({Write("bad.jsonl", "{\"record\":{\"key\":\"k\"}}\n")}),
              ElementsAre(testing::AllOf(HasSubstr("bad.jsonl:1"), HasSubstr("record.value"))));
}

TEST_F(FilesTest, WritesATopicAFileAndDeadLettersAsEnvelopes) {
  absl::StatusOr<std::unique_ptr<FileSink>> sink = FileSink::Make((folder_ / "out").string());
  ASSERT_TRUE(sink.ok()) << sink.status();
  Record record;
  record.topic = "enriched";
  record.value = "{\n\"a\": \"b\\n\"\r\n}";
  ASSERT_TRUE((*sink)->Send(record).ok());
  Record dead;
  dead.topic = "dead";
  dead.has_key = true;
  dead.key = "k\xff";
  dead.value = "bad\nbytes\xfe";
  dead.headers = {{"__copydesk.errors.code", "invalid-utf8"}, {"h", "v\xff"}};
  ASSERT_TRUE((*sink)->Send(dead).ok());
  ASSERT_TRUE((*sink)->Flush(std::chrono::seconds(1)).ok());
  EXPECT_THAT(ReadAll({(folder_ / "out/enriched.jsonl").string()}),
              ElementsAre("{ \"a\": \"b\\n\"  }"));
  absl::StatusOr<std::unique_ptr<RecordReader>> reader =
      RecordReader::Open({(folder_ / "out/dead.jsonl").string()});
  Record read;
  ASSERT_TRUE((*reader)->Next(&read).value());
  EXPECT_EQ(read.key, dead.key);
  EXPECT_EQ(read.value, dead.value);
  ASSERT_EQ(read.headers.size(), 2u);
  EXPECT_EQ(read.headers[1].value, "v\xff");
}

TEST(Envelope, RefusesWhatIsNotOne) {
  Record record;
  for (const char* line : {"{\"record\":1}", "{\"record\":{}}", "{\"record\":{\"value\":1}}",
                           "{\"record\":{\"value\":\"v\",\"headers\":[1]}}",
                           "{\"record\":{\"value\":{\"base64\":\"*\"}}}", "{\"record\":"}) {
    EXPECT_FALSE(ReadEnvelope(line, &record).ok()) << line;
  }
}

TEST_F(FilesTest, SourceReadsToTheEnd) {
  Write("a.jsonl", "1\n2\n3\n");
  absl::StatusOr<std::unique_ptr<FileSource>> source = FileSource::Make({folder_.string()});
  ASSERT_TRUE(source.ok());
  struct Listener : AssignmentListener {
    int assigned = 0, revoked = 0;
    void OnAssigned(std::span<const TopicPartition>) override { ++assigned; }
    void OnRevoked(std::span<const TopicPartition>, bool) override { ++revoked; }
  } listener;
  Batch batch;
  ASSERT_TRUE((*source)->Poll({}, {2, 1000}, listener, &batch).ok());
  EXPECT_EQ(batch.size(), 2u);
  EXPECT_FALSE((*source)->is_exhausted());
  batch.Clear();
  ASSERT_TRUE((*source)->Poll({}, {2, 1000}, listener, &batch).ok());
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].record.value, "3");
  EXPECT_EQ(batch[0].record.offset, 2);
  EXPECT_TRUE((*source)->is_exhausted());
  (*source)->Close(listener);
  EXPECT_EQ(listener.assigned, 1);
  EXPECT_EQ(listener.revoked, 1);
}

}  // namespace
}  // namespace copydesk
