// Feeds records of files into a topic, with a progress bar.
//
// Threads: one thread. Errors: absl::Status naming file and line, or what the sink said.
#pragma once

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
};

struct FeedResult {
  int64_t records = 0;
  int64_t bytes = 0;
  double seconds = 0;
};

// Reads to the end and returns when all is durable.
absl::StatusOr<FeedResult> Feed(RecordReader& reader, Sink& sink, const FeedOptions& options);

// Draws a line that is overwritten in place on a terminal, at most ten times a second; on anything
// else only the last one is printed.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what);
  // `done` of `total` (0: unknown) bytes, and how many records that were.
  void Update(int64_t records, int64_t done, int64_t total);
  void Finish(int64_t records, int64_t bytes);

 private:
  void Draw(int64_t records, int64_t done, int64_t total, const char* end);
  const std::string what_;
  const bool is_terminal_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace copydesk
