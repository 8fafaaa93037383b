// Feeds records into topics: at most so many a second, with a progress bar, remembering how far it
// has come.
//
// Threads: one thread. Errors: absl::Status naming file and line, or what the sink said.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "pipeline/files.h"
#include "pipeline/sink.h"

namespace copydesk {

struct FeedOptions {
  std::string topic;
  double records_per_second_max = 0;  // 0: as fast as it goes
  // How many of the fed records their reader has finished. When set, the feeder waits so that no
  // more than `ahead_bytes_max` are unread: the embedded broker drops what it cannot keep.
  std::function<absl::StatusOr<int64_t>()> finished_records;
  int64_t ahead_bytes_max = 0;
  // A file that remembers how many records are durable, so that the next run goes on behind them;
  // removed at the end. "" for none.
  std::string resume = {};
};

struct FeedResult {
  int64_t records = 0;
  int64_t bytes = 0;
  int64_t skipped = 0;  // that an earlier run had fed
  double seconds = 0;
};

// Reads to the end and returns when all is durable.
absl::StatusOr<FeedResult> Feed(RecordReader& reader, Sink& sink, const FeedOptions& options);

// Keeps to a rate.
class Pace {
 public:
  explicit Pace(double records_per_second_max) : rate_(records_per_second_max) {}
  // Waits until the next record is due.
  void Wait();

 private:
  const double rate_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int64_t records_ = 0;
};

// Draws a line that is overwritten in place on a terminal, at most ten times a second; on anything
// else only the last one is printed.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what);
  // `share` of the whole is done, 0 to 1, and how many records and bytes that were.
  void Update(int64_t records, int64_t bytes, double share);
  void Finish(int64_t records, int64_t bytes);

 private:
  void Draw(int64_t records, int64_t bytes, double share, const char* end);
  const std::string what_;
  const bool is_terminal_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace copydesk
