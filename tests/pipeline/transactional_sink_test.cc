// How a transaction ends whose broker answers late, on the embedded broker.
#include "pipeline/kafka/transactional_sink.h"

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

constexpr int16_t kEndTxn = 26;  // of Kafka's protocol

class Listener : public AssignmentListener {
 public:
  void OnAssigned(std::span<const TopicPartition> partitions) override {
    assigned += partitions.size();
  }
  void OnRevoked(std::span<const TopicPartition> /*partitions*/, bool /*is_lost*/) override {}
  size_t assigned = 0;
};

TEST(TransactionalSink, WaitsForWhatBecameOfACommitLongerThanForOneToBegin) {
  const auto broker = EmbeddedBroker::Start({"in", "out"}, 1);
  ASSERT_TRUE(broker.ok()) << broker.status();
  const KafkaProperties properties = {{"bootstrap.servers", (*broker)->address()}};
  KafkaSourceOptions options;
  options.topics = {"in"};
  options.group = "group";
  auto source = KafkaSource::Make(properties, options);
  ASSERT_TRUE(source.ok()) << source.status();
  Listener listener;
  Batch batch;
  const auto end = steady_clock::now() + seconds(30);
  while (listener.assigned == 0 && steady_clock::now() < end) {
    ASSERT_TRUE((*source)->Poll(milliseconds(100), {}, listener, &batch).ok());
  }
  ASSERT_EQ(1u, listener.assigned);
  auto sink = TransactionalSink::Make(properties, "id", **source, nullptr);
  ASSERT_TRUE(sink.ok()) << sink.status();
  Record record = MakeRecord(0, "value");
  record.topic = "out";
  ASSERT_TRUE((*sink)->Send(record).ok());
  (*broker)->DelayNext(kEndTxn, seconds(3));
  const CommittableOffset offset = {{"in", 0}, 1};
  const auto start = steady_clock::now();
  const absl::Status status = (*sink)->Commit(**source, {&offset, 1}, milliseconds(1'500));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_GE(steady_clock::now() - start, seconds(3));
  // And the next one is as if nothing had been.
  ASSERT_TRUE((*sink)->Send(record).ok());
  EXPECT_TRUE((*sink)->Commit(**source, {&offset, 1}, seconds(30)).ok());
  (*source)->Close(listener);
}

}  // namespace
}  // namespace copydesk
