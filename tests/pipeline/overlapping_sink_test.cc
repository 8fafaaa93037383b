#include "pipeline/overlapping_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace copydesk {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

class OverlappingSinkTest : public testing::Test {
 protected:
  OverlappingSinkTest() { output_.has_transactions = true; }

  absl::Status Send(const std::string& value) {
    Record record = MakeRecord(0, value);
    record.topic = "out";
    return sink_.Send(record);
  }
  void BeginCommit(int64_t next_offset) {
    EXPECT_EQ(sink_.BeginCommit(source_, {{{"in", 0}, next_offset}}, seconds(10)), std::nullopt);
  }
  absl::Status EndCommit() { return *sink_.EndCommit(seconds(10)); }

  FakeInput input_;
  FakeOutput output_;
  FakeSource source_{input_};
  OverlappingSink sink_{std::make_unique<FakeSink>(output_)};
};

TEST_F(OverlappingSinkTest, KeepsWhatIsSentDuringACommitForTheNextOne) {
  ASSERT_TRUE(Send("first").ok());
  BeginCommit(1);
  ASSERT_TRUE(Send("second").ok());
  EXPECT_EQ(sink_.bytes_in_flight(), 6u);
  ASSERT_TRUE(EndCommit().ok());
  EXPECT_THAT(output_.ValuesOf("out"), ElementsAre("first"));
  BeginCommit(2);
  ASSERT_TRUE(EndCommit().ok());
  EXPECT_THAT(output_.ValuesOf("out"), ElementsAre("first", "second"));
  EXPECT_THAT(input_.commits, ElementsAre(1, 2));
}

TEST_F(OverlappingSinkTest, SendsOnceWhatHasWaitedInMemoryUsedBefore) {
  BeginCommit(1);
  ASSERT_TRUE(Send("first, the longest").ok());
  ASSERT_TRUE(Send("second").ok());
  ASSERT_TRUE(EndCommit().ok());
  BeginCommit(2);
  ASSERT_TRUE(Send("3").ok());
  EXPECT_EQ(sink_.bytes_in_flight(), 1u);
  ASSERT_TRUE(EndCommit().ok());
  BeginCommit(3);
  ASSERT_TRUE(EndCommit().ok());
  EXPECT_THAT(output_.ValuesOf("out"), ElementsAre("first, the longest", "second", "3"));
}

TEST_F(OverlappingSinkTest, DropsWhatWaitedForACommitThatFailed) {
  output_.commit_statuses = {absl::AbortedError("the group has moved on")};
  ASSERT_TRUE(Send("first").ok());
  BeginCommit(1);
  ASSERT_TRUE(Send("second").ok());
  EXPECT_TRUE(absl::IsAborted(EndCommit()));
  EXPECT_FALSE(*sink_.Abort(seconds(10)));
  BeginCommit(1);
  ASSERT_TRUE(EndCommit().ok());
  EXPECT_TRUE(output_.sent.empty());
}

TEST_F(OverlappingSinkTest, TellsThatARecordThatWaitedIsRefused) {
  output_.value_bytes_max = 3;
  BeginCommit(1);
  ASSERT_TRUE(Send("large").ok());
  ASSERT_TRUE(EndCommit().ok());
  EXPECT_TRUE(absl::IsAborted(Send("b")));
  EXPECT_TRUE(absl::IsAborted(*sink_.BeginCommit(source_, {}, seconds(10))));
  EXPECT_TRUE(*sink_.Abort(seconds(10)));
  EXPECT_TRUE(absl::IsInvalidArgument(Send("large")));
  EXPECT_TRUE(Send("b").ok());
}

}  // namespace
}  // namespace copydesk
