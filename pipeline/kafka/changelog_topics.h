// Makes the changelog topics a topology needs, and checks those that are there.
//
// Threads: set-up only. Errors: names the topic and what is wrong with it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/kafka/client.h"

namespace copydesk {

struct ChangelogTopicSpec {
  std::string name;
  std::string input;  // the topic whose partitions it follows
};

// Creates those that are missing: compacted, with as many partitions as the input, replicated as
// the brokers do by default. Where `group` has read of the input already, what was remembered of
// that is lost: it says so, or refuses with `fails_when_lost`. Adds partitions where the input has
// got more since. Refuses a topic that is not compacted, for it would forget, and one with more
// partitions than its input, which then was made anew.
absl::Status EnsureChangelogTopics(const KafkaProperties& properties,
                                   const std::vector<ChangelogTopicSpec>& specs,
                                   const std::string& group, bool fails_when_lost);

}  // namespace copydesk
