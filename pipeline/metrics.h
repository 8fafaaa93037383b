// What a worker counts, in Prometheus form: base units, _total, labels from bounded sets.
//
// The books: copydesk_source_records_total equals the sum of copydesk_sink_records_total over its
// outcomes (published, diverted, held, dead-lettered): both are counted when they are committed.
//
// Threads: thread-safe. Counters are touched once a batch, not once a record.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace copydesk {

// 1 ms to a day: the buckets of how old a record or a story is when it leaves.
inline const std::vector<double> kAgeBucketsSeconds = {0.001, 0.003, 0.01, 0.03, 0.1,  0.3,  1,
                                                       3,     10,    60,   600,  3600, 86400};

// What librdkafka's reports say of each client; see pipeline/kafka/statistics.h.
enum class KafkaGauge : uint8_t { kQueueRecords, kQueueBytes, kBatchBytes, kBrokerRtt, kThrottle };
enum class KafkaCount : uint8_t { kRetries, kErrors, kDisconnects };

class Metrics {
  // First, because the public members below refer to it.
  prometheus::Registry registry_;

 public:
  Metrics();

  // One of the four places where a record ends.
  struct Ending {
    prometheus::Counter& records;
    prometheus::Counter& bytes;
  };
  // What one stage does with the items it is given.
  struct StageMetrics {
    prometheus::Counter& bytes;  // of the values of the records it was given
    prometheus::Counter& passed;
    prometheus::Counter& diverted;
    prometheus::Counter& held;
    prometheus::Counter& dead_lettered;
    prometheus::Histogram& seconds;  // of one batch
  };

  StageMetrics ForStage(std::string_view stage);
  // `kind` as in copydesk_kafka_errors_total.
  void CountKafkaError(std::string_view kind);
  // `code` and `event` come from bounded sets.
  void CountError(std::string_view stage, std::string_view code);
  prometheus::Counter& EventsOf(std::string_view stage, std::string_view event);
  // What a stage works with now, in place of `before` ("" for nothing).
  void SetVersion(std::string_view stage, std::string_view before, std::string_view version);
  // `result`: "swapped" or "refused".
  void CountReload(std::string_view stage, std::string_view result);
  // `seconds`: since the last record that was processed; NaN where it is not known.
  void SetLag(std::string_view topic, int32_t partition, int64_t records, double seconds);
  // Forgets a partition that this worker no longer has: unknown is absent, not 0.
  void DropLag(std::string_view topic, int32_t partition);

  void SetKafka(KafkaGauge gauge, const prometheus::Labels& labels, double value);
  void CountKafka(KafkaCount count, const prometheus::Labels& labels, double n);
  // What all tasks of a stage hold together: its "stories", its "bytes".
  prometheus::Gauge& SizeOf(std::string_view stage, std::string_view what);

  // Changes of a changelog partition that are still to be read back.
  void SetRestoring(std::string_view topic, int32_t partition, int64_t changes);
  void DropRestoring(std::string_view topic, int32_t partition);

  void CountSnapshot(bool is_written);

  // Of the next stream thread: when it took the oldest record it has not committed, Unix time; 0
  // while there is none. A point in time, not an age, so that it is true even of a thread that
  // stands still.
  prometheus::Gauge& AddThread();

  // The exposition (Prometheus text format 0.0.4).
  std::string Expose() const;
  // The same as values, for the worker's own page.
  std::vector<prometheus::MetricFamily> Collect() const { return registry_.Collect(); }

  prometheus::Counter& source_records;
  prometheus::Counter& source_bytes;
  Ending published, diverted, held, dead_lettered;
  prometheus::Counter& emitted_records;
  prometheus::Histogram& batch_records;
  prometheus::Histogram& end_to_end_seconds;
  prometheus::Histogram& story_age_seconds;
  prometheus::Histogram& commit_seconds;
  prometheus::Counter& commits;
  prometheus::Counter& postponed_commits;
  prometheus::Counter& aborted_commits;
  prometheus::Histogram& uncommitted_seconds;
  prometheus::Counter& undone_records;
  prometheus::Counter& changelog_records;
  prometheus::Counter& changelog_bytes;
  prometheus::Gauge& restoring_partitions;
  prometheus::Counter& restored_changes;
  prometheus::Histogram& restore_seconds;
  prometheus::Gauge& in_flight_bytes;
  prometheus::Gauge& paused_threads;
  prometheus::Gauge& assigned_partitions;
  prometheus::Counter& rebalances;
  prometheus::Histogram& rebalance_seconds;

 private:
  prometheus::Family<prometheus::Counter>& stage_records_;
  prometheus::Family<prometheus::Histogram>& stage_seconds_;
  prometheus::Family<prometheus::Counter>& stage_events_;
  prometheus::Family<prometheus::Counter>& errors_;
  prometheus::Family<prometheus::Counter>& kafka_errors_;
  prometheus::Family<prometheus::Gauge>& lag_;
  prometheus::Family<prometheus::Gauge>& versions_;
  prometheus::Family<prometheus::Counter>& reloads_;
  prometheus::Family<prometheus::Gauge>& restoring_;
  prometheus::Family<prometheus::Counter>& snapshots_;
  prometheus::Family<prometheus::Gauge>& lag_seconds_;
  prometheus::Family<prometheus::Counter>& stage_bytes_;
  prometheus::Family<prometheus::Gauge>& stage_sizes_;
  prometheus::Family<prometheus::Gauge>& uncommitted_since_;
  std::atomic<int> threads_ = 0;
  std::vector<prometheus::Family<prometheus::Gauge>*> kafka_gauges_;    // by KafkaGauge
  std::vector<prometheus::Family<prometheus::Counter>*> kafka_counts_;  // by KafkaCount
};

}  // namespace copydesk
