#include "pipeline/kafka/kafka_source.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <thread>
#include <utility>

#include "pipeline/kafka/committed_offsets.h"
#include "pipeline/kafka/properties.h"
#include "pipeline/log_place.h"

namespace copydesk {
namespace {

// What suits a feed; the configuration's own properties go over these.
const KafkaProperties kDefaults = {
    {"client.id", "copydesk"},
    {"statistics.interval.ms", kStatisticsIntervalMs},
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"heartbeat.interval.ms", std::to_string(kHeartbeatIntervalMs)},
};
constexpr std::chrono::seconds kCloseTimeout{10};
constexpr std::chrono::seconds kLeaveTimeout{1};
constexpr std::chrono::seconds kDestroyTimeout{5};
constexpr int kCommitTries = 5;
constexpr std::chrono::milliseconds kAskAgainAfter{200};

// True for errors a consumer does not get over. What it does, librdkafka retries by itself.
bool IsFinal(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
      return true;
    default:
      return false;
  }
}

// Whether the client is in its group: it has an id as long as it is.
bool IsMember(rd_kafka_t* client) {
  char* const id = rd_kafka_memberid(client);
  const bool is_member = id != nullptr && *id != '\0';
  if (id != nullptr) rd_kafka_mem_free(client, id);
  return is_member;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaSource>> KafkaSource::Make(const KafkaProperties& properties,
                                                               const KafkaSourceOptions& options) {
  KafkaProperties defaults = kDefaults;
  defaults.merge(FetchWaker::Defaults());
  defaults["group.id"] = options.group;
  defaults["auto.offset.reset"] = options.lost;
  if (!options.member.empty()) defaults["group.instance.id"] = options.member;
  const auto protocol = properties.find("group.protocol");
  if (protocol != properties.end() && protocol->second == "consumer") {
    // These are the broker's affair then, and librdkafka refuses them.
    defaults.erase("partition.assignment.strategy");
    defaults.erase("heartbeat.interval.ms");
  }
  KafkaProperties given = properties;
  for (const RequiredProperty& required : RequiredProperties()) {
    given[required.name] = required.value;
  }
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf = MakeKafkaConf(defaults, given);
  if (!conf.ok()) return conf.status();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE |
                                            RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS);
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_CONSUMER, *std::move(conf));
  if (!client.ok()) return client.status();
  rd_kafka_poll_set_consumer(client->get());

  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(options.topics.size())));
  for (const std::string& topic : options.topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(client->get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(error, "subscribing");
  const FetchWaker waker(client->get(), given);
  return std::unique_ptr<KafkaSource>(new KafkaSource(*std::move(client), waker, options));
}

KafkaSource::KafkaSource(KafkaPtr<rd_kafka_t> client, const FetchWaker& waker,
                         const KafkaSourceOptions& options)
    : topics_(options.topics),
      is_static_(!options.member.empty()),
      lost_(options.lost),
      statistics_(options.statistics),
      client_(std::move(client)),
      queue_(rd_kafka_queue_get_consumer(client_.get())),
      waker_(waker) {}

KafkaSource::~KafkaSource() {
  // Before 2.3.0 librdkafka aborts when the client of a group is destroyed between its joining and
  // its first assignment (confluentinc/librdkafka#4312). A worker told to stop just then is about
  // to end: it leaves the closed client to the system.
  if (!was_assigned_ && rd_kafka_version() < 0x020300ff) {
    rd_kafka_set_log_level(client_.get(), 0);  // its threads may outlive the log
    client_.release();
    return;
  }
  // librdkafka 2.0.2 waits forever for a partition that was assigned when its topic was deleted.
  queue_.reset();
  pending_rebalance_.reset();
  auto is_done = std::make_shared<std::promise<void>>();
  const std::future<void> done = is_done->get_future();
  rd_kafka_t* const client = client_.release();
  std::thread([client, is_done] {
    rd_kafka_destroy(client);
    is_done->set_value();
  }).detach();
  if (done.wait_for(kDestroyTimeout) == std::future_status::ready) return;
  spdlog::warn("kafka: a consumer does not end; it is left to the system");
  rd_kafka_set_log_level(client, 0);
}

std::string_view KafkaSource::TopicName(std::string_view name) const {
  return *std::find(topics_.begin(), topics_.end(), name);
}

absl::Status KafkaSource::Poll(std::chrono::milliseconds wait, const BatchLimits& limits,
                               AssignmentListener& listener, Batch* batch) {
  ServeRebalance(listener);
  size_t bytes = 0;
  int wait_ms = static_cast<int>(wait.count());
  while (batch->size() < limits.records && bytes < limits.bytes) {
    KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue_.get(), wait_ms));
    if (event == nullptr) break;
    const bool is_rebalance = rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE;
    const size_t before = batch->size();
    if (is_rebalance) {
      Rebalance(listener);  // one before it, which has waited too long
      PutOff(std::move(event));
    } else if (absl::Status status = ServeEvent(event.get(), batch); !status.ok()) {
      return status;
    }
    if (is_rebalance || beginnings_ != nullptr) {
      if (batch->empty()) ServeRebalance(listener);
      break;
    }
    if (batch->size() == before) continue;
    bytes += (*batch)[batch->size() - 1].record.value.size();
    wait_ms = 0;  // take what is there, wait for no more
  }
  return absl::OkStatus();
}

absl::Status KafkaSource::ServeEvent(rd_kafka_event_t* event, Batch* batch) {
  if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH) {
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (absl::Status status = TakeRecord(*message, batch); !status.ok()) return status;
      } else if (IsFinal(message->err)) {
        return ToStatus(message->err, fmt::format("reading {}", rd_kafka_message_errstr(message)));
      } else {
        const LogPlace log_place(rd_kafka_topic_name(message->rkt), message->partition,
                                 message->offset);
        spdlog::warn("kafka: reading: {}", rd_kafka_message_errstr(message));
      }
    }
    return absl::OkStatus();
  }
  if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT) {
    return TakeBeginnings(event);
  }
  if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_STATS) {
    if (statistics_) statistics_(rd_kafka_event_stats(event));
    return absl::OkStatus();
  }
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  if (error == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    NoteEnd(event);
    return absl::OkStatus();
  }
  if (error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    // The topic's beginning has moved on, it was made anew, or the group never was here.
    const KafkaPtr<rd_kafka_topic_partition_t> lost(rd_kafka_event_topic_partition(event));
    return absl::OutOfRangeError(fmt::format(
        "kafka: {} has no offset to go on at, and `lost: fail`: {}; say earliest or latest",
        lost == nullptr ? "a partition" : fmt::format("{} [{}]", lost->topic, lost->partition),
        rd_kafka_event_error_string(event)));
  }
  if (IsFinal(error)) {
    // librdkafka's text has often the code's already.
    return absl::InternalError(fmt::format("kafka: group '{}': {}{}", GroupOf(client_.get()),
                                           rd_kafka_event_error_string(event), RemedyOf(error)));
  }
  // Everything else librdkafka retries by itself; it has been logged.
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    spdlog::warn("kafka: {}", rd_kafka_event_error_string(event));
  }
  return absl::OkStatus();
}

absl::Status KafkaSource::TakeRecord(const rd_kafka_message_t& message, Batch* batch) {
  waker_.Take(message.len);
  const TopicPartition partition{TopicName(rd_kafka_topic_name(message.rkt)), message.partition};
  const auto found = positions_.find(partition);
  if (found == positions_.end()) return absl::OkStatus();  // fetched before it was given up
  Position& position = found->second;
  if (position.is_rewound && message.offset != position.next_offset) {
    // Going on would lose records in silence; a restart goes on at the committed offset.
    return absl::DataLossError(fmt::format("kafka: {} [{}] was rewound to {} and goes on at {}",
                                           partition.topic, partition.partition,
                                           position.next_offset, message.offset));
  }
  if (position.is_held) {
    return absl::InternalError(fmt::format("kafka: {} [{}] gave a record while it was held",
                                           partition.topic, partition.partition));
  }
  Record& record = batch->Add().record;
  record.topic = partition.topic;
  CopyMessage(message, &record);
  position = {message.offset + 1, false, false, position.end_offset, record.timestamp_ms};
  return absl::OkStatus();
}

void KafkaSource::NoteEnd(rd_kafka_event_t* event) {
  const KafkaPtr<rd_kafka_topic_partition_t> end(rd_kafka_event_topic_partition(event));
  if (end == nullptr) return;
  const auto found = positions_.find(TopicPartition{TopicName(end->topic), end->partition});
  if (found == positions_.end()) return;
  Position& position = found->second;
  position.end_offset = end->offset;
  if (lost_ != "latest" || position.next_offset >= 0 || position.committed == end->offset) return;
  position.committed = end->offset;
  CommitBeginning(found->first, end->offset);
}

void KafkaSource::CommitBeginning(const TopicPartition& partition, int64_t offset) {
  const CommittableOffset beginning = {partition, offset};
  const absl::Status status = Commit({&beginning, 1});
  const LogPlace log_place(partition.topic, partition.partition, offset);
  if (status.ok()) {
    spdlog::info("{} [{}] begins at {}", partition.topic, partition.partition, offset);
  } else {
    spdlog::warn("{} [{}] begins at {}, but: {}", partition.topic, partition.partition, offset,
                 std::string(status.message()));
  }
}

std::vector<TopicPartition> KafkaSource::ToPartitions(
    const rd_kafka_topic_partition_list_t* list) const {
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < list->cnt; ++i) {
    partitions.push_back({TopicName(list->elems[i].topic), list->elems[i].partition});
  }
  return partitions;
}

void KafkaSource::PutOff(KafkaPtr<rd_kafka_event_t> rebalance) {
  pending_rebalance_ = std::move(rebalance);
  beginnings_.reset();
  ++asked_;
  ask_at_ = {};
  is_delay_told_ = false;
}

bool KafkaSource::is_assignment_pending() const {
  return pending_rebalance_ != nullptr &&
         rd_kafka_event_error(pending_rebalance_.get()) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
}

void KafkaSource::AskForBeginnings() {
  if (std::chrono::steady_clock::now() < ask_at_) return;
  ask_at_ = std::chrono::steady_clock::time_point::max();  // the answer comes
  AskForCommitted(client_.get(), queue_.get(),
                  *rd_kafka_event_topic_partition_list(pending_rebalance_.get()), asked_);
}

absl::Status KafkaSource::TakeBeginnings(rd_kafka_event_t* event) {
  CommittedOffsets committed = TakeCommitted(event);
  if (!is_assignment_pending() || committed.number != asked_) return absl::OkStatus();
  if (committed.offsets.ok()) {
    beginnings_ = *std::move(committed.offsets);
    return absl::OkStatus();
  }
  if (!absl::IsUnavailable(committed.offsets.status())) return committed.offsets.status();
  if (!std::exchange(is_delay_told_, true)) {
    spdlog::info("{}; asking again", std::string(committed.offsets.status().message()));
  }
  ask_at_ = std::chrono::steady_clock::now() + kAskAgainAfter;
  return absl::OkStatus();
}

void KafkaSource::ServeRebalance(AssignmentListener& listener) {
  const bool has_beginnings =
      is_assignment_pending() &&
      rd_kafka_event_topic_partition_list(pending_rebalance_.get())->cnt > 0;
  if (has_beginnings && beginnings_ == nullptr) return AskForBeginnings();
  Rebalance(listener);
}

void KafkaSource::Rebalance(AssignmentListener& listener) {
  if (pending_rebalance_ == nullptr) return;
  const bool is_assignment = is_assignment_pending();
  const KafkaPtr<rd_kafka_event_t> event = std::move(pending_rebalance_);
  rd_kafka_topic_partition_list_t* list = rd_kafka_event_topic_partition_list(event.get());
  const char* protocol = rd_kafka_rebalance_protocol(client_.get());
  const bool is_cooperative = protocol != nullptr && std::strcmp(protocol, "COOPERATIVE") == 0;
  const std::vector<TopicPartition> partitions = ToPartitions(list);
  if (is_assignment) {
    was_assigned_ = true;
    for (const TopicPartition& partition : partitions) positions_[partition] = {};
    for (int i = 0; beginnings_ != nullptr && i < beginnings_->cnt; ++i) {
      const rd_kafka_topic_partition_t& one = beginnings_->elems[i];
      positions_[{TopicName(one.topic), one.partition}].committed = one.offset;
      if (one.offset >= 0) continue;
      const LogPlace log_place(one.topic, one.partition);
      spdlog::info("{} [{}] has no committed offset, and `lost: {}`", one.topic, one.partition,
                   lost_ == "error" ? "fail" : lost_);
    }
    Assign(beginnings_ != nullptr ? beginnings_.get() : list, is_cooperative);
    beginnings_.reset();
    listener.OnAssigned(partitions);
    if (is_paused_) Pause();
    return;
  }
  // The listener commits while the partitions are still ours.
  listener.OnRevoked(partitions, rd_kafka_assignment_lost(client_.get()) != 0);
  for (const TopicPartition& partition : partitions) positions_.erase(partition);
  Unassign(list, is_cooperative);
}

void KafkaSource::Assign(rd_kafka_topic_partition_list_t* partitions, bool is_cooperative) {
  if (!is_cooperative) {
    if (const auto error = rd_kafka_assign(client_.get(), partitions);
        error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      spdlog::error("kafka: assigning: {}", rd_kafka_err2str(error));
    }
    return;
  }
  if (rd_kafka_error_t* error = rd_kafka_incremental_assign(client_.get(), partitions)) {
    spdlog::error("kafka: assigning: {}", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
  }
}

void KafkaSource::Unassign(rd_kafka_topic_partition_list_t* partitions, bool is_cooperative) {
  if (!is_cooperative) {
    rd_kafka_assign(client_.get(), nullptr);
    return;
  }
  if (rd_kafka_error_t* error = rd_kafka_incremental_unassign(client_.get(), partitions)) {
    spdlog::error("kafka: giving up partitions: {}", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
  }
}

KafkaPtr<rd_kafka_topic_partition_list_t> KafkaSource::ToList(
    std::span<const CommittableOffset> offsets) {
  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const CommittableOffset& offset : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), std::string(offset.partition.topic).c_str(),
                                      offset.partition.partition)
        ->offset = offset.next_offset;
  }
  return list;
}

absl::Status KafkaSource::Commit(std::span<const CommittableOffset> offsets) {
  const auto list = ToList(offsets);
  absl::Status status;
  for (int i = 0; i < kCommitTries; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_commit(client_.get(), list.get(), /*async=*/0);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
    status = ToStatus(error, "committing offsets");
    // Without a transaction there is nothing to abort: the offsets are still true, and the
    // rebalance that made them unwelcome arrives by Poll().
    if (absl::IsAborted(status) || error == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS) {
      return absl::UnavailableError(status.message());
    }
    if (!absl::IsUnavailable(status)) return status;
    spdlog::warn("{}, try {} of {}", std::string(status.message()), i + 1, kCommitTries);
  }
  return status;
}

absl::Status KafkaSource::Rewind(std::span<const CommittableOffset> offsets) {
  const auto list = ToList(offsets);
  const auto seek = [&] {
    constexpr int kSeekTimeoutMs = 10'000;
    absl::Status status =
        ToStatus(rd_kafka_seek_partitions(client_.get(), list.get(), kSeekTimeoutMs), "going back");
    for (int i = 0; i < list->cnt && status.ok(); ++i) {
      const rd_kafka_topic_partition_t& done = list->elems[i];
      status = ToStatus(done.err, fmt::format("going back to {} of {} [{}]", done.offset,
                                              done.topic, done.partition));
    }
    return status;
  };
  // Before 2.1.0 librdkafka waits a thousandth of what it is told (confluentinc/librdkafka#4230).
  const absl::Status status =
      Retry(std::chrono::seconds(10), seek, [](const absl::Status& /*status*/) {});
  if (!status.ok()) return absl::InternalError(status.message());
  for (const CommittableOffset& offset : offsets) {
    positions_[offset.partition] = {offset.next_offset, true, false};
  }
  return absl::OkStatus();
}

KafkaPtr<rd_kafka_consumer_group_metadata_t> KafkaSource::GroupMetadata() const {
  return KafkaPtr<rd_kafka_consumer_group_metadata_t>(
      rd_kafka_consumer_group_metadata(client_.get()));
}

KafkaPtr<rd_kafka_topic_partition_list_t> KafkaSource::Flowing() const {
  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(positions_.size())));
  for (const auto& [partition, position] : positions_) {
    if (position.is_held) continue;
    rd_kafka_topic_partition_list_add(list.get(), std::string(partition.topic).c_str(),
                                      partition.partition);
  }
  return list;
}

void KafkaSource::Hold(const TopicPartition& partition) {
  positions_[partition].is_held = true;
  const CommittableOffset one = {partition, RD_KAFKA_OFFSET_INVALID};
  rd_kafka_pause_partitions(client_.get(), ToList({&one, 1}).get());
}

void KafkaSource::Release(const TopicPartition& partition) {
  positions_[partition].is_held = false;
  if (is_paused_) return;
  const CommittableOffset one = {partition, RD_KAFKA_OFFSET_INVALID};
  rd_kafka_resume_partitions(client_.get(), ToList({&one, 1}).get());
}

void KafkaSource::Pause() {
  is_paused_ = true;
  rd_kafka_pause_partitions(client_.get(), Flowing().get());
}

void KafkaSource::Resume() {
  is_paused_ = false;
  rd_kafka_resume_partitions(client_.get(), Flowing().get());
}

std::vector<Lag> KafkaSource::Lags() {
  std::vector<Lag> lags;
  for (const auto& [partition, position] : positions_) {
    // The marks that fetches brought: no request of its own.
    int64_t low = 0, high = 0;
    const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
        client_.get(), std::string(partition.topic).c_str(), partition.partition, &low, &high);
    // What expired before it was read is no lag, nor are markers behind the last record.
    const int64_t next = std::max(position.next_offset, position.end_offset);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0 || next < 0) continue;
    lags.push_back(
        {partition, std::max<int64_t>(0, high - std::max(next, low)), position.last_time_ms});
  }
  return lags;
}

void KafkaSource::Close(AssignmentListener& listener) {
  Rebalance(listener);
  // A static member stays in its group, if librdkafka knows that it closes before it gives its
  // partitions up. What librdkafka says meanwhile comes to queue_ still, over another one.
  KafkaPtr<rd_kafka_queue_t> closing;
  if (is_static_) {
    closing.reset(rd_kafka_queue_new(client_.get()));
    rd_kafka_error_destroy(rd_kafka_consumer_close_queue(client_.get(), closing.get()));
  } else {
    rd_kafka_unsubscribe(client_.get());
  }
  using Clock = std::chrono::steady_clock;
  const auto serve = [&](int wait_ms) {
    KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue_.get(), wait_ms));
    if (event == nullptr || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_REBALANCE) return;
    PutOff(std::move(event));
    Rebalance(listener);
  };
  const auto deadline = Clock::now() + kCloseTimeout;
  while (!positions_.empty() && Clock::now() < deadline) serve(100);
  const auto leave_deadline = Clock::now() + kLeaveTimeout;
  if (is_static_) {
    while (rd_kafka_consumer_closed(client_.get()) == 0 && Clock::now() < leave_deadline) serve(10);
    return;
  }
  // Closed before it has left, librdkafka 2.0.2 may never leave: the group then waits for it as
  // long as for one that died.
  while (IsMember(client_.get()) && Clock::now() < leave_deadline) serve(10);
  rd_kafka_consumer_close(client_.get());
}

}  // namespace copydesk
