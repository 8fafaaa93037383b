// Ends a command in good order on SIGTERM or SIGINT: the first signal asks it to stop, the second,
// or a stop that takes longer than it may, ends the process at once. On SIGHUP the command may do
// something else and go on.
//
// Threads: make it before any other thread, so that all of them leave the signals to it.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace copydesk {

class StopSignal {
 public:
  // `stop` is called once, `hang_up` whenever SIGHUP comes before it, on a thread of its own.
  StopSignal(std::function<void()> stop, std::function<void()> hang_up,
             std::chrono::milliseconds timeout);
  ~StopSignal();

 private:
  void Watch(const std::function<void()>& stop, const std::function<void()>& hang_up,
             std::chrono::milliseconds timeout);
  std::thread thread_;
};

}  // namespace copydesk
