// What one task remembers: the states of its chain's stages, each with the changelog partition it
// is kept in. A task of input partition n keeps in partition n of a topic of its own:
// copydesk-<topology>-<stage>-<input topic>-changelog.
//
// Threads: one task thread. Errors: those of the sink.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/chain.h"
#include "pipeline/changelog.h"
#include "pipeline/metrics.h"
#include "pipeline/sink.h"
#include "pipeline/source.h"

namespace copydesk {

// The changelog topic of a stage. At most 249 bytes are taken by Kafka.
std::string ChangelogTopic(std::string_view topology, std::string_view stage,
                           std::string_view input_topic);

class TaskState {
 public:
  struct Part {
    ChangelogPartition place;
    StageState* state;
  };

  // `chain` must outlive it.
  TaskState(const Chain& chain, std::string_view topology, const TopicPartition& input);

  // Sends what changed to the changelogs.
  absl::Status SendChanges(Sink& sink, Metrics& metrics) const;

  const std::vector<Part>& parts() const { return parts_; }

 private:
  std::vector<Part> parts_;
};

}  // namespace copydesk
