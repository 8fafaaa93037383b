// A real Kafka for the tests of one program: deploy/kafka's, started once and stopped at the end
// however the program ends.
//
// Threads: one thread. Errors: what a broker refuses ends the test program with its reason; what is
//          missing (Java, the jars) is told apart, so that the program can skip aloud.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/kafka/client.h"
#include "pipeline/record.h"

namespace copydesk {

class RealKafka {
 public:
  // ctest's code for "skipped", which deploy/kafka uses too.
  static constexpr int kSkipped = 77;

  // Starts a broker; from then on all here is about this one. Returns deploy/kafka's exit status:
  // 0, kSkipped, or an error it has told.
  static int Start();
  // The same with a listener where only TLS with SASL/SCRAM gets in. It is of a version that lets
  // this librdkafka in.
  static int StartSecure();
  // Stops the broker started last and removes what it kept; the one before it, if any, is what all
  // here is about again. Called or not, a broker ends with this process.
  static void Stop();
  // Stops it for a while, with all it keeps; it comes back at the same address.
  static void TakeDown();
  static void BringBack();
  // Sends it a signal, such as SIGSTOP.
  static void Signal(int signal);
  // Its address, for bootstrap.servers.
  static const std::string& brokers();
  // All a client needs for the secure listener, the password among it.
  static const KafkaProperties& secure();
};

// A topic to make. `properties` are the topic's own, such as max.message.bytes.
struct NewTopic {
  std::string name;
  int partitions = 1;
  std::map<std::string, std::string> properties = {};
};
void CreateTopics(const std::vector<NewTopic>& topics);
void DeleteTopics(const std::vector<std::string>& topics);
// Gives a topic more partitions: so many in all.
void AddPartitions(const std::string& topic, size_t partitions);
// Sets a topic's own properties; those not named have the brokers' defaults again.
void SetProperties(const std::string& topic, const std::map<std::string, std::string>& properties);
// Deletes the records before an offset, as retention does. Not of a topic that is only compacted.
void DeleteRecords(const std::string& topic, int32_t partition, int64_t before);

// Allows the user of the secure listener an operation on a topic or a group, and takes from it what
// else it was allowed there for want of a rule.
void AllowOnly(rd_kafka_ResourceType_t type, const std::string& name,
               rd_kafka_AclOperation_t operation);

// Writes records to the partition each one names (-1: by key), in order.
class Feeder {
 public:
  Feeder();
  // Does not wait.
  void Send(std::string_view topic, const Record& record);
  // Returns when all is durable.
  void Flush();

 private:
  KafkaPtr<rd_kafka_t> client_;
};

// All records of a topic, partition after partition, in the order of their offsets. The records'
// `topic` is empty.
std::vector<Record> ReadTopic(const std::string& topic);
// The header's value, or "(none)".
std::string HeaderOf(const Record& record, std::string_view name);
// The offset the group has committed in partition 0 of the topic, -1 for none.
int64_t CommittedOffset(const std::string& group, const std::string& topic);

// A transaction that has committed one offset in each of the first `partitions` of the topic for a
// group without members, and stays open: nobody is told what the group's offsets are.
class OpenTransaction {
 public:
  OpenTransaction(const std::string& group, const std::string& topic, int32_t partitions,
                  int64_t offset);
  void Commit();

 private:
  KafkaPtr<rd_kafka_t> client_;
};

}  // namespace copydesk
