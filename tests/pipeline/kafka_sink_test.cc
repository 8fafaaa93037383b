// Commits of the sink without transactions, on the embedded broker.
#include "pipeline/kafka/kafka_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "pipeline/kafka/embedded_broker.h"
#include "tests/support/fakes.h"

namespace copydesk {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::IsEmpty;

class KafkaSinkTest : public testing::Test {
 protected:
  // A sink that waits `linger_ms` for more records before it sends any.
  void Open(const std::string& brokers, const std::string& linger_ms,
            const std::string& timeout_ms) {
    absl::StatusOr<std::unique_ptr<KafkaSink>> sink =
        KafkaSink::Make({{"bootstrap.servers", brokers},
                         {"linger.ms", linger_ms},
                         {"message.timeout.ms", timeout_ms}});
    ASSERT_TRUE(sink.ok()) << sink.status();
    sink_ = *std::move(sink);
  }
  void OpenEmbedded(const std::string& linger_ms) {
    absl::StatusOr<std::unique_ptr<EmbeddedBroker>> broker = EmbeddedBroker::Start({"out"}, 2);
    ASSERT_TRUE(broker.ok()) << broker.status();
    broker_ = *std::move(broker);
    Open(broker_->address(), linger_ms, "60000");
  }
  void Send(const std::string& value, int32_t partition = 0) {
    Record record = MakeRecord(0, value);
    record.topic = "out";
    record.partition = partition;
    ASSERT_TRUE(sink_->Send(record).ok());
  }
  void BeginCommit(int64_t next_offset, milliseconds timeout) {
    EXPECT_EQ(sink_->BeginCommit(source_, {{{"in", 0}, next_offset}}, timeout), std::nullopt);
  }

  FakeInput input_;
  FakeSource source_{input_};
  std::unique_ptr<EmbeddedBroker> broker_;
  std::unique_ptr<KafkaSink> sink_;
};

TEST_F(KafkaSinkTest, CommitsWhatWasSentBeforeWhileMoreIsSent) {
  // Each partition waits for more records of its own.
  OpenEmbedded("1000");
  Send("first");
  BeginCommit(1, seconds(30));
  EXPECT_EQ(sink_->EndCommit(milliseconds(500)), std::nullopt);
  Send("second", 1);
  EXPECT_TRUE(sink_->EndCommit(seconds(30)).value_or(absl::UnknownError("no end")).ok());
  EXPECT_THAT(input_.commits, ElementsAre(1));
  EXPECT_EQ(sink_->bytes_in_flight(), 6u) << "the second is still on its way";
  BeginCommit(2, seconds(30));
  EXPECT_TRUE(sink_->EndCommit(seconds(30)).value_or(absl::UnknownError("no end")).ok());
  EXPECT_THAT(input_.commits, ElementsAre(1, 2));
  EXPECT_EQ(sink_->bytes_in_flight(), 0u);
}

TEST_F(KafkaSinkTest, CommitsNothingBeforeAllIsWritten) {
  OpenEmbedded("1000");
  Send("first");
  const auto start = steady_clock::now();
  BeginCommit(1, seconds(30));
  EXPECT_EQ(sink_->EndCommit(milliseconds(0)), std::nullopt);
  EXPECT_THAT(input_.commits, IsEmpty());
  EXPECT_TRUE(sink_->EndCommit(seconds(30)).value_or(absl::UnknownError("no end")).ok());
  EXPECT_GE(steady_clock::now() - start, milliseconds(900));
  EXPECT_EQ(sink_->bytes_in_flight(), 0u);
}

TEST_F(KafkaSinkTest, LaterCommitsWaitForWhatAnEarlierOneLeftOnItsWay) {
  OpenEmbedded("1000");
  Send("first");
  BeginCommit(1, milliseconds(10));
  EXPECT_TRUE(absl::IsUnavailable(sink_->EndCommit(seconds(10)).value_or(absl::OkStatus())));
  EXPECT_THAT(input_.commits, IsEmpty());
  BeginCommit(2, seconds(30));
  EXPECT_EQ(sink_->EndCommit(milliseconds(10)), std::nullopt);
  EXPECT_TRUE(sink_->EndCommit(seconds(30)).value_or(absl::UnknownError("no end")).ok());
  EXPECT_THAT(input_.commits, ElementsAre(2));
}

TEST_F(KafkaSinkTest, ADeliveryThatFailsAbortsTheCommit) {
  Open("127.0.0.1:1", "0", "200");
  Send("first");
  BeginCommit(1, seconds(30));
  EXPECT_TRUE(absl::IsAborted(sink_->EndCommit(seconds(30)).value_or(absl::OkStatus())));
  EXPECT_THAT(input_.commits, IsEmpty());
  const absl::StatusOr<bool> was_refused = sink_->Abort(seconds(10));
  ASSERT_TRUE(was_refused.ok()) << was_refused.status();
  EXPECT_FALSE(*was_refused);
  // What failed is forgotten: nothing is on its way.
  BeginCommit(1, seconds(30));
  EXPECT_TRUE(sink_->EndCommit(seconds(10)).value_or(absl::UnknownError("no end")).ok());
}

}  // namespace
}  // namespace copydesk
