#include "pipeline/snapshot.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/map_stage.h"

namespace copydesk {
namespace {

class Snapshot : public testing::Test {
 protected:
  Snapshot() {
    std::filesystem::remove_all(path_);
    state_.Add("a");
    state_.Add("a");
    state_.Add("b");
    state_.Seal();
    state_.Commit();
  }
  ~Snapshot() override { std::filesystem::remove_all(path_); }
  std::string File() const { return path_ + "/log-3.snapshot"; }

  const std::string path_ = testing::TempDir() + "snapshot-" +
                            testing::UnitTest::GetInstance()->current_test_info()->name();
  const SnapshotFolder folder_{path_};
  const ChangelogPartition place_ = {"log", 3};
  MapState state_;
};

TEST_F(Snapshot, GivesBackWhatWasWritten) {
  ASSERT_TRUE(folder_.Write(place_, 17, state_).ok());
  MapState restored;
  const absl::StatusOr<int64_t> offset = folder_.Read(place_, restored);
  ASSERT_TRUE(offset.ok()) << offset.status();
  EXPECT_EQ(17, *offset);
  EXPECT_EQ(state_.counts(), restored.counts());
  folder_.Remove(place_);
  EXPECT_TRUE(absl::IsNotFound(folder_.Read(place_, restored).status()));
}

TEST_F(Snapshot, GivesBackWhatIsLargerThanWhatIsWrittenAtOnce) {
  for (const size_t size : {(1 << 20) - 60, 1 << 20, 3 << 20, 20, 1 << 19, 1 << 19, 30}) {
    state_.Add(std::string(size, static_cast<char>('c' + size % 7)));
  }
  state_.Seal();
  state_.Commit();
  ASSERT_TRUE(folder_.Write(place_, 17, state_).ok());
  MapState restored;
  EXPECT_EQ(17, *folder_.Read(place_, restored));
  EXPECT_EQ(state_.counts(), restored.counts());
}

TEST_F(Snapshot, OfAnotherVersionIsRefused) {
  ASSERT_TRUE(folder_.Write(place_, 17, state_).ok());
  std::fstream(File(), std::ios::in | std::ios::out | std::ios::binary) << "copydesk-snapshot-1\n";
  MapState restored;
  EXPECT_TRUE(absl::IsDataLoss(folder_.Read(place_, restored).status()));
}

TEST_F(Snapshot, TellsEveryBrokenByteAndEveryMissingEnd) {
  ASSERT_TRUE(folder_.Write(place_, 17, state_).ok());
  std::ifstream in(File(), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  const auto read = [&](const std::string& bytes) {
    std::ofstream(File(), std::ios::binary) << bytes;
    MapState restored;
    return folder_.Read(place_, restored).status();
  };
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(read(bytes))) << "byte " << i;
    EXPECT_FALSE(read(whole.substr(0, i)).ok()) << i << " bytes";
  }
  EXPECT_TRUE(read(whole).ok());
}

TEST_F(Snapshot, OfAnotherPartitionIsRefused) {
  ASSERT_TRUE(folder_.Write(place_, 17, state_).ok());
  std::filesystem::copy_file(File(), path_ + "/log-4.snapshot");
  MapState restored;
  EXPECT_TRUE(absl::IsDataLoss(folder_.Read({"log", 4}, restored).status()));
}

TEST_F(Snapshot, KeepsTheOldOneWhenTheDiskIsFull) {
  ASSERT_TRUE(folder_.Write(place_, 17, state_).ok());
  std::filesystem::create_symlink("/dev/full", File() + ".new");
  const absl::Status status = folder_.Write(place_, 18, state_);
  EXPECT_NE(std::string::npos, std::string(status.message()).find("No space left")) << status;
  EXPECT_FALSE(std::filesystem::exists(File() + ".new"));
  MapState restored;
  EXPECT_EQ(17, *folder_.Read(place_, restored));
}

}  // namespace
}  // namespace copydesk
