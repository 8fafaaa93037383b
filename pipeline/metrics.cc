#include "pipeline/metrics.h"

#include <prometheus/text_serializer.h>

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
  return {Counter(registry, "copydesk_sink_records_total",
                  "Consumed records by where they ended. The sum over the outcomes equals "
                  "copydesk_source_records_total.",
                  {{"outcome", outcome}}),
          Counter(registry, "copydesk_sink_bytes_total", "Bytes of values sent, by outcome.",
                  {{"outcome", outcome}})};
}

prometheus::Labels PartitionLabels(std::string_view topic, int32_t partition) {
  return {{"topic", std::string(topic)}, {"partition", std::to_string(partition)}};
}

}  // namespace

Metrics::Metrics()
    : source_records(Counter(registry_, "copydesk_source_records_total", "Records consumed.")),
      source_bytes(Counter(registry_, "copydesk_source_bytes_total", "Bytes of values consumed.")),
      published(MakeEnding(registry_, "published")),
      diverted(MakeEnding(registry_, "diverted")),
      held(MakeEnding(registry_, "held")),
      dead_lettered(MakeEnding(registry_, "dead-lettered")),
      emitted_records(Counter(registry_, "copydesk_emitted_records_total",
                              "Records that stages sent on their own account (recalls).")),
      batch_records(
          Histogram(registry_, "copydesk_batch_records", "Records in one batch.", kBatchRecords)),
      end_to_end_seconds(Histogram(registry_, "copydesk_end_to_end_seconds",
                                   "From a record's timestamp to the moment it was sent on. "
                                   "High: see copydesk_consumer_lag_records first.",
                                   kAgeBucketsSeconds)),
      story_age_seconds(Histogram(registry_, "copydesk_story_age_seconds",
                                  "From the story's own time to the moment it was sent on.",
                                  kAgeBucketsSeconds)),
      commit_seconds(Histogram(registry_, "copydesk_commit_seconds",
                               "Time to flush the sink and commit offsets.", kWorkSeconds)),
      commits(
          Counter(registry_, "copydesk_commits_total", "Commits by result.", {{"result", "ok"}})),
      postponed_commits(Counter(registry_, "copydesk_commits_total", "Commits by result.",
                                {{"result", "failed"}})),
      aborted_commits(Counter(registry_, "copydesk_commits_total", "Commits by result.",
                              {{"result", "aborted"}})),
      uncommitted_seconds(Histogram(registry_, "copydesk_uncommitted_seconds",
                                    "From the first record of a commit to its end: how long a "
                                    "reader of committed records waits at most.",
                                    kWorkSeconds)),
      undone_records(Counter(registry_, "copydesk_undone_records_total",
                             "Consumed records whose outcomes were rolled back; they are consumed "
                             "once more.")),
      changelog_records(Counter(registry_, "copydesk_changelog_records_total",
                                "Changes of stages' states sent to changelogs.")),
      changelog_bytes(
          Counter(registry_, "copydesk_changelog_bytes_total", "Bytes of their values.")),
      restoring_partitions(Gauge(registry_, "copydesk_restoring_partitions",
                                 "Changelog partitions being read back; their input partitions "
                                 "wait.")),
      restored_changes(Counter(registry_, "copydesk_restored_changes_total",
                               "Changes read back from changelogs.")),
      restore_seconds(Histogram(registry_, "copydesk_restore_seconds",
                                "Time to bring one state back.", kWorkSeconds)),
      in_flight_bytes(Gauge(registry_, "copydesk_sink_in_flight_bytes",
                            "Bytes sent and not yet known to be durable.")),
      paused_threads(Gauge(registry_, "copydesk_paused_threads",
                           "Stream threads that stopped reading because their byte budget is "
                           "used up. Stays above 0: the output broker is the bottleneck.")),
      assigned_partitions(
          Gauge(registry_, "copydesk_assigned_partitions", "Input partitions this worker has.")),
      rebalances(Counter(registry_, "copydesk_rebalances_total",
                         "Times partitions were assigned or revoked.")),
      stage_records_(BuildCounter()
                         .Name("copydesk_stage_records_total")
                         .Help("Records by stage and what the stage decided.")
                         .Register(registry_)),
      stage_seconds_(BuildHistogram()
                         .Name("copydesk_stage_seconds")
                         .Help("Time a stage took for one batch.")
                         .Register(registry_)),
      stage_events_(BuildCounter()
                        .Name("copydesk_stage_events_total")
                        .Help("What a stage counts of its own: relations, evictions.")
                        .Register(registry_)),
      errors_(BuildCounter()
                  .Name("copydesk_errors_total")
                  .Help("Dead letters by stage and code. Rising: look at the dead-letter topic's "
                        "__copydesk.errors.message headers.")
                  .Register(registry_)),
      kafka_errors_(BuildCounter()
                        .Name("copydesk_kafka_errors_total")
                        .Help("Errors of transactions by what they ask for: retriable ones are "
                              "tried again, abortable ones roll back, fatal ones end the worker.")
                        .Register(registry_)),
      lag_(BuildGauge()
               .Name("copydesk_consumer_lag_records")
               .Help("Records between the next one to process and the partition's end.")
               .Register(registry_)),
      versions_(BuildGauge()
                    .Name("copydesk_stage_info")
                    .Help("1: the version of what a stage works with, such as its dictionary.")
                    .Register(registry_)),
      reloads_(BuildCounter()
                   .Name("copydesk_stage_reloads_total")
                   .Help("New versions by result. refused: the worker goes on with the one before, "
                         "its log says why.")
                   .Register(registry_)),
      restoring_(BuildGauge()
                     .Name("copydesk_restore_remaining_records")
                     .Help("Changes still to be read back, about.")
                     .Register(registry_)) {}

Metrics::StageMetrics Metrics::ForStage(std::string_view stage) {
  const std::string name(stage);
  const auto counter = [&](const char* outcome) -> prometheus::Counter& {
    return stage_records_.Add({{"stage", name}, {"outcome", outcome}});
  };
  return {counter("passed"), counter("diverted"), counter("held"), counter("dead-lettered"),
          stage_seconds_.Add({{"stage", name}}, kWorkSeconds)};
}

void Metrics::CountError(std::string_view stage, std::string_view code) {
  errors_.Add({{"stage", std::string(stage)}, {"code", std::string(code)}}).Increment();
}

void Metrics::CountKafkaError(std::string_view kind) {
  kafka_errors_.Add({{"kind", std::string(kind)}}).Increment();
}

void Metrics::CountEvent(std::string_view stage, std::string_view event, uint64_t n) {
  stage_events_.Add({{"stage", std::string(stage)}, {"event", std::string(event)}})
      .Increment(static_cast<double>(n));
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

void Metrics::SetLag(std::string_view topic, int32_t partition, int64_t records) {
  lag_.Add(PartitionLabels(topic, partition)).Set(static_cast<double>(records));
}

void Metrics::DropLag(std::string_view topic, int32_t partition) {
  lag_.Remove(&lag_.Add(PartitionLabels(topic, partition)));
}

void Metrics::SetRestoring(std::string_view topic, int32_t partition, int64_t changes) {
  restoring_.Add(PartitionLabels(topic, partition)).Set(static_cast<double>(changes));
}

void Metrics::DropRestoring(std::string_view topic, int32_t partition) {
  restoring_.Remove(&restoring_.Add(PartitionLabels(topic, partition)));
}

std::string Metrics::Expose() const {
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace copydesk
