// A worker: the stream threads of one topology in this process.
//
// Threads: Run() blocks its caller; RequestStop() and is_ready() are thread-safe.
// Errors:  the first thread that fails stops the others, and Run() returns its reason.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/chain.h"
#include "pipeline/metrics.h"
#include "pipeline/stream_thread.h"
#include "pipeline/topology.h"

namespace copydesk {

// Makes what stream thread `thread` (0, 1, ...) of the worker works with.
using TransportMaker = std::function<absl::StatusOr<Transport>(int64_t thread)>;

class Worker {
 public:
  // Makes the threads' sources and sinks, so that what cannot work fails here. The references must
  // outlive the worker.
  static absl::StatusOr<std::unique_ptr<Worker>> Make(const Topology& topology,
                                                      const ChainPlan& plan,
                                                      const TransportMaker& make_transport,
                                                      Metrics& metrics);

  absl::Status Run();
  void RequestStop();
  // True when every thread has its source and works.
  bool is_ready() const;
  // True until Run() is about to return.
  bool is_running() const { return is_running_.load(std::memory_order_relaxed); }

 private:
  Worker() = default;
  std::atomic<bool> is_running_ = true;
  std::vector<std::unique_ptr<StreamThread>> threads_;
};

}  // namespace copydesk
