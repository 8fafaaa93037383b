#include "pipeline/worker_name.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace copydesk {
namespace {

constexpr int kWorkersMax = 1000;

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof(name) - 1);
  std::string host = name;
  std::replace_if(
      host.begin(), host.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '-');
  return host.empty() ? "host" : host;
}

}  // namespace

absl::StatusOr<WorkerName> WorkerName::Claim(const std::string& topology) {
  std::error_code error;
  const std::string folder = std::filesystem::temp_directory_path(error).string();
  const std::string host = HostName();
  for (int n = 0; n < kWorkersMax; ++n) {
    // The user's number: another's file cannot be opened.
    const std::string path =
        fmt::format("{}/copydesk-{}-{}-{}.lock", folder, topology, getuid(), n);
    const int lock = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) {
      return absl::UnavailableError(
          fmt::format("{}: {}; name this worker by `worker:` instead", path, std::strerror(errno)));
    }
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
      return WorkerName(fmt::format("{}-{}", host, n), lock);
    }
    close(lock);
  }
  return absl::ResourceExhaustedError(
      fmt::format("{} workers of '{}' run on this host", kWorkersMax, topology));
}

WorkerName::WorkerName(WorkerName&& other) noexcept
    : text_(std::move(other.text_)), lock_(std::exchange(other.lock_, -1)) {}

WorkerName::~WorkerName() {
  if (lock_ >= 0) close(lock_);
}

}  // namespace copydesk
