#include "stages/dictionary/live_dictionary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/stages/dictionary/compiled.h"

namespace copydesk {
namespace {

using ::testing::HasSubstr;

std::string Line(std::string_view name) {
  return R"({"id":"a","type":"place","name":")" + std::string(name) + "\"}\n";
}

class LiveDictionaries : public testing::Test {
 protected:
  LiveDictionaries()
      : folder_(std::filesystem::path(testing::TempDir()) /
                (std::string("live_dictionary") + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~LiveDictionaries() override { std::filesystem::remove_all(folder_); }

  // Puts `content` in the place of the file `name`, as `mv` does.
  std::string Replace(const std::string& name, std::string_view content) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path.string() + ".new", std::ios::binary) << content;
    std::filesystem::rename(path.string() + ".new", path);
    return path;
  }
  std::string ReplaceImage(std::string_view name) {
    return Replace("d.image", CompiledImage(Line(name)).bytes());
  }

  std::filesystem::path folder_;
};

TEST_F(LiveDictionaries, AnImageThatIsReplacedIsTakenOnce) {
  const auto live = LiveDictionary::Load({ReplaceImage("Bonn")}, "");
  ASSERT_TRUE(live.ok()) << live.status();
  const uint64_t generation = (*live)->generation();
  const auto before = (*live)->get();
  EXPECT_FALSE(*(*live)->Reload(false));
  ReplaceImage("Berlin");
  EXPECT_TRUE(*(*live)->Reload(false));
  EXPECT_FALSE(*(*live)->Reload(false));
  EXPECT_GT((*live)->generation(), generation);
  EXPECT_EQ((*live)->get()->entity(0).name, "Berlin");
  EXPECT_EQ(before->entity(0).name, "Bonn");
}

TEST_F(LiveDictionaries, ABadImageIsRefusedOnceAndTheOldOneStays) {
  const auto live = LiveDictionary::Load({ReplaceImage("Bonn")}, "");
  ASSERT_TRUE(live.ok()) << live.status();
  std::string cut(CompiledImage(Line("Berlin")).bytes());
  cut.resize(cut.size() - 1);
  Replace("d.image", cut);
  EXPECT_THAT((*live)->Reload(false).status().message(), HasSubstr("d.image"));
  EXPECT_FALSE(*(*live)->Reload(false));
  EXPECT_EQ((*live)->get()->entity(0).name, "Bonn");
  ReplaceImage("Berlin");
  EXPECT_TRUE(*(*live)->Reload(false));
}

TEST_F(LiveDictionaries, AFileThatIsGoneIsWaitedFor) {
  const std::string path = ReplaceImage("Bonn");
  const auto live = LiveDictionary::Load({path}, "");
  ASSERT_TRUE(live.ok()) << live.status();
  std::filesystem::remove(path);
  EXPECT_FALSE(*(*live)->Reload(false));
  EXPECT_FALSE((*live)->Reload(true).ok());
  ReplaceImage("Berlin");
  EXPECT_TRUE(*(*live)->Reload(false));
}

TEST_F(LiveDictionaries, SourcesAreReadAgainWhenThatIsAsked) {
  const std::string path = Replace("d.jsonl", Line("Bonn"));
  const auto live = LiveDictionary::Load({(folder_ / "*.jsonl").string()}, "");
  ASSERT_TRUE(live.ok()) << live.status();
  EXPECT_FALSE(*(*live)->Reload(true));
  Replace("e.jsonl", Line("Berlin"));
  EXPECT_FALSE(*(*live)->Reload(false));
  EXPECT_TRUE(*(*live)->Reload(true));
  Replace("e.jsonl", "{");
  EXPECT_THAT((*live)->Reload(true).status().message(), HasSubstr("e.jsonl:1: not JSON"));
  EXPECT_EQ((*live)->get()->key_count(), 2u);
}

}  // namespace
}  // namespace copydesk
