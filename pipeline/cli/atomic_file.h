// A file that appears whole or not at all: it is written without a name beside its target and put
// in the target's place when it is complete. A process that ends before leaves nothing behind.
//
// Threads: one thread. Errors: absl::Status that names the target.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace copydesk {

class AtomicFile {
 public:
  static absl::StatusOr<AtomicFile> Create(const std::string& path);
  AtomicFile(AtomicFile&& other) noexcept
      : path_(std::move(other.path_)),
        temporary_(std::exchange(other.temporary_, {})),
        file_(std::exchange(other.file_, -1)) {}
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  absl::Status Write(std::string_view bytes);
  // Makes what was written durable and puts it in the target's place. Nothing is written after it.
  absl::Status Commit();

 private:
  AtomicFile(std::string path, std::string temporary, int file)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(file) {}
  absl::Status Error(std::string_view what) const;
  const std::string path_;
  std::string temporary_;  // "" while the file has no name
  int file_;
};

}  // namespace copydesk
