#include "pipeline/metrics.h"

#include <prometheus/text_serializer.h>

#include <cmath>
#include <vector>

namespace copydesk {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// 10 µs to 10 s: a batch in a stage, a commit.
const prometheus::Histogram::BucketBoundaries kWorkSeconds = {
    1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10};
const prometheus::Histogram::BucketBoundaries kBatchRecords = {1,   2,   5,   10,   20,   50,
                                                               100, 200, 500, 1000, 2000, 5000};

prometheus::Counter& Counter(prometheus::Registry& registry, const char* name, const char* help,
                             const prometheus::Labels& labels = {}) {
  return BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

prometheus::Gauge& Gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Histogram& Histogram(prometheus::Registry& registry, const char* name, const char* help,
                                 const prometheus::Histogram::BucketBoundaries& buckets) {
  return BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

Metrics::Ending MakeEnding(prometheus::Registry& registry, const char* outcome) {
  return {
      Counter(registry, "copydesk_sink_records_total",
              "Consumed records by where they ended. The sum over the outcomes equals "
              "copydesk_source_records_total.",
              {{"outcome", outcome}}),
      Counter(
          registry, "copydesk_sink_bytes_total",
          "Bytes of values sent, by outcome; what the output topics grow by, before compression.",
          {{"outcome", outcome}})};
}

prometheus::Labels PartitionLabels(std::string_view topic, int32_t partition) {
  return {{"topic", std::string(topic)}, {"partition", std::to_string(partition)}};
}

}  // namespace

Metrics::Metrics()
    : source_records(
          Counter(registry_, "copydesk_source_records_total",
                  "Records consumed. Stands still while lag grows: see /ready and the log.")),
      source_bytes(Counter(
          registry_, "copydesk_source_bytes_total",
          "Bytes of values consumed; with copydesk_source_records_total, how large a record is.")),
      published(MakeEnding(registry_, "published")),
      diverted(MakeEnding(registry_, "diverted")),
      held(MakeEnding(registry_, "held")),
      dead_lettered(MakeEnding(registry_, "dead-lettered")),
      emitted_records(Counter(
          registry_, "copydesk_emitted_records_total",
          "Records that stages sent on their own account: recalls. Many at once: a kill of a "
          "much used story, or a feed that kills in error; read wire.recalls.")),
      batch_records(Histogram(
          registry_, "copydesk_batch_records",
          "Records in one batch. Always at batch.records: the worker is behind; always few: "
          "the feed is calm or its fetches are small (fetch.min.bytes).",
          kBatchRecords)),
      end_to_end_seconds(Histogram(registry_, "copydesk_end_to_end_seconds",
                                   "From a record's timestamp to the moment it was sent on. "
                                   "High: see copydesk_consumer_lag_records first.",
                                   kAgeBucketsSeconds)),
      story_age_seconds(
          Histogram(registry_, "copydesk_story_age_seconds",
                    "From the story's own time to the moment it was sent on. High while "
                    "copydesk_end_to_end_seconds is low: the feed itself is late.",
                    kAgeBucketsSeconds)),
      commit_seconds(
          Histogram(registry_, "copydesk_commit_seconds",
                    "Time to flush the sink and commit offsets. High: the output brokers are "
                    "slow, see copydesk_kafka_broker_rtt_seconds and _throttle_seconds.",
                    kWorkSeconds)),
      commits(Counter(registry_, "copydesk_commits_total",
                      "Commits by result. aborted or failed rises: the log says why; records "
                      "are processed again, none is lost.",
                      {{"result", "ok"}})),
      postponed_commits(
          Counter(registry_, "copydesk_commits_total",
                  "Commits by result. aborted or failed rises: the log says why; records "
                  "are processed again, none is lost.",
                  {{"result", "failed"}})),
      aborted_commits(
          Counter(registry_, "copydesk_commits_total",
                  "Commits by result. aborted or failed rises: the log says why; records "
                  "are processed again, none is lost.",
                  {{"result", "aborted"}})),
      uncommitted_seconds(
          Histogram(registry_, "copydesk_uncommitted_seconds",
                    "From the first record of a commit to its end: how long a "
                    "reader of committed records waits at most. Far above commit_interval: "
                    "commits are slow or postponed.",
                    kWorkSeconds)),
      undone_records(Counter(registry_, "copydesk_undone_records_total",
                             "Consumed records whose outcomes were rolled back; they are consumed "
                             "once more. Rises again and again: see copydesk_kafka_errors_total.")),
      changelog_records(
          Counter(registry_, "copydesk_changelog_records_total",
                  "Changes of stages' states sent to changelogs: what a restore reads back.")),
      changelog_bytes(
          Counter(registry_, "copydesk_changelog_bytes_total",
                  "Bytes of the values of copydesk_changelog_records_total. Grows faster "
                  "than the changelog is compacted: its topic fills the disk.")),
      restoring_partitions(
          Gauge(registry_, "copydesk_restoring_partitions",
                "Changelog partitions being read back; their input partitions "
                "wait. Above 0 for minutes: see copydesk_restore_remaining_records.")),
      restored_changes(
          Counter(registry_, "copydesk_restored_changes_total",
                  "Changes read back from changelogs after a start or a rebalance. Rises all day: "
                  "partitions keep moving, see copydesk_rebalances_total.")),
      restore_seconds(
          Histogram(registry_, "copydesk_restore_seconds",
                    "Time to bring one state back. High: a shorter window, or static membership, "
                    "so that a restart moves no partitions.",
                    kWorkSeconds)),
      in_flight_bytes(
          Gauge(registry_, "copydesk_sink_in_flight_bytes",
                "Bytes sent and not yet known to be durable. Near in_flight: the output "
                "brokers are the bottleneck, reading pauses.")),
      paused_threads(Gauge(registry_, "copydesk_paused_threads",
                           "Stream threads that stopped reading because their byte budget is "
                           "used up. Stays above 0: the output broker is the bottleneck.")),
      assigned_partitions(Gauge(registry_, "copydesk_assigned_partitions",
                                "Input partitions this worker has. 0 beside other "
                                "workers: more stream threads than partitions.")),
      rebalances(Counter(
          registry_, "copydesk_rebalances_total",
          "Times partitions were assigned or revoked. Keeps rising: workers come and go, or "
          "a batch takes longer than max.poll.interval.ms.")),
      rebalance_seconds(Histogram(registry_, "copydesk_rebalance_seconds",
                                  "Time a stream thread stood still for a rebalance: finishing, "
                                  "committing, giving up. High: commits are slow.",
                                  kWorkSeconds)),
      stage_records_(
          BuildCounter()
              .Name("copydesk_stage_records_total")
              .Help("Records by stage and what the stage decided. A sudden rise of diverted: "
                    "a feed that sends everything twice.")
              .Register(registry_)),
      stage_seconds_(
          BuildHistogram()
              .Name("copydesk_stage_seconds")
              .Help("Time a stage took for one batch. By records: which stage the worker's "
                    "time goes to.")
              .Register(registry_)),
      stage_events_(BuildCounter()
                        .Name("copydesk_stage_events_total")
                        .Help("What a stage counts of its own: relations, mentions. evicted rises: "
                              "deduplicate's memory is too small for its window.")
                        .Register(registry_)),
      errors_(BuildCounter()
                  .Name("copydesk_errors_total")
                  .Help("Dead letters by stage and code. Rising: look at the dead-letter topic's "
                        "__copydesk.errors.message headers.")
                  .Register(registry_)),
      kafka_errors_(BuildCounter()
                        .Name("copydesk_kafka_errors_total")
                        .Help("Errors of transactions by what they ask for: retriable ones are "
                              "tried again, abortable and refused ones roll back, fatal ones end "
                              "the worker.")
                        .Register(registry_)),
      lag_(BuildGauge()
               .Name("copydesk_consumer_lag_records")
               .Help("Records between the next one to process and the partition's end. Grows: "
                     "more stream threads, workers or partitions. Absent while unknown.")
               .Register(registry_)),
      versions_(BuildGauge()
                    .Name("copydesk_stage_info")
                    .Help("1: the version of what a stage works with, such as its dictionary. "
                          "Differs between workers for long: one did not take the new image.")
                    .Register(registry_)),
      reloads_(BuildCounter()
                   .Name("copydesk_stage_reloads_total")
                   .Help("New versions by result. refused: the worker goes on with the one before, "
                         "its log says why.")
                   .Register(registry_)),
      restoring_(BuildGauge()
                     .Name("copydesk_restore_remaining_records")
                     .Help("Changes still to be read back, about. Does not fall: the changelog's "
                           "brokers do not answer.")
                     .Register(registry_)),
      snapshots_(BuildCounter()
                     .Name("copydesk_snapshots_total")
                     .Help("Local copies of states by result. failed: the log says why; a restart "
                           "reads more of the changelog.")
                     .Register(registry_)),
      lag_seconds_(BuildGauge()
                       .Name("copydesk_consumer_lag_seconds")
                       .Help("How old the last processed record of a partition is while more "
                             "wait, 0 when none do. High: as copydesk_consumer_lag_records; high "
                             "with few records: the worker is stuck, see the log.")
                       .Register(registry_)),
      stage_bytes_(BuildCounter()
                       .Name("copydesk_stage_bytes_total")
                       .Help("Bytes of the values of the records a stage was given; with "
                             "copydesk_stage_seconds, "
                             "what a stage does in a second.")
                       .Register(registry_)),
      stage_sizes_(BuildGauge()
                       .Name("copydesk_stage_size")
                       .Help("What a stage remembers, over its tasks: stories, and their bytes. "
                             "At deduplicate's memory a task: it forgets before its window ends.")
                       .Register(registry_)),
      uncommitted_since_(
          BuildGauge()
              .Name("copydesk_uncommitted_since_timestamp_seconds")
              .Help("When a stream thread took the oldest record it has not committed, Unix time; "
                    "0 for none. time() minus it is the age of the open transaction: at 30 s the "
                    "brokers give it up, see copydesk_kafka_errors_total and the log.")
              .Register(registry_)) {
  const auto gauge = [this](const char* name, const char* help) {
    kafka_gauges_.push_back(&BuildGauge().Name(name).Help(help).Register(registry_));
  };
  gauge("copydesk_kafka_queue_records",
        "Records queued in a Kafka client: fetched and not taken yet, or not delivered yet. A "
        "consumer's is high: the worker is the bottleneck; a producer's: its brokers are.");
  gauge("copydesk_kafka_queue_bytes",
        "Their bytes. Counts against queued.max.messages.kbytes, queue.buffering.max.kbytes.");
  gauge("copydesk_kafka_batch_bytes",
        "Average size of a producer's batches. Far below batch.size under load: raise linger.ms.");
  gauge("copydesk_kafka_broker_rtt_seconds",
        "How long a broker takes to answer. High at one broker: look at its disk and network.");
  gauge("copydesk_kafka_throttle_seconds",
        "How long a broker made a client wait. Above 0: its quota is reached.");
  const auto counter = [this](const char* name, const char* help) {
    kafka_counts_.push_back(&BuildCounter().Name(name).Help(help).Register(registry_));
  };
  counter("copydesk_kafka_retries_total",
          "Requests sent again. Rises steadily: brokers are overloaded or the network loses.");
  counter("copydesk_kafka_request_errors_total",
          "Requests that failed or were not answered in time. See the log for which.");
  counter("copydesk_kafka_disconnects_total",
          "Connections that ended. A few are usual; many: network, or brokers restarting.");
  BuildGauge()
      .Name("copydesk_build_info")
      .Help("1: the version that runs. Differs between workers: a deployment is under way.")
      .Register(registry_)
      .Add({{"version", COPYDESK_VERSION}})
      .Set(1);
}

Metrics::StageMetrics Metrics::ForStage(std::string_view stage) {
  const std::string name(stage);
  const auto counter = [&](const char* outcome) -> prometheus::Counter& {
    return stage_records_.Add({{"stage", name}, {"outcome", outcome}});
  };
  return {stage_bytes_.Add({{"stage", name}}),
          counter("passed"),
          counter("diverted"),
          counter("held"),
          counter("dead-lettered"),
          stage_seconds_.Add({{"stage", name}}, kWorkSeconds)};
}

void Metrics::CountError(std::string_view stage, std::string_view code) {
  errors_.Add({{"stage", std::string(stage)}, {"code", std::string(code)}}).Increment();
}

void Metrics::CountKafkaError(std::string_view kind) {
  kafka_errors_.Add({{"kind", std::string(kind)}}).Increment();
}

prometheus::Counter& Metrics::EventsOf(std::string_view stage, std::string_view event) {
  return stage_events_.Add({{"stage", std::string(stage)}, {"event", std::string(event)}});
}

void Metrics::SetVersion(std::string_view stage, std::string_view before,
                         std::string_view version) {
  const auto labels = [&](std::string_view of) {
    return prometheus::Labels{{"stage", std::string(stage)}, {"version", std::string(of)}};
  };
  if (!before.empty()) versions_.Remove(&versions_.Add(labels(before)));
  versions_.Add(labels(version)).Set(1);
}

void Metrics::CountReload(std::string_view stage, std::string_view result) {
  reloads_.Add({{"stage", std::string(stage)}, {"result", std::string(result)}}).Increment();
}

void Metrics::SetLag(std::string_view topic, int32_t partition, int64_t records, double seconds) {
  const prometheus::Labels labels = PartitionLabels(topic, partition);
  lag_.Add(labels).Set(static_cast<double>(records));
  prometheus::Gauge& behind = lag_seconds_.Add(labels);
  if (std::isnan(seconds)) {
    lag_seconds_.Remove(&behind);
  } else {
    behind.Set(seconds);
  }
}

void Metrics::DropLag(std::string_view topic, int32_t partition) {
  const prometheus::Labels labels = PartitionLabels(topic, partition);
  lag_.Remove(&lag_.Add(labels));
  lag_seconds_.Remove(&lag_seconds_.Add(labels));
}

void Metrics::SetKafka(KafkaGauge gauge, const prometheus::Labels& labels, double value) {
  kafka_gauges_[static_cast<size_t>(gauge)]->Add(labels).Set(value);
}

void Metrics::CountKafka(KafkaCount count, const prometheus::Labels& labels, double n) {
  kafka_counts_[static_cast<size_t>(count)]->Add(labels).Increment(n);
}

prometheus::Gauge& Metrics::SizeOf(std::string_view stage, std::string_view what) {
  return stage_sizes_.Add({{"stage", std::string(stage)}, {"what", std::string(what)}});
}

void Metrics::SetRestoring(std::string_view topic, int32_t partition, int64_t changes) {
  restoring_.Add(PartitionLabels(topic, partition)).Set(static_cast<double>(changes));
}

void Metrics::DropRestoring(std::string_view topic, int32_t partition) {
  restoring_.Remove(&restoring_.Add(PartitionLabels(topic, partition)));
}

void Metrics::CountSnapshot(bool is_written) {
  snapshots_.Add({{"result", is_written ? "ok" : "failed"}}).Increment();
}

prometheus::Gauge& Metrics::AddThread() {
  return uncommitted_since_.Add({{"thread", std::to_string(threads_++)}});
}

std::string Metrics::Expose() const {
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace copydesk
