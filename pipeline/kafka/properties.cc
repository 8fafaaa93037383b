#include "pipeline/kafka/properties.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "pipeline/kafka/client.h"

namespace copydesk {
namespace {

constexpr int64_t kSessionTimeoutMs = 45'000;  // librdkafka's default

constexpr RequiredProperty kRequired[] = {
    {"enable.auto.commit", "false", "offsets are committed when records are finished"},
    {"enable.auto.offset.store", "false", "offsets are committed when records are finished"},
    {"enable.partition.eof", "true", "the end tells a lag from the marks of transactions"},
    {"isolation.level", "read_committed", "what a feed has taken back would be published"},
    {"enable.idempotence", "true", "records that are sent again would come doubled, or too late"},
};

template <typename... Args>
absl::Status Refuse(fmt::format_string<Args...> format, Args&&... args) {
  return absl::InvalidArgumentError("kafka: " + fmt::format(format, std::forward<Args>(args)...));
}

// A transaction is begun with its first record, and the brokers count from there.
absl::Status CheckCommitInterval(const Topology& topology, int64_t timeout_ms) {
  if (topology.guarantee != Guarantee::kExactlyOnce) return absl::OkStatus();
  const int64_t interval_ms = topology.commit_interval.count();
  if (interval_ms <= timeout_ms / 2) return absl::OkStatus();
  return Refuse(
      "commit_interval is {} ms, expected at most half of transaction.timeout.ms ({}): brokers "
      "give up what is open for longer, and it would never be committed",
      interval_ms, timeout_ms);
}

// OpenSSL does not say what is wrong with a file.
absl::Status CheckFiles(const std::map<std::string, std::string>& properties) {
  for (const char* name : {"ssl.ca.location", "ssl.certificate.location", "ssl.crl.location",
                           "ssl.key.location", "ssl.keystore.location"}) {
    const auto found = properties.find(name);
    // "probe" lets librdkafka look in the usual places.
    if (found == properties.end() || found->second.empty() || found->second == "probe") continue;
    if (access(found->second.c_str(), R_OK) == 0) continue;
    return Refuse("{}: {}: {}", name, found->second, std::strerror(errno));
  }
  return absl::OkStatus();
}

}  // namespace

std::span<const RequiredProperty> RequiredProperties() { return kRequired; }

absl::Status CheckProperties(const Topology& topology) {
  if (const auto conf = MakeKafkaConf({}, topology.kafka); !conf.ok()) return conf.status();
  const auto find = [&](const char* name) -> const std::string* {
    const auto found = topology.kafka.find(name);
    return found == topology.kafka.end() ? nullptr : &found->second;
  };
  const std::string* brokers = find("bootstrap.servers");
  if (brokers == nullptr) brokers = find("metadata.broker.list");
  if (brokers == nullptr || brokers->empty()) {
    return Refuse("bootstrap.servers is missing, expected brokers such as localhost:9092");
  }
  for (const auto& [name, value, why] : kRequired) {
    const std::string* given = find(name);
    if (given == nullptr || *given == value) continue;
    return Refuse("{} must be {}: {}, found '{}'", name, value, why, *given);
  }
  if (find("transactional.id") != nullptr) {
    return Refuse(
        "transactional.id cannot be given: it is made of the topology's name and the worker's; "
        "name that by `worker:`");
  }
  if (const std::string* reset = find("auto.offset.reset")) {
    return Refuse(
        "auto.offset.reset is '{}': say `lost: earliest`, latest or fail under `source:` instead",
        *reset);
  }
  if (find("group.instance.id") != nullptr && topology.threads > 1) {
    return Refuse(
        "group.instance.id would be that of {} stream threads, which fence each other: say "
        "`static_membership: true` and a `worker:` instead",
        topology.threads);
  }
  if (const std::string* group = find("group.id"); group != nullptr && group->empty()) {
    return Refuse("group.id is empty, expected a name; without it the group is '{}'",
                  topology.name);
  }
  if (absl::Status status = CheckFiles(topology.kafka); !status.ok()) return status;
  const auto number = [&](const char* name, int64_t otherwise) -> int64_t {
    const std::string* given = find(name);
    return given == nullptr ? otherwise : std::atoll(given->c_str());
  };
  const int64_t session_ms = number("session.timeout.ms", kSessionTimeoutMs);
  const int64_t heartbeat_ms = number("heartbeat.interval.ms", kHeartbeatIntervalMs);
  if (session_ms > 0 && heartbeat_ms >= session_ms) {
    return Refuse(
        "heartbeat.interval.ms is {}, expected less than session.timeout.ms ({}), a third say: "
        "between two the group takes the worker for dead",
        heartbeat_ms, session_ms);
  }
  return CheckCommitInterval(topology, number("transaction.timeout.ms", kTransactionTimeoutMs));
}

}  // namespace copydesk
