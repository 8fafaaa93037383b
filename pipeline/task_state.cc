#include "pipeline/task_state.h"

#include <fmt/format.h>

namespace copydesk {
namespace {

// Sends changes as records of one changelog partition. The first error sticks.
class RecordSender : public ChangeSink {
 public:
  RecordSender(const ChangelogPartition& place, Sink& sink, Metrics& metrics)
      : sink_(sink), metrics_(metrics) {
    record_.topic = place.topic;
    record_.partition = place.partition;
    record_.has_key = true;
  }
  void Put(std::string_view key, std::string_view value) override {
    record_.is_tombstone = false;
    record_.value = value;
    Send(key);
  }
  void Erase(std::string_view key) override {
    record_.is_tombstone = true;
    record_.value.clear();
    Send(key);
  }
  const absl::Status& status() const { return status_; }

 private:
  void Send(std::string_view key) {
    if (!status_.ok()) return;
    record_.key = key;
    metrics_.changelog_records.Increment();
    metrics_.changelog_bytes.Increment(static_cast<double>(record_.value.size()));
    status_ = sink_.Send(record_);
  }
  Sink& sink_;
  Metrics& metrics_;
  Record record_;
  absl::Status status_;
};

}  // namespace

std::string ChangelogTopic(std::string_view topology, std::string_view stage,
                           std::string_view input_topic) {
  return fmt::format("copydesk-{}-{}-{}-changelog", topology, stage, input_topic);
}

TaskState::TaskState(const Chain& chain, std::string_view topology, const TopicPartition& input) {
  for (const Chain::NamedState& named : chain.states()) {
    parts_.push_back(
        {{ChangelogTopic(topology, named.stage, input.topic), input.partition}, named.state});
  }
}

absl::Status TaskState::SendChanges(Sink& sink, Metrics& metrics) const {
  for (const Part& part : parts_) {
    RecordSender sender(part.place, sink, metrics);
    part.state->WriteChanges(sender);
    if (absl::IsInvalidArgument(sender.status())) {
      return absl::InternalError(fmt::format("{} takes no change this large: {}", part.place.topic,
                                             std::string(sender.status().message())));
    }
    if (!sender.status().ok()) return sender.status();
  }
  return absl::OkStatus();
}

}  // namespace copydesk
