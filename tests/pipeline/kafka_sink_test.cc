// Commits of the sink without transactions, on the embedded broker.
#include "pipeline/kafka/kafka_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/kafka/embedded_broker.h"
#include "pipeline/kafka/topic_reader.h"
#include "tests/support/fakes.h"

namespace copydesk {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int16_t kProduce = 0;  // of Kafka's protocol

class KafkaSinkTest : public testing::Test {
 protected:
  // A sink that waits `linger_ms` for more records before it sends any.
  void Open(const std::string& brokers, const std::string& linger_ms,
            const std::string& timeout_ms) {
    absl::StatusOr<std::unique_ptr<KafkaSink>> sink =
        KafkaSink::Make({{"bootstrap.servers", brokers},
                         {"linger.ms", linger_ms},
                         {"compression.type", "none"},
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
  // The values that arrived.
  std::vector<std::string> Arrived() {
    auto reader = TopicReader::Open({{"bootstrap.servers", broker_->address()}}, {"out"});
    EXPECT_TRUE(reader.ok()) << reader.status();
    std::vector<std::string> values;
    Record record;
    while (*(*reader)->Next(seconds(10), &record)) values.push_back(record.value);
    return values;
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
  const absl::Status status = sink_->EndCommit(seconds(10)).value_or(absl::OkStatus());
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), testing::EndsWith(", 1 to out"));
  EXPECT_THAT(input_.commits, IsEmpty());
  BeginCommit(2, seconds(30));
  EXPECT_EQ(sink_->EndCommit(milliseconds(10)), std::nullopt);
  EXPECT_TRUE(sink_->EndCommit(seconds(30)).value_or(absl::UnknownError("no end")).ok());
  EXPECT_THAT(input_.commits, ElementsAre(2));
}

// From one record, each time with another value: short ones, that a string keeps within itself,
// such as a request takes a copy of, and such as it refers to until it is written. Half of them are
// sent when the others are through, and their memory free.
TEST_F(KafkaSinkTest, EachRecordOnItsWayKeepsItsValue) {
  OpenEmbedded("500");
  std::vector<std::string> sent;
  Record record = MakeRecord(0, "");
  record.topic = "out";
  record.partition = 0;
  for (int64_t half = 1; half <= 2; ++half) {
    for (size_t bytes : {3u, 200'000u, 0u, 15u, 16u, 1'000u, 1'001u, 4u, 70'000u}) {
      sent.emplace_back(bytes, static_cast<char>('a' + sent.size()));
      record.value = sent.back();
      ASSERT_TRUE(sink_->Send(record).ok());
      record.value.assign(record.value.size() + 5, '#');
    }
    BeginCommit(half, seconds(30));
    EXPECT_TRUE(sink_->EndCommit(seconds(30)).value_or(absl::UnknownError("no end")).ok());
    EXPECT_EQ(sink_->bytes_in_flight(), 0u);
  }
  EXPECT_EQ(Arrived(), sent);
}

TEST_F(KafkaSinkTest, ARecordThatIsTooLargeIsAsBefore) {
  OpenEmbedded("0");
  Record record = MakeRecord(0, std::string(70'000'000, 'a'));
  record.topic = "out";
  EXPECT_TRUE(absl::IsInvalidArgument(sink_->Send(record)));
  EXPECT_EQ(record.value.size(), 70'000'000u);
  EXPECT_EQ(sink_->bytes_in_flight(), 0u);
  Send("small");
  EXPECT_TRUE(sink_->Flush(seconds(30)).ok());
  EXPECT_THAT(Arrived(), ElementsAre("small"));
}

// Requests that are not answered, and records that are in none yet, refer to the sink's memory when
// it ends: it is for AddressSanitizer to tell.
TEST_F(KafkaSinkTest, EndsWithRecordsOnTheirWay) {
  OpenEmbedded("0");
  broker_->DelayNext(kProduce, seconds(10));
  for (int i = 0; i < 100; ++i) Send(std::string(100'000, 'a'));
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(sink_->bytes_in_flight(), 10'000'000u);
  sink_.reset();
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
  EXPECT_EQ(sink_->bytes_in_flight(), 0u);
  BeginCommit(1, seconds(30));
  EXPECT_TRUE(sink_->EndCommit(seconds(10)).value_or(absl::UnknownError("no end")).ok());
}

}  // namespace
}  // namespace copydesk
