// The seam where records go out: a Kafka producer, files, or a test's fake.
//
// Threads: one task thread.
#pragma once

#include <chrono>
#include <cstddef>

#include "absl/status/status.h"
#include "pipeline/record.h"

namespace copydesk {

class Sink {
 public:
  virtual ~Sink() = default;
  // Sends a copy of `record` to record.topic (partition and offset are not read). Blocks and waits
  // while the sink's own buffer is full.
  // Errors: kInvalidArgument when this record can never be taken (too large), with the sink as
  //         before; any other error is final: the thread must end.
  virtual absl::Status Send(const Record& record) = 0;
  // Returns when all that was sent is durable, or with the first failure since the last Flush().
  virtual absl::Status Flush(std::chrono::milliseconds timeout) = 0;
  // Bytes sent that are not yet known to be durable.
  virtual size_t bytes_in_flight() = 0;
};

}  // namespace copydesk
