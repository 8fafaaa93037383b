#include "pipeline/worker.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>

namespace copydesk {
namespace {

int64_t WallClockMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Runs one stream thread. A library that throws here has broken what we rely on: log it and end.
absl::Status RunGuarded(StreamThread& thread) {
  try {
    return thread.Run();
  } catch (const std::exception& error) {
    spdlog::critical("a stream thread threw: {}", error.what());
  } catch (...) {
    spdlog::critical("a stream thread threw");
  }
  std::abort();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Worker>> Worker::Make(const Topology& topology,
                                                     const ChainPlan& plan,
                                                     const TransportMaker& make_transport,
                                                     Metrics& metrics) {
  std::unique_ptr<Worker> worker(new Worker());
  for (int64_t i = 0; i < topology.threads; ++i) {
    absl::StatusOr<Transport> transport = make_transport(i);
    if (!transport.ok()) return transport.status();
    worker->threads_.push_back(std::make_unique<StreamThread>(topology, plan, *std::move(transport),
                                                              metrics, WallClockMs));
  }
  return worker;
}

absl::Status Worker::Run() {
  std::mutex mutex;
  absl::Status first_error;  // guarded by mutex
  std::vector<std::thread> running;
  for (const std::unique_ptr<StreamThread>& thread : threads_) {
    running.emplace_back([&, stream_thread = thread.get()] {
      absl::Status status = RunGuarded(*stream_thread);
      if (status.ok()) return;
      spdlog::error("stream thread ended: {}", std::string(status.message()));
      const std::lock_guard lock(mutex);
      if (first_error.ok()) first_error = std::move(status);
      RequestStop();
    });
  }
  for (std::thread& thread : running) thread.join();
  is_running_.store(false, std::memory_order_relaxed);
  return first_error;
}

void Worker::RequestStop() {
  for (const std::unique_ptr<StreamThread>& thread : threads_) thread->RequestStop();
}

bool Worker::is_ready() const {
  return std::all_of(threads_.begin(), threads_.end(),
                     [](const auto& thread) { return thread->is_ready(); });
}

}  // namespace copydesk
