#include "pipeline/kafka/client.h"

#include <fmt/format.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include <cstring>
#include <mutex>

#include "pipeline/config.h"  // Nearest

namespace copydesk {
namespace {

void Log(const rd_kafka_t* /*client*/, int level, const char* facility, const char* text) {
  // Producer and consumer share their properties here, so each is told of the other's.
  if (std::strcmp(facility, "CONFWARN") == 0) return;
  if (level <= LOG_ERR) {
    spdlog::error("kafka: {}: {}", facility, text);
  } else if (level <= LOG_WARNING) {
    spdlog::warn("kafka: {}: {}", facility, text);
  } else {
    spdlog::debug("kafka: {}: {}", facility, text);
  }
}

// Keeps why a client's last connection failed, instead of logging it: for a client whose failure is
// told as one error. Outlives the client whose opaque it is.
class LastFailure {
 public:
  static void Keep(const rd_kafka_t* client, int /*level*/, const char* facility,
                   const char* text) {
    if (std::strcmp(facility, "FAIL") != 0) return;
    auto& self = *static_cast<LastFailure*>(rd_kafka_opaque(client));
    const char* behind_thread = std::strstr(text, "]: ");
    const std::lock_guard lock(self.mutex_);
    self.text_ = behind_thread == nullptr ? text : behind_thread + 3;
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;  // guarded by mutex_
};

// A client's own threads compress and fetch behind the stream thread's back. Where processors are
// few they would take its own from it, each time it gives them something to do, while another is
// idle. As batch threads (sched(7)) they do not preempt, and the kernel takes them to where there
// is room.
constexpr int kClientNiceness = 5;

rd_kafka_resp_err_t StepBack(rd_kafka_t* /*client*/, rd_kafka_thread_type_t /*type*/,
                             const char* /*name*/, void* /*opaque*/) {
  // A system that refuses either loses speed and nothing else. From the process's own niceness: the
  // thread that made this one may be a client's.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()),
              getpriority(PRIO_PROCESS, static_cast<id_t>(getpid())) + kClientNiceness);
  const sched_param none = {};
  sched_setscheduler(gettid(), SCHED_BATCH, &none);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t OnNewClient(rd_kafka_t* client, const rd_kafka_conf_t* /*conf*/,
                                void* /*opaque*/, char* /*reason*/, size_t /*reason_size*/) {
  return rd_kafka_interceptor_add_on_thread_start(client, "copydesk", StepBack, nullptr);
}

// Every property name this librdkafka knows, its topic properties included.
std::vector<std::string> PropertyNames(const rd_kafka_conf_t* conf) {
  std::vector<std::string> names;
  const auto add = [&](const char** dump, size_t count) {
    for (size_t i = 0; i < count; i += 2) names.emplace_back(dump[i]);
    rd_kafka_conf_dump_free(dump, count);
  };
  size_t count = 0;
  const char** dump = rd_kafka_conf_dump(const_cast<rd_kafka_conf_t*>(conf), &count);
  add(dump, count);
  rd_kafka_topic_conf_t* topic_conf = rd_kafka_topic_conf_new();
  dump = rd_kafka_topic_conf_dump(topic_conf, &count);
  add(dump, count);
  rd_kafka_topic_conf_destroy(topic_conf);
  return names;
}

// The new group protocol (KIP-848) is fit for use from 2.12 on; before, it is absent or a preview.
absl::Status CheckConsumerProtocol() {
  constexpr int kFirstFit = 0x020c0000;
  if (rd_kafka_version() >= kFirstFit) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("kafka: group.protocol: consumer needs librdkafka 2.12 or later, this is {}; "
                  "leave it at classic",
                  rd_kafka_version_str()));
}

absl::Status SetProperty(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  if (name == "group.protocol") {
    if (value == "consumer") {
      if (absl::Status status = CheckConsumerProtocol(); !status.ok()) return status;
    } else if (value == "classic") {
      return absl::OkStatus();  // the default, and all there is before 2.4
    }
  }
  char reason[512] = "";
  const rd_kafka_conf_res_t result =
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof(reason));
  if (result == RD_KAFKA_CONF_OK) return absl::OkStatus();
  if (result == RD_KAFKA_CONF_UNKNOWN) {
    const std::vector<std::string> names = PropertyNames(conf);
    const std::string_view nearest = Nearest(name, {names.begin(), names.end()});
    return absl::InvalidArgumentError(
        nearest.empty() ? fmt::format("kafka: librdkafka has no property '{}'", name)
                        : fmt::format("kafka: librdkafka has no property '{}', did you mean '{}'?",
                                      name, nearest));
  }
  // librdkafka's reason quotes no value of a secret property.
  return absl::InvalidArgumentError(fmt::format("kafka: {}: {}", name, reason));
}

}  // namespace

absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> MakeKafkaConf(const KafkaProperties& defaults,
                                                        const KafkaProperties& properties) {
  KafkaPtr<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), Log);
  for (const KafkaProperties* set : {&defaults, &properties}) {
    for (const auto& [name, value] : *set) {
      if (absl::Status status = SetProperty(conf.get(), name, value); !status.ok()) return status;
    }
  }
  return conf;
}

absl::StatusOr<KafkaPtr<rd_kafka_t>> MakeKafkaClient(rd_kafka_type_t type,
                                                     KafkaPtr<rd_kafka_conf_t> conf) {
  rd_kafka_conf_interceptor_add_on_new(conf.get(), "copydesk", OnNewClient, nullptr);
  char reason[512] = "";
  KafkaPtr<rd_kafka_t> client(rd_kafka_new(type, conf.get(), reason, sizeof(reason)));
  if (client == nullptr) return absl::InvalidArgumentError(fmt::format("kafka: {}", reason));
  conf.release();  // the client owns it now
  return client;
}

void CopyMessage(const rd_kafka_message_t& message, Record* record) {
  record->partition = message.partition;
  record->offset = message.offset;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record->timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  record->has_key = message.key != nullptr;
  record->key.assign(static_cast<const char*>(message.key), message.key_len);
  record->value.reserve(message.len + kValueRoomBytes);
  record->value.assign(static_cast<const char*>(message.payload), message.len);
  record->is_tombstone = message.payload == nullptr;
  record->headers.clear();
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record->headers.push_back({name, std::string(static_cast<const char*>(value), size)});
  }
}

absl::StatusOr<std::vector<TopicInfo>> DescribeTopics(const KafkaProperties& properties,
                                                      const std::vector<std::string>& topics,
                                                      std::chrono::milliseconds timeout) {
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf = MakeKafkaConf({}, properties);
  if (!conf.ok()) return conf.status();
  LastFailure failure;
  rd_kafka_conf_set_log_cb(conf->get(), LastFailure::Keep);
  rd_kafka_conf_set_opaque(conf->get(), &failure);
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_PRODUCER, *std::move(conf));
  if (!client.ok()) return client.status();
  // All topics at once: asking for one by name may create it.
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client->get(), /*all_topics=*/1, nullptr,
                                                      &metadata, static_cast<int>(timeout.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    auto brokers = properties.find("bootstrap.servers");
    if (brokers == properties.end()) brokers = properties.find("metadata.broker.list");
    std::string reason = failure.text();
    if (reason.find("mechanism SCRAM") != std::string::npos && rd_kafka_version() < 0x020601ff) {
      reason += fmt::format(
          "; librdkafka {} cannot log in to Kafka 4 by SCRAM, whatever the password: use 2.6.1 or "
          "later (Debian 13), or another sasl.mechanism",
          rd_kafka_version_str());
    }
    return ToStatus(error, fmt::format("no broker answers at '{}' within {} ms{}{}",
                                       brokers == properties.end() ? "" : brokers->second,
                                       timeout.count(), reason.empty() ? "" : ": ", reason));
  }
  std::vector<TopicInfo> infos;
  for (const std::string& topic : topics) {
    TopicInfo info{topic, 0};
    for (int i = 0; i < metadata->topic_cnt; ++i) {
      if (topic == metadata->topics[i].topic) info.partitions = metadata->topics[i].partition_cnt;
    }
    infos.push_back(std::move(info));
  }
  rd_kafka_metadata_destroy(metadata);
  return infos;
}

}  // namespace copydesk
