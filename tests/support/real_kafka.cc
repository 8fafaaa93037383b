#include "tests/support/real_kafka.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "pipeline/kafka/topic_reader.h"
#include "tests/support/subprocess.h"

namespace copydesk {
namespace {

constexpr const char* kScript = COPYDESK_ROOT "/deploy/kafka";
// The first start on a machine fetches the jars.
constexpr std::chrono::minutes kStartTimeout{5};
// A broker whose disk is busy answers late.
constexpr int kRequestTimeoutMs = 60'000;

struct Running {
  TempFolder folder;
  std::string brokers;
  KafkaProperties secure;
  int alive = -1;  // write end of a pipe: the guardian stops the broker when it closes
  int ended = -1;  // read end of another, which closes when the guardian has done so
};
std::vector<std::unique_ptr<Running>> running;

// For what no test can go on without.
void Require(bool holds, const absl::Status& otherwise) {
  if (holds) return;
  std::fprintf(stderr, "real_kafka: %s\n", std::string(otherwise.message()).c_str());
  std::abort();
}
void Require(bool holds, const char* otherwise) { Require(holds, absl::InternalError(otherwise)); }
void Require(rd_kafka_resp_err_t error) { Require(error == 0, rd_kafka_err2str(error)); }
void Require(rd_kafka_error_t* error) {
  Require(error == nullptr, error == nullptr ? "" : rd_kafka_error_string(error));
}

KafkaProperties Properties() { return {{"bootstrap.servers", RealKafka::brokers()}}; }

KafkaPtr<rd_kafka_t> MakeClient(rd_kafka_type_t type, const KafkaProperties& properties) {
  auto conf = MakeKafkaConf({}, properties);
  Require(conf.ok(), conf.status());
  auto client = MakeKafkaClient(type, *std::move(conf));
  Require(client.ok(), client.status());
  return *std::move(client);
}

// Leaves a process behind that outlives this one, whatever kills it, to stop the broker.
void StartGuardian(const std::string& folder, int* alive, int* ended) {
  int to[2], from[2];
  Require(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0, "no pipe");
  // The shell gives a command in the background another standard input: fd 3 keeps this one.
  const std::string script = fmt::format(
      "exec 3<&0; setsid sh -c 'cat >/dev/null; exec {} stop --purge --dir {}' <&3 3<&- &", kScript,
      folder);
  const pid_t child = fork();
  Require(child >= 0, "no fork");
  if (child == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
    _exit(127);
  }
  waitpid(child, nullptr, 0);
  close(to[0]);
  close(from[1]);
  *alive = to[1];
  *ended = from[0];
}

// What stands behind `name` on its line, "" for none.
std::string ValueOf(const std::string& lines, std::string_view name) {
  const size_t at = lines.find(name);
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size();
  return lines.substr(begin, lines.find('\n', begin) - begin);
}

int StartBroker(const std::vector<std::string>& options) {
  auto broker = std::make_unique<Running>();
  const std::string& folder = broker->folder.path();
  StartGuardian(folder, &broker->alive, &broker->ended);
  std::vector<std::string> command = {kScript, "start", "--dir", folder};
  command.insert(command.end(), options.begin(), options.end());
  const Finished start = RunToEnd(command, kStartTimeout);
  std::fputs(start.err.c_str(), stderr);
  if (start.status != 0) return start.status.value_or(1);
  broker->brokers = ValueOf(start.out, "bootstrap=");
  broker->secure["bootstrap.servers"] = ValueOf(start.out, "secure=");
  Require(!broker->brokers.empty(), "deploy/kafka did not say where");
  running.push_back(std::move(broker));
  return 0;
}

}  // namespace

int RealKafka::Start() { return StartBroker({}); }

int RealKafka::StartSecure() {
  // Before 2.6.1 librdkafka says the client's nonce twice, which Kafka 4 no longer lets pass.
  if (rd_kafka_version() < 0x020601ff) setenv("KAFKA_VERSION", "3.9.1", /*overwrite=*/0);
  const int status = StartBroker({"--secure"});
  unsetenv("KAFKA_VERSION");
  if (status != 0) return status;
  Running& broker = *running.back();
  broker.secure["security.protocol"] = "sasl_ssl";
  broker.secure["ssl.ca.location"] = broker.folder.path() + "/ca.pem";
  broker.secure["sasl.mechanism"] = "SCRAM-SHA-512";
  std::ifstream credentials(broker.folder.path() + "/credentials");
  std::getline(credentials, broker.secure["sasl.username"]);
  std::getline(credentials, broker.secure["sasl.password"]);
  Require(credentials.good(), "deploy/kafka left no credentials");
  return 0;
}

void RealKafka::Stop() {
  Running& broker = *running.back();
  close(broker.alive);
  char ignored[256];
  while (read(broker.ended, ignored, sizeof(ignored)) > 0) {
  }
  close(broker.ended);
  running.pop_back();
}

void RealKafka::TakeDown() {
  const Finished stop =
      RunToEnd({kScript, "stop", "--dir", running.back()->folder.path()}, std::chrono::minutes(1));
  Require(stop.status == 0, "deploy/kafka stop failed");
}

void RealKafka::BringBack() {
  const Finished start =
      RunToEnd({kScript, "start", "--dir", running.back()->folder.path()}, std::chrono::minutes(2));
  std::fputs(start.err.c_str(), stderr);
  Require(start.status == 0, "deploy/kafka start failed");
}

void RealKafka::Signal(int signal) {
  pid_t pid = 0;
  std::ifstream(running.back()->folder.path() + "/broker.pid") >> pid;
  Require(pid > 0 && kill(pid, signal) == 0, "no signal to the broker");
}

const std::string& RealKafka::brokers() { return running.back()->brokers; }
const KafkaProperties& RealKafka::secure() { return running.back()->secure; }

void CreateTopics(const std::vector<NewTopic>& topics) {
  const KafkaPtr<rd_kafka_t> client = MakeClient(RD_KAFKA_PRODUCER, Properties());
  char reason[512] = "";
  std::vector<rd_kafka_NewTopic_t*> requests;
  for (const NewTopic& topic : topics) {
    requests.push_back(
        rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, 1, reason, sizeof(reason)));
    Require(requests.back() != nullptr, reason);
    for (const auto& [name, value] : topic.properties) {
      rd_kafka_NewTopic_set_config(requests.back(), name.c_str(), value.c_str());
    }
  }
  const KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  rd_kafka_CreateTopics(client.get(), requests.data(), requests.size(), nullptr, queue.get());
  const KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kRequestTimeoutMs));
  Require(event != nullptr, "topics are not created in time");
  Require(rd_kafka_event_error(event.get()));
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    Require(rd_kafka_topic_result_error(results[i]));
  }
  rd_kafka_NewTopic_destroy_array(requests.data(), requests.size());
  // The broker that answers may hear of them a moment after the one that made them.
  std::vector<std::string> names;
  for (const NewTopic& topic : topics) names.push_back(topic.name);
  Require(WaitUntil(
              [&] {
                const auto infos = DescribeTopics(Properties(), names, std::chrono::seconds(5));
                return infos.ok() && std::all_of(infos->begin(), infos->end(),
                                                 [](const auto& i) { return i.partitions > 0; });
              },
              std::chrono::milliseconds(kRequestTimeoutMs)),
          "created topics do not appear");
}

void DeleteTopics(const std::vector<std::string>& topics) {
  const KafkaPtr<rd_kafka_t> client = MakeClient(RD_KAFKA_PRODUCER, Properties());
  std::vector<rd_kafka_DeleteTopic_t*> requests;
  for (const std::string& topic : topics) {
    requests.push_back(rd_kafka_DeleteTopic_new(topic.c_str()));
  }
  const KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteTopics(client.get(), requests.data(), requests.size(), nullptr, queue.get());
  const KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kRequestTimeoutMs));
  Require(event != nullptr, "topics are not deleted in time");
  Require(rd_kafka_event_error(event.get()));
  rd_kafka_DeleteTopic_destroy_array(requests.data(), requests.size());
}

void AddPartitions(const std::string& topic, size_t partitions) {
  const KafkaPtr<rd_kafka_t> client = MakeClient(RD_KAFKA_PRODUCER, Properties());
  char reason[512] = "";
  rd_kafka_NewPartitions_t* request =
      rd_kafka_NewPartitions_new(topic.c_str(), partitions, reason, sizeof(reason));
  Require(request != nullptr, reason);
  const KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  rd_kafka_CreatePartitions(client.get(), &request, 1, nullptr, queue.get());
  const KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kRequestTimeoutMs));
  rd_kafka_NewPartitions_destroy(request);
  Require(event != nullptr, "partitions are not added in time");
  Require(rd_kafka_event_error(event.get()));
  size_t count = 0;
  const rd_kafka_topic_result_t** results = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) Require(rd_kafka_topic_result_error(results[i]));
}

void SetProperties(const std::string& topic, const std::map<std::string, std::string>& properties) {
  const KafkaPtr<rd_kafka_t> client = MakeClient(RD_KAFKA_PRODUCER, Properties());
  rd_kafka_ConfigResource_t* request =
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  for (const auto& [name, value] : properties) {
    Require(rd_kafka_ConfigResource_set_config(request, name.c_str(), value.c_str()));
  }
  const KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  rd_kafka_AlterConfigs(client.get(), &request, 1, nullptr, queue.get());
  const KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kRequestTimeoutMs));
  rd_kafka_ConfigResource_destroy(request);
  Require(event != nullptr, "a topic's properties are not set in time");
  Require(rd_kafka_event_error(event.get()));
  size_t count = 0;
  const rd_kafka_ConfigResource_t** resources = rd_kafka_AlterConfigs_result_resources(
      rd_kafka_event_AlterConfigs_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) Require(rd_kafka_ConfigResource_error(resources[i]));
}

void DeleteRecords(const std::string& topic, int32_t partition, int64_t before) {
  const KafkaPtr<rd_kafka_t> client = MakeClient(RD_KAFKA_PRODUCER, Properties());
  const KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = before;
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list.get());
  const KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteRecords(client.get(), &request, 1, nullptr, queue.get());
  const KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kRequestTimeoutMs));
  rd_kafka_DeleteRecords_destroy(request);
  Require(event != nullptr, "records are not deleted in time");
  Require(rd_kafka_event_error(event.get()));
  const rd_kafka_topic_partition_list_t* deleted =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  Require(deleted->elems[0].err);
}

void AllowOnly(rd_kafka_ResourceType_t type, const std::string& name,
               rd_kafka_AclOperation_t operation) {
  const KafkaPtr<rd_kafka_t> client = MakeClient(RD_KAFKA_PRODUCER, Properties());
  const std::string principal = "User:" + RealKafka::secure().at("sasl.username");
  char reason[512] = "";
  rd_kafka_AclBinding_t* rule = rd_kafka_AclBinding_new(
      type, name.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal.c_str(), "*", operation,
      RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, reason, sizeof(reason));
  Require(rule != nullptr, reason);
  const KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  rd_kafka_CreateAcls(client.get(), &rule, 1, nullptr, queue.get());
  const KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kRequestTimeoutMs));
  rd_kafka_AclBinding_destroy(rule);
  Require(event != nullptr, "rights are not changed in time");
  Require(rd_kafka_event_error(event.get()));
  size_t count = 0;
  const rd_kafka_acl_result_t** results =
      rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_error_t* error = rd_kafka_acl_result_error(results[i]);
    Require(error == nullptr, error == nullptr ? "" : rd_kafka_error_string(error));
  }
}

Feeder::Feeder() {
  KafkaProperties properties = Properties();
  properties["enable.idempotence"] = "true";
  properties["linger.ms"] = "2";
  properties["message.max.bytes"] = "16000000";
  client_ = MakeClient(RD_KAFKA_PRODUCER, properties);
}

void Feeder::Send(std::string_view topic, const Record& record) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const Header& header : record.headers) {
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  const std::string name(topic);
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  do {
    rd_kafka_poll(client_.get(), error == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : 20);
    error = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_TOPIC(name.c_str()), RD_KAFKA_V_PARTITION(record.partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(record.has_key ? record.key.data() : nullptr,
                       record.has_key ? record.key.size() : 0),
        RD_KAFKA_V_VALUE(record.is_tombstone ? nullptr : const_cast<char*>(record.value.data()),
                         record.value.size()),
        RD_KAFKA_V_TIMESTAMP(std::max<int64_t>(0, record.timestamp_ms)),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
  Require(error);
}

// Through the absence of a broker that a test has taken down.
void Feeder::Flush() { Require(rd_kafka_flush(client_.get(), 2 * kRequestTimeoutMs)); }

std::vector<Record> ReadTopic(const std::string& topic) {
  auto reader = TopicReader::Open(Properties(), {topic});
  Require(reader.ok(), reader.status());
  std::vector<Record> records;
  Record record;
  while (!(*reader)->is_at_end()) {
    const auto found = (*reader)->Next(std::chrono::milliseconds(kRequestTimeoutMs), &record);
    Require(found.ok(), found.status());
    Require(*found || (*reader)->is_at_end(), "a topic stopped answering");
    if (!*found) break;
    records.push_back(record);
    records.back().topic = {};
  }
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::pair(a.partition, a.offset) < std::pair(b.partition, b.offset);
  });
  return records;
}

std::string HeaderOf(const Record& record, std::string_view name) {
  for (const Header& header : record.headers) {
    if (header.name == name) return header.value;
  }
  return "(none)";
}

int64_t CommittedOffset(const std::string& group, const std::string& topic) {
  KafkaProperties properties = Properties();
  properties["group.id"] = group;
  const KafkaPtr<rd_kafka_t> client = MakeClient(RD_KAFKA_CONSUMER, properties);
  const KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0);
  const auto error = rd_kafka_committed(client.get(), list.get(), kRequestTimeoutMs);
  Require(error);
  return std::max<int64_t>(-1, list->elems[0].offset);
}

OpenTransaction::OpenTransaction(const std::string& group, const std::string& topic,
                                 int32_t partitions, int64_t offset) {
  KafkaProperties properties = Properties();
  properties["transactional.id"] = group + "-open";
  client_ = MakeClient(RD_KAFKA_PRODUCER, properties);
  Require(rd_kafka_init_transactions(client_.get(), kRequestTimeoutMs));
  Require(rd_kafka_begin_transaction(client_.get()));
  const KafkaPtr<rd_kafka_topic_partition_list_t> offsets(
      rd_kafka_topic_partition_list_new(partitions));
  for (int32_t partition = 0; partition < partitions; ++partition) {
    rd_kafka_topic_partition_list_add(offsets.get(), topic.c_str(), partition)->offset = offset;
  }
  const KafkaPtr<rd_kafka_consumer_group_metadata_t> nobody(
      rd_kafka_consumer_group_metadata_new(group.c_str()));
  Require(rd_kafka_send_offsets_to_transaction(client_.get(), offsets.get(), nobody.get(),
                                               kRequestTimeoutMs));
}

void OpenTransaction::Commit() {
  Require(rd_kafka_commit_transaction(client_.get(), kRequestTimeoutMs));
}

}  // namespace copydesk
