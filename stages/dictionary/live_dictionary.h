// A dictionary that is replaced under way: the present one, and what it was read from.
//
// An image is read again when its file is another one than before (renamed over it), sources only
// when that is asked for. What cannot be read is refused, and the present dictionary stays: until
// the file changes once more it is not tried again. Whoever holds a dictionary keeps it for as long
// as he likes.
//
// Threads: get() and generation() are thread-safe; Reload() is for one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stages/dictionary/dictionary.h"

namespace copydesk {

class LiveDictionary {
 public:
  // Reads what `patterns` (paths and globs) name, as Dictionary::Load() does.
  static absl::StatusOr<std::unique_ptr<LiveDictionary>> Load(std::vector<std::string> patterns,
                                                              std::string name);

  // Rises when the dictionary is replaced: the cheap way to ask.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  std::shared_ptr<const Dictionary> get() const;

  // Replaces the dictionary where there is a new one. Returns whether it did; an error is why a new
  // one was refused. `is_asked` reads the files again even when none is another than before.
  absl::StatusOr<bool> Reload(bool is_asked);

 private:
  // What tells a file from the one that had its name before.
  struct FileStamp {
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t size = -1;
    int64_t changed_ns = 0;
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
  };
  static FileStamp StampOf(const std::string& path);

  LiveDictionary(std::vector<std::string> patterns, std::string name)
      : patterns_(std::move(patterns)), name_(std::move(name)) {}

  const std::vector<std::string> patterns_;
  const std::string name_;
  std::string image_;  // its path; "" for sources
  FileStamp stamp_;    // of the image that was tried last
  std::atomic<uint64_t> generation_ = 0;
  mutable std::mutex mutex_;
  std::shared_ptr<const Dictionary> dictionary_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace copydesk
