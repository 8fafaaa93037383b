// Stand-ins for a topology's surroundings, so that the whole of it runs in a test without a broker.
//
// A FakeSource gives the records it is fed, batch by batch, and remembers what was committed; a
// FakeSink keeps what it is sent, and can be told to stop making it durable (cork) or to fail.
//
// Threads: one thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/chain.h"
#include "pipeline/sink.h"
#include "pipeline/source.h"

namespace copydesk {

// What a FakeSource is fed and what it saw. Outlives the source.
struct FakeInput {
  std::deque<Record> records;
  std::map<TopicPartition, int64_t> committed;
  std::vector<int64_t> commits;  // the next offset of each commit, in order
  absl::Status commit_status;
  std::vector<Record> given;  // those that a Rewind() gives again
  std::vector<int64_t> rewinds;
  // Events of a test's script: before the record at this index a rebalance takes all partitions.
  int64_t revoke_before = -1;
  bool is_lost = false;
  int pauses = 0;
  bool is_paused = false;
  bool is_closed = false;
};

class FakeSource : public Source {
 public:
  explicit FakeSource(FakeInput& input) : input_(input) {}
  absl::Status Poll(std::chrono::milliseconds wait, const BatchLimits& limits,
                    AssignmentListener& listener, Batch* batch) override;
  absl::Status Commit(std::span<const CommittableOffset> offsets) override;
  absl::Status Rewind(std::span<const CommittableOffset> offsets) override;
  void Hold(const TopicPartition& partition) override;
  void Release(const TopicPartition& partition) override;
  void Pause() override;
  void Resume() override;
  bool is_exhausted() const override { return input_.records.empty(); }
  std::vector<Lag> Lags() override { return {}; }
  void Close(AssignmentListener& listener) override;

 private:
  FakeInput& input_;
  std::vector<TopicPartition> assigned_;
  std::set<TopicPartition> held_;
  int64_t given_ = 0;
};

// What a FakeSink was sent. Outlives the sink.
struct FakeOutput {
  struct Sent {
    std::string topic;
    Record record;  // its topic view refers to nothing
  };
  std::vector<Sent> sent;
  size_t bytes_in_flight = 0;
  bool is_corked = false;       // nothing becomes durable
  size_t value_bytes_max = -1;  // larger records are refused
  absl::Status flush_status;
  // As a sink with transactions: what is sent stays open until a commit. Of these statuses each
  // commit or send takes the next.
  bool has_transactions = false;
  std::vector<Sent> open;
  std::deque<absl::Status> commit_statuses;
  int64_t abort_at_send = -1;  // this send, counted from 0, ends its transaction
  std::string refused;         // a commit with this value is aborted for it
  // Commits go on in the background until they are waited for.
  bool is_slow = false;
  int aborts = 0;

  // The values sent to `topic`, in order.
  std::vector<std::string> ValuesOf(std::string_view topic) const;
  // The header of a sent record, or "(none)".
  static std::string HeaderOf(const Record& record, std::string_view name);
};

class FakeSink : public Sink {
 public:
  explicit FakeSink(FakeOutput& output) : output_(output) {}
  absl::Status Send(Record& record) override;
  absl::Status Commit(Source& source, std::span<const CommittableOffset> offsets,
                      std::chrono::milliseconds timeout) override;
  std::optional<absl::Status> BeginCommit(Source& source, std::vector<CommittableOffset> offsets,
                                          std::chrono::milliseconds timeout) override;
  std::optional<absl::Status> EndCommit(std::chrono::milliseconds wait) override;
  absl::StatusOr<bool> Abort(std::chrono::milliseconds timeout) override;
  absl::Status Flush(std::chrono::milliseconds timeout) override;
  size_t bytes_in_flight() override { return output_.bytes_in_flight; }

 private:
  FakeOutput& output_;
  Source* committing_ = nullptr;  // with what was sent before, and these offsets
  std::vector<CommittableOffset> offsets_;
  std::vector<Record> waiting_;  // sent since
  int64_t sends_ = 0;
  bool was_refused_ = false;
};

// A record of partition 0 of the topic "in".
Record MakeRecord(int64_t offset, std::string value);

// The plan of the topology in the YAML text `config`; relative paths begin at the project's
// configs. The text's topology is put in *topology.
absl::StatusOr<ChainPlan> PlanOf(const std::string& config, Topology* topology);

// Runs `records` through the whole chain of `config` and returns what was sent.
absl::StatusOr<FakeOutput> RunChain(const std::string& config, std::vector<Record> records);

}  // namespace copydesk
