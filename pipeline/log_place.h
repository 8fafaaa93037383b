// Where in a topic stands what a thread logs about: the JSON log says it in members of their own.
//
//     const LogPlace place(partition.topic, partition.partition, offset);
//     spdlog::error("{} is set aside: {}", ...);
//
// Lifetime: as long as the place lives the lines of its thread are about it; of nested ones the
//           innermost counts. `topic` must outlive it.
// Threads:  each has places of its own.
#pragma once

#include <cstdint>
#include <string_view>

namespace copydesk {

class LogPlace {
 public:
  // -1: the line is about no single offset.
  LogPlace(std::string_view topic, int32_t partition, int64_t offset = -1)
      : topic_(topic), partition_(partition), offset_(offset), outer_(current_) {
    current_ = this;
  }
  ~LogPlace() { current_ = outer_; }
  LogPlace(const LogPlace&) = delete;
  LogPlace& operator=(const LogPlace&) = delete;

  // The present place of this thread; nullptr for none.
  static const LogPlace* current() { return current_; }

  std::string_view topic() const { return topic_; }
  int32_t partition() const { return partition_; }
  int64_t offset() const { return offset_; }

 private:
  static inline thread_local const LogPlace* current_ = nullptr;

  const std::string_view topic_;
  const int32_t partition_;
  const int64_t offset_;
  const LogPlace* const outer_;
};

}  // namespace copydesk
