// How transactions end, on the embedded broker.
#include "pipeline/kafka/transactional_sink.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/kafka/embedded_broker.h"
#include "pipeline/kafka/topic_reader.h"
#include "tests/support/fakes.h"

namespace copydesk {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int16_t kEndTxn = 26;  // of Kafka's protocol

class Listener : public AssignmentListener {
 public:
  void OnAssigned(std::span<const TopicPartition> partitions) override {
    assigned += partitions.size();
  }
  void OnRevoked(std::span<const TopicPartition> /*partitions*/, bool /*is_lost*/) override {}
  size_t assigned = 0;
};

class TransactionalSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    auto broker = EmbeddedBroker::Start({"in", "out"}, 1);
    ASSERT_TRUE(broker.ok()) << broker.status();
    broker_ = *std::move(broker);
    properties_ = {{"bootstrap.servers", broker_->address()}};
    KafkaSourceOptions options;
    options.topics = {"in"};
    options.group = "group";
    auto source = KafkaSource::Make(properties_, options);
    ASSERT_TRUE(source.ok()) << source.status();
    source_ = *std::move(source);
    Batch batch;
    const auto end = steady_clock::now() + seconds(30);
    while (listener_.assigned == 0 && steady_clock::now() < end) {
      ASSERT_TRUE(source_->Poll(milliseconds(100), {}, listener_, &batch).ok());
    }
    ASSERT_EQ(1u, listener_.assigned);
  }
  void TearDown() override {
    if (source_ != nullptr) source_->Close(listener_);
  }
  // A sink that waits `linger_ms` for more records before it sends any.
  void Open(const std::string& linger_ms) {
    KafkaProperties properties = properties_;
    properties["linger.ms"] = linger_ms;
    auto sink = TransactionalSink::Make(properties, "id", *source_, nullptr);
    ASSERT_TRUE(sink.ok()) << sink.status();
    sink_ = *std::move(sink);
  }
  void Send(const std::string& value) {
    Record record = MakeRecord(0, value);
    record.topic = "out";
    ASSERT_TRUE(sink_->Send(record).ok());
  }
  absl::Status Commit(milliseconds timeout) {
    const CommittableOffset offset = {{"in", 0}, 1};
    return sink_->Commit(*source_, {&offset, 1}, timeout);
  }

  std::unique_ptr<EmbeddedBroker> broker_;
  KafkaProperties properties_;
  std::unique_ptr<KafkaSource> source_;
  Listener listener_;
  std::unique_ptr<TransactionalSink> sink_;
};

TEST_F(TransactionalSinkTest, WaitsForWhatBecameOfACommitLongerThanForOneToBegin) {
  Open("20");
  Send("value");
  broker_->DelayNext(kEndTxn, seconds(3));
  const auto start = steady_clock::now();
  const absl::Status status = Commit(milliseconds(1'500));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_GE(steady_clock::now() - start, seconds(3));
  // And the next one is as if nothing had been.
  Send("value");
  EXPECT_TRUE(Commit(seconds(30)).ok());
}

// The memory of what an abort took back from the producer is what the next records are kept in.
TEST_F(TransactionalSinkTest, WhatAnAbortTookBackLeavesRoomForWhatIsSentNext) {
  Open("10000");
  for (int i = 0; i < 50; ++i) Send(std::string(1'000, 'a'));
  EXPECT_EQ(sink_->bytes_in_flight(), 50'000u);
  const absl::StatusOr<bool> was_refused = sink_->Abort(seconds(30));
  ASSERT_TRUE(was_refused.ok()) << was_refused.status();
  EXPECT_FALSE(*was_refused);
  EXPECT_EQ(sink_->bytes_in_flight(), 0u);
  std::vector<std::string> sent;
  for (int i = 0; i < 100; ++i) {
    sent.push_back(std::to_string(i));
    Send(sent.back());
  }
  const auto start = steady_clock::now();
  ASSERT_TRUE(Commit(seconds(30)).ok());
  EXPECT_LT(steady_clock::now() - start, seconds(10)) << "a commit waits for no more records";
  EXPECT_EQ(sink_->bytes_in_flight(), 0u);
  auto reader = TopicReader::Open(properties_, {"out"});
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::vector<std::string> arrived;
  Record record;
  while (*(*reader)->Next(seconds(10), &record)) arrived.push_back(record.value);
  EXPECT_EQ(arrived, sent);
}

}  // namespace
}  // namespace copydesk
