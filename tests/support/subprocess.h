// A program as a user would start it, with what it says on standard output and error kept apart.
//
// It dies with the test: the kernel kills it when the thread that started it ends, however that is.
//
// Threads: one thread. Errors: CHECKs are for what no test can go on without (fork, pipes).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace copydesk {

class Subprocess {
 public:
  // Starts command[0] with the rest as its arguments. Standard input is empty.
  explicit Subprocess(const std::vector<std::string>& command);
  // Kills it if it still runs.
  ~Subprocess();
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  void Signal(int signal);
  // Waits until it has ended and returns its exit status, 128 + the signal if one killed it;
  // nullopt when it still runs after `timeout`.
  std::optional<int> Wait(std::chrono::milliseconds timeout);
  bool is_running() { return !Wait(std::chrono::milliseconds(0)); }

  // What it has written so far.
  std::string out() const;
  std::string err() const;
  // The most memory it had resident at any moment. 0 when it has ended.
  int64_t resident_bytes_max() const;

 private:
  pid_t pid_ = -1;
  int out_ = -1;  // files in memory
  int err_ = -1;
  std::optional<int> status_;
};

// What a program that ran to its end left. `status` is nullopt when it had to be killed.
struct Finished {
  std::optional<int> status;
  std::string out;
  std::string err;
  double seconds = 0;
};
Finished RunToEnd(const std::vector<std::string>& command, std::chrono::milliseconds timeout);

// Asks `condition` every few milliseconds. Returns false when it has not been true in time.
template <typename Condition>
bool WaitUntil(Condition condition, std::chrono::milliseconds timeout);

// A folder of its own for a test, removed with all it holds.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  // Writes a file and returns its path.
  std::string Write(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

void SleepMs(int ms);

template <typename Condition>
bool WaitUntil(Condition condition, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    SleepMs(20);
  }
  return true;
}

}  // namespace copydesk
