#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pipeline/kafka/properties.h"

namespace copydesk {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Topology WithBrokers() {
  Topology topology;
  topology.name = "t";
  topology.topics = {"in"};
  topology.guarantee = Guarantee::kExactlyOnce;
  topology.commit_interval = std::chrono::milliseconds(100);
  topology.kafka["bootstrap.servers"] = "localhost:9092";
  return topology;
}

TEST(KafkaProperties, MayBeWhatTheGuaranteesDoNotRestOn) {
  Topology topology = WithBrokers();
  EXPECT_TRUE(CheckProperties(topology).ok());
  topology.kafka = {{"metadata.broker.list", "localhost:9092"},
                    {"isolation.level", "read_committed"},
                    {"group.instance.id", "one"},
                    {"group.id", "readers"},
                    {"ssl.ca.location", "probe"},
                    {"session.timeout.ms", "6000"}};
  EXPECT_TRUE(CheckProperties(topology).ok()) << CheckProperties(topology);
}

TEST(KafkaProperties, AreRefusedWhereTheGuaranteesRestOnThem) {
  const struct {
    const char* name;
    const char* value;
    const char* error;
  } cases[] = {
      {"bootstrap.servers", "", "bootstrap.servers is missing"},
      {"enable.auto.commit", "true", "enable.auto.commit must be false"},
      {"isolation.level", "read_uncommitted", "isolation.level must be read_committed"},
      {"enable.idempotence", "false", "enable.idempotence must be true"},
      {"transactional.id", "mine", "`worker:`"},
      {"auto.offset.reset", "latest", "`lost: earliest`, latest or fail"},
      {"group.instance.id", "one", "`static_membership: true`"},
      {"group.id", "", "group.id is empty"},
      {"session.timeout.ms", "1000", "heartbeat.interval.ms is 1000, expected less than session"},
      {"heartbeat.interval.ms", "45000", "expected less than session.timeout.ms (45000)"},
      {"ssl.ca.location", "/none/ca.pem", "ssl.ca.location: /none/ca.pem: No such file"},
  };
  for (const auto& [name, value, error] : cases) {
    Topology topology = WithBrokers();
    topology.threads = 2;
    topology.kafka[name] = value;
    const absl::Status status = CheckProperties(topology);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(error));
  }
  Topology topology = WithBrokers();
  topology.kafka.clear();
  EXPECT_THAT(std::string(CheckProperties(topology).message()), HasSubstr("localhost:9092"));
}

// Brokers would end each transaction before it is committed.
TEST(KafkaProperties, LeaveACommitItsTime) {
  Topology topology = WithBrokers();
  topology.commit_interval = std::chrono::seconds(15);
  EXPECT_TRUE(CheckProperties(topology).ok());
  topology.commit_interval = std::chrono::seconds(16);
  EXPECT_THAT(std::string(CheckProperties(topology).message()),
              HasSubstr("commit_interval is 16000 ms, expected at most half of "
                        "transaction.timeout.ms (30000)"));
  topology.kafka["transaction.timeout.ms"] = "60000";
  EXPECT_TRUE(CheckProperties(topology).ok());
  topology.kafka["transaction.timeout.ms"] = "a minute";
  EXPECT_THAT(std::string(CheckProperties(topology).message()),
              AllOf(HasSubstr("transaction.timeout.ms"), Not(HasSubstr("commit_interval"))));
  topology.kafka["transaction.timeout.ms"] = "10000";
  EXPECT_FALSE(CheckProperties(topology).ok());
  topology.guarantee = Guarantee::kAtLeastOnce;
  EXPECT_TRUE(CheckProperties(topology).ok());
}

}  // namespace
}  // namespace copydesk
