#include "pipeline/cli/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace copydesk {
namespace {

constexpr mode_t kMode = 0666;  // less the process's umask

}  // namespace

absl::StatusOr<AtomicFile> AtomicFile::Create(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  int file = open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode);
  std::string temporary;
  if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
    // A file system without nameless files.
    temporary = fmt::format("{}.{}.tmp", path, getpid());
    file = open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, kMode);
  }
  if (file < 0) return absl::ErrnoToStatus(errno, fmt::format("{}: cannot be written", path));
  return AtomicFile(path, std::move(temporary), file);
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  close(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

absl::Status AtomicFile::Error(std::string_view what) const {
  return absl::ErrnoToStatus(errno, fmt::format("{}: {}", path_, what));
}

absl::Status AtomicFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error("cannot be written");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Commit() {
  if (fsync(file_) != 0) return Error("cannot be made durable");
  if (temporary_.empty()) {
    const std::string name = fmt::format("{}.{}.tmp", path_, getpid());
    unlink(name.c_str());
    const std::string open_file = fmt::format("/proc/self/fd/{}", file_);
    if (linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      return Error("cannot be named");
    }
    temporary_ = name;
  }
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return Error("cannot be replaced");
  temporary_.clear();
  return absl::OkStatus();
}

}  // namespace copydesk
