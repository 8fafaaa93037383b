// The seam where records go out: a Kafka producer, files, or a test's fake.
//
// Threads: one task thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/record.h"
#include "pipeline/source.h"

namespace copydesk {

class Sink {
 public:
  virtual ~Sink() = default;
  // Sends `record` to record.topic, and to record.partition unless that is -1 (its offset is not
  // read). May take its value instead of copying it: what record.value is afterwards is left open;
  // the rest of it, and all of it after an error, is as before. Blocks and waits while the sink's
  // own buffer is full.
  // Errors: kInvalidArgument when this record can never be taken (too large), with the sink as
  //         before; kAborted when what was sent since the last Commit() is lost: see Commit();
  //         any other error is final: the thread must end.
  virtual absl::Status Send(Record& record) = 0;

  // Makes what was sent since the last Commit() durable, and `offsets` of `source` with it. Where a
  // sink has transactions both come true together or not at all; otherwise the offsets come last.
  // `timeout` is for what can still be given up: what became of a transaction that the brokers were
  // asked to commit is waited for longer, for there is no other end.
  // Errors: kUnavailable when that cannot be had now: nothing has changed, and it may be called
  //         again later with the same or later offsets; kAborted when it can never be had: Abort()
  //         must be called, and everything since the last Commit() be made again; any other error
  //         is final.
  virtual absl::Status Commit(Source& source, std::span<const CommittableOffset> offsets,
                              std::chrono::milliseconds timeout) {
    if (absl::Status status = Flush(timeout); !status.ok()) return status;
    return source.Commit(offsets);
  }

  // Begins what Commit() does, and returns how it ended, if it ended at once. Otherwise EndCommit()
  // does, and until then only Send(), EndCommit() and bytes_in_flight() may be called; what is sent
  // meanwhile belongs to the commit after this one. `source` and its topics outlive the commit.
  virtual std::optional<absl::Status> BeginCommit(Source& source,
                                                  std::vector<CommittableOffset> offsets,
                                                  std::chrono::milliseconds timeout) {
    return Commit(source, offsets, timeout);
  }
  // How the commit ended that was begun; nothing if it has not ended after `wait`.
  // REQUIRES: BeginCommit() returned nothing, and this neither or nothing since.
  virtual std::optional<absl::Status> EndCommit(std::chrono::milliseconds /*wait*/) {
    return std::nullopt;
  }

  // Gives up what was sent since the last Commit(): no reader of committed records sees it, where
  // the sink has transactions. Returns whether what failed was a record that was refused for what
  // it is and will be refused again. An error is final.
  virtual absl::StatusOr<bool> Abort(std::chrono::milliseconds /*timeout*/) { return false; }

  // Returns when all that was sent is durable, or with the first failure since the last Flush().
  virtual absl::Status Flush(std::chrono::milliseconds timeout) = 0;
  // Bytes sent that are not yet known to be durable.
  virtual size_t bytes_in_flight() = 0;
};

}  // namespace copydesk
