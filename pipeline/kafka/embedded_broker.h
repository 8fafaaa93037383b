// An embedded broker for a first try: librdkafka's mock cluster, in this process, on loopback.
//
// It keeps about 5 MB a partition and drops what is older, forgets everything when it ends, takes
// seconds to form a group, and only pretends transactions. Other processes reach it by its address.
//
// Threads: thread-safe once made.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"

struct rd_kafka_mock_cluster_s;

namespace copydesk {

class EmbeddedBroker {
 public:
  // About what one partition keeps: a feeder that is farther ahead of its reader loses records.
  static constexpr int64_t kPartitionBytesMax = 5'000'000;

  // Starts a broker with `topics`, each with `partitions`.
  static absl::StatusOr<std::unique_ptr<EmbeddedBroker>> Start(
      const std::vector<std::string>& topics, int partitions);
  ~EmbeddedBroker();

  // host:port, for bootstrap.servers.
  const std::string& address() const { return address_; }
  // For tests: the next request of a kind, by its key in Kafka's protocol, is answered so late.
  void DelayNext(int16_t request, std::chrono::milliseconds delay);

 private:
  EmbeddedBroker() = default;
  KafkaPtr<rd_kafka_t> client_;  // hosts the mock cluster's thread
  rd_kafka_mock_cluster_s* cluster_ = nullptr;
  std::string address_;
};

}  // namespace copydesk
