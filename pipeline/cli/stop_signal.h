// Ends a command in good order on SIGTERM or SIGINT: the first signal asks it to stop, the second,
// or a stop that takes longer than it may, ends the process at once.
//
// Threads: make it before any other thread, so that all of them leave the signals to it.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace copydesk {

class StopSignal {
 public:
  // `stop` is called once, on a thread of its own.
  StopSignal(std::function<void()> stop, std::chrono::milliseconds timeout);
  ~StopSignal();

 private:
  void Watch(const std::function<void()>& stop, std::chrono::milliseconds timeout);
  std::thread thread_;
};

}  // namespace copydesk
