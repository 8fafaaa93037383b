#include "tests/support/fakes.h"

#include <algorithm>
#include <utility>

#include "pipeline/cli/plan.h"
#include "pipeline/stream_thread.h"

namespace copydesk {

absl::Status FakeSource::Poll(std::chrono::milliseconds /*wait*/, const BatchLimits& limits,
                              AssignmentListener& listener, Batch* batch) {
  if (given_ == input_.revoke_before) {
    input_.revoke_before = -1;
    listener.OnRevoked(assigned_, input_.is_lost);
    assigned_.clear();
  }
  if (input_.is_paused) return absl::OkStatus();
  while (!input_.records.empty() && batch->size() < limits.records &&
         given_ != input_.revoke_before) {
    Record& record = batch->Add().record;
    record = std::move(input_.records.front());
    input_.records.pop_front();
    ++given_;
    const TopicPartition partition{record.topic, record.partition};
    if (std::find(assigned_.begin(), assigned_.end(), partition) == assigned_.end()) {
      assigned_.push_back(partition);
      listener.OnAssigned({&partition, 1});
    }
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

absl::Status FakeSink::Send(const Record& record) {
  if (record.value.size() > output_.value_bytes_max) {
    return absl::InvalidArgumentError("the fake sink takes no record this large");
  }
  output_.sent.push_back({std::string(record.topic), record});
  output_.sent.back().record.topic = {};
  if (output_.is_corked) output_.bytes_in_flight += record.value.size();
  return absl::OkStatus();
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
  StreamThread thread(topology, *plan, std::make_unique<FakeSource>(input),
                      std::make_unique<FakeSink>(output), metrics, [] { return int64_t{0}; });
  if (absl::Status status = thread.Run(); !status.ok()) return status;
  return output;
}

}  // namespace copydesk
