#include "pipeline/kafka/changelog_topics.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <string_view>

#include "pipeline/kafka/admin.h"
#include "pipeline/kafka/group_progress.h"

namespace copydesk {
namespace {

constexpr int kTimeoutMs = 15'000;
constexpr size_t kTopicNameBytesMax = 249;

// What the brokers are told of a new changelog. Small segments: only closed ones are compacted, and
// what is not compacted is read back.
constexpr std::pair<const char*, const char*> kTopicConfig[] = {
    {"cleanup.policy", "compact"},
    {"segment.bytes", "67108864"},
    {"min.cleanable.dirty.ratio", "0.1"},
    // Changes have the times of the stories they are about, which may be of years ago.
    {"message.timestamp.type", "LogAppendTime"},
};

absl::Status FirstError(const rd_kafka_topic_result_t** results, size_t count,
                        rd_kafka_resp_err_t ignored, std::string_view doing) {
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == ignored) continue;
    const char* reason = rd_kafka_topic_result_error_string(results[i]);
    return ToStatus(error, fmt::format("{}{}{}", doing, reason == nullptr ? "" : ": ",
                                       reason == nullptr ? "" : reason));
  }
  return absl::OkStatus();
}

absl::Status Create(rd_kafka_t* client, const std::string& topic, int32_t partitions) {
  const std::string doing = fmt::format("creating the changelog {}", topic);
  char reason[512] = "";
  rd_kafka_NewTopic_t* request = rd_kafka_NewTopic_new(
      topic.c_str(), partitions, /*replication: the brokers' default*/ -1, reason, sizeof(reason));
  if (request == nullptr) return absl::InvalidArgumentError(fmt::format("{}: {}", doing, reason));
  for (const auto& [name, value] : kTopicConfig) rd_kafka_NewTopic_set_config(request, name, value);
  const auto event = AskBrokers(client, doing, [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(client, &request, 1, nullptr, queue);
  });
  rd_kafka_NewTopic_destroy(request);
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  // Another worker that starts at the same time may have been faster.
  absl::Status status = FirstError(results, count, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, doing);
  if (status.ok()) spdlog::info("created the changelog {}, {} partitions", topic, partitions);
  return status;
}

// False for a group that the brokers have never heard of: known at once, while to ask what it has
// read takes seconds before a topology's first start.
bool IsKnown(rd_kafka_t* client, const std::string& group) {
  const rd_kafka_group_list* groups = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_list_groups(client, group.c_str(), &groups, kTimeoutMs);
  const bool is_known = error != RD_KAFKA_RESP_ERR_NO_ERROR || groups->group_cnt > 0;
  if (groups != nullptr) rd_kafka_group_list_destroy(groups);
  return is_known;
}

// Whether the group has read of the topic; false without an answer.
bool HasRead(rd_kafka_t* client, const KafkaProperties& properties, const std::string& group,
             const std::string& topic) {
  if (!IsKnown(client, group)) return false;
  const auto progress = GroupProgress::Open(properties, group, topic);
  if (!progress.ok()) return false;
  const absl::StatusOr<int64_t> offsets = (*progress)->CommittedOffsets();
  return offsets.ok() && *offsets > 0;
}

// Tells, or refuses, what is lost with a changelog that is not there.
absl::Status TellLoss(rd_kafka_t* client, const KafkaProperties& properties,
                      const ChangelogTopicSpec& spec, const std::string& group,
                      bool fails_when_lost) {
  if (!HasRead(client, properties, group, spec.input)) return absl::OkStatus();
  const std::string what = fmt::format(
      "there is no changelog {}, though group '{}' has read of {}: nothing is remembered of that",
      spec.name, group, spec.input);
  if (fails_when_lost) {
    return absl::DataLossError(
        fmt::format("kafka: {}, and `lost: fail`; say earliest or latest to go on without", what));
  }
  spdlog::warn("{}; going on without", what);
  return absl::OkStatus();
}

absl::Status AddPartitions(rd_kafka_t* client, const std::string& topic, int32_t partitions) {
  const std::string doing = fmt::format("adding partitions to the changelog {}", topic);
  char reason[512] = "";
  rd_kafka_NewPartitions_t* request = rd_kafka_NewPartitions_new(
      topic.c_str(), static_cast<size_t>(partitions), reason, sizeof(reason));
  if (request == nullptr) return absl::InvalidArgumentError(fmt::format("{}: {}", doing, reason));
  const auto event = AskBrokers(client, doing, [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreatePartitions(client, &request, 1, nullptr, queue);
  });
  rd_kafka_NewPartitions_destroy(request);
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_topic_result_t** results = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(event->get()), &count);
  return FirstError(results, count, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, doing);
}

absl::Status CheckCompacted(rd_kafka_t* client, const std::string& topic) {
  rd_kafka_ConfigResource_t* request =
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  const auto event = AskBrokers(client, fmt::format("looking at the changelog {}", topic),
                                [&](rd_kafka_queue_t* queue) {
                                  rd_kafka_DescribeConfigs(client, &request, 1, nullptr, queue);
                                });
  rd_kafka_ConfigResource_destroy(request);
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_ConfigResource_t** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    size_t entries = 0;
    const rd_kafka_ConfigEntry_t** configs =
        rd_kafka_ConfigResource_configs(resources[i], &entries);
    for (size_t j = 0; j < entries; ++j) {
      if (std::string_view(rd_kafka_ConfigEntry_name(configs[j])) != "cleanup.policy") continue;
      const char* policy = rd_kafka_ConfigEntry_value(configs[j]);
      if (policy == nullptr || std::string_view(policy) == "compact") continue;
      return absl::FailedPreconditionError(
          fmt::format("kafka: the changelog {} has cleanup.policy={}, expected compact: it forgets "
                      "what the stage remembers",
                      topic, policy));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status EnsureChangelogTopics(const KafkaProperties& properties,
                                   const std::vector<ChangelogTopicSpec>& specs,
                                   const std::string& group, bool fails_when_lost) {
  if (specs.empty()) return absl::OkStatus();
  std::vector<std::string> names;
  for (const ChangelogTopicSpec& spec : specs) {
    if (spec.name.size() > kTopicNameBytesMax) {
      return absl::InvalidArgumentError(
          fmt::format("kafka: the changelog's name {} is longer than {} bytes; shorten the "
                      "topology's name or the input topic's",
                      spec.name, kTopicNameBytesMax));
    }
    names.push_back(spec.name);
    names.push_back(spec.input);
  }
  const auto infos = DescribeTopics(properties, names, std::chrono::milliseconds(kTimeoutMs));
  if (!infos.ok()) return infos.status();
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf =
      MakeKafkaConf({{"client.id", "copydesk"}}, properties);
  if (!conf.ok()) return conf.status();
  const absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_PRODUCER, *std::move(conf));
  if (!client.ok()) return client.status();
  for (size_t i = 0; i < specs.size(); ++i) {
    const TopicInfo& changelog = (*infos)[2 * i];
    const TopicInfo& input = (*infos)[2 * i + 1];
    absl::Status status;
    if (changelog.partitions == 0) {
      status = TellLoss(client->get(), properties, specs[i], group, fails_when_lost);
      if (status.ok()) status = Create(client->get(), changelog.name, input.partitions);
    } else if (changelog.partitions > input.partitions) {
      status = absl::FailedPreconditionError(fmt::format(
          "kafka: the changelog {} has {} partitions, its input {} has {}: the input was made "
          "anew; delete the changelog, or give the topology another name",
          changelog.name, changelog.partitions, input.name, input.partitions));
    } else {
      status = CheckCompacted(client->get(), changelog.name);
      if (status.ok() && changelog.partitions < input.partitions) {
        spdlog::warn("{} has got {} partitions, it had {}: stories may come in another than before",
                     input.name, input.partitions, changelog.partitions);
        status = AddPartitions(client->get(), changelog.name, input.partitions);
      }
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace copydesk
