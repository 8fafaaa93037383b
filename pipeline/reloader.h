// Keeps what the stages of a worker share up to date: a thread that asks each factory, once a
// second, whether there is a newer version of it.
//
// Stages go over to a new version at their next batch; nothing stops. A version that is refused is
// logged and counted, and the one before stays.
//
// Threads: the thread ends with its object.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "pipeline/chain.h"
#include "pipeline/metrics.h"

namespace copydesk {

class Reloader {
 public:
  // The references must outlive it. Whoever sets `is_asked` has everything read again, also what
  // does not seem to have changed.
  Reloader(const ChainPlan& plan, Metrics& metrics, std::atomic<bool>& is_asked);
  ~Reloader();

 private:
  void Watch();
  void Reload(bool is_asked);

  const ChainPlan& plan_;
  Metrics& metrics_;
  std::map<std::string, std::string> versions_;  // by stage; the thread's, once it runs
  std::atomic<bool>& is_asked_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool should_stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace copydesk
