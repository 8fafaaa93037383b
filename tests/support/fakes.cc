#include "tests/support/fakes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "pipeline/cli/plan.h"
#include "pipeline/stream_thread.h"

namespace copydesk {
namespace {

// What a FakeSink leaves of a value it has taken.
constexpr std::string_view kTaken = "(taken)";

}  // namespace

absl::Status FakeSource::Poll(std::chrono::milliseconds /*wait*/, const BatchLimits& limits,
                              AssignmentListener& listener, Batch* batch) {
  if (given_ == input_.revoke_before) {
    input_.revoke_before = -1;
    listener.OnRevoked(assigned_, input_.is_lost);
    assigned_.clear();
  }
  if (input_.is_paused) return absl::OkStatus();
  auto next = input_.records.begin();
  while (next != input_.records.end() && batch->size() < limits.records &&
         given_ != input_.revoke_before) {
    const TopicPartition partition{next->topic, next->partition};
    if (std::find(assigned_.begin(), assigned_.end(), partition) == assigned_.end()) {
      assigned_.push_back(partition);
      listener.OnAssigned({&partition, 1});
    }
    if (held_.contains(partition)) {
      ++next;
      continue;
    }
    Record& record = batch->Add().record;
    record = std::move(*next);
    next = input_.records.erase(next);
    input_.given.push_back(record);
    ++given_;
  }
  return absl::OkStatus();
}

absl::Status FakeSource::Commit(std::span<const CommittableOffset> offsets) {
  if (!input_.commit_status.ok()) return std::exchange(input_.commit_status, absl::OkStatus());
  for (const CommittableOffset& offset : offsets) {
    input_.committed[offset.partition] = offset.next_offset;
    input_.commits.push_back(offset.next_offset);
  }
  return absl::OkStatus();
}

absl::Status FakeSource::Rewind(std::span<const CommittableOffset> offsets) {
  std::deque<Record> again;
  for (const CommittableOffset& offset : offsets) {
    input_.rewinds.push_back(offset.next_offset);
    std::erase_if(input_.given, [&](const Record& record) {
      const bool is_again = TopicPartition{record.topic, record.partition} == offset.partition &&
                            record.offset >= offset.next_offset;
      if (is_again) again.push_back(record);
      return is_again;
    });
  }
  input_.records.insert(input_.records.begin(), again.begin(), again.end());
  return absl::OkStatus();
}

void FakeSource::Hold(const TopicPartition& partition) { held_.insert(partition); }

void FakeSource::Release(const TopicPartition& partition) { held_.erase(partition); }

void FakeSource::Pause() {
  input_.is_paused = true;
  ++input_.pauses;
}

void FakeSource::Resume() { input_.is_paused = false; }

void FakeSource::Close(AssignmentListener& listener) {
  listener.OnRevoked(assigned_, /*is_lost=*/false);
  input_.is_closed = true;
}

std::vector<std::string> FakeOutput::ValuesOf(std::string_view topic) const {
  std::vector<std::string> values;
  for (const Sent& record : sent) {
    if (record.topic == topic) values.push_back(record.record.value);
  }
  return values;
}

std::string FakeOutput::HeaderOf(const Record& record, std::string_view name) {
  for (const Header& header : record.headers) {
    if (header.name == name) return header.value;
  }
  return "(none)";
}

absl::Status FakeSink::Send(Record& record) {
  if (record.value.size() > output_.value_bytes_max) {
    return absl::InvalidArgumentError("the fake sink takes no record this large");
  }
  if (sends_++ == output_.abort_at_send) return absl::AbortedError("the transaction is gone");
  if (committing_ != nullptr) {
    waiting_.push_back(record);
    record.value = kTaken;
    return absl::OkStatus();
  }
  auto& sent = output_.has_transactions ? output_.open : output_.sent;
  sent.push_back({std::string(record.topic), record});
  sent.back().record.topic = {};
  if (output_.is_corked) output_.bytes_in_flight += record.value.size();
  record.value = kTaken;
  return absl::OkStatus();
}

absl::Status FakeSink::Commit(Source& source, std::span<const CommittableOffset> offsets,
                              std::chrono::milliseconds timeout) {
  if (!output_.commit_statuses.empty()) {
    const absl::Status status = output_.commit_statuses.front();
    output_.commit_statuses.pop_front();
    if (!status.ok()) return status;
  }
  if (!output_.has_transactions) return Sink::Commit(source, offsets, timeout);
  for (const FakeOutput::Sent& sent : output_.open) {
    if (output_.refused.empty() || sent.record.value != output_.refused) continue;
    was_refused_ = true;
    return absl::AbortedError("refused: " + sent.record.value);
  }
  if (absl::Status status = source.Commit(offsets); !status.ok()) return status;
  for (FakeOutput::Sent& sent : output_.open) output_.sent.push_back(std::move(sent));
  output_.open.clear();
  return absl::OkStatus();
}

std::optional<absl::Status> FakeSink::BeginCommit(Source& source,
                                                  std::vector<CommittableOffset> offsets,
                                                  std::chrono::milliseconds timeout) {
  if (!output_.is_slow) return Commit(source, offsets, timeout);
  committing_ = &source;
  offsets_ = std::move(offsets);
  return std::nullopt;
}

std::optional<absl::Status> FakeSink::EndCommit(std::chrono::milliseconds wait) {
  if (wait < std::chrono::seconds(1)) return std::nullopt;
  const absl::Status status = Commit(*std::exchange(committing_, nullptr), offsets_, wait);
  for (Record& record : std::exchange(waiting_, {})) {
    if (!status.ok() && !absl::IsUnavailable(status)) break;
    EXPECT_TRUE(Send(record).ok());
  }
  return status;
}

absl::StatusOr<bool> FakeSink::Abort(std::chrono::milliseconds /*timeout*/) {
  EXPECT_EQ(committing_, nullptr) << "aborted in the middle of a commit";
  ++output_.aborts;
  output_.open.clear();
  return std::exchange(was_refused_, false);
}

absl::Status FakeSink::Flush(std::chrono::milliseconds /*timeout*/) {
  if (!output_.is_corked) output_.bytes_in_flight = 0;
  return output_.flush_status;
}

Record MakeRecord(int64_t offset, std::string value) {
  Record record;
  record.topic = "in";
  record.partition = 0;
  record.offset = offset;
  record.timestamp_ms = 1'793'577'600'000 + offset;  // 2026-11-02
  record.value = std::move(value);
  return record;
}

absl::StatusOr<ChainPlan> PlanOf(const std::string& config, Topology* topology) {
  const absl::StatusOr<ConfigNode> node =
      ConfigNode::FromText(config, "test.yaml", COPYDESK_ROOT "/configs");
  if (!node.ok()) return node.status();
  absl::StatusOr<Topology> read = Topology::Read(*node);
  if (!read.ok()) return read.status();
  *topology = *std::move(read);
  return MakePlan(*topology, *node);
}

absl::StatusOr<FakeOutput> RunChain(const std::string& config, std::vector<Record> records) {
  Topology topology;
  const absl::StatusOr<ChainPlan> plan = PlanOf(config, &topology);
  if (!plan.ok()) return plan.status();
  FakeInput input;
  input.records.assign(records.begin(), records.end());
  FakeOutput output;
  Metrics metrics;
  StreamThread thread(topology, *plan,
                      {std::make_unique<FakeSource>(input), std::make_unique<FakeSink>(output)},
                      metrics, [] { return int64_t{0}; });
  if (absl::Status status = thread.Run(); !status.ok()) return status;
  return output;
}

}  // namespace copydesk
