#include "pipeline/snapshot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace copydesk {
namespace {

constexpr std::string_view kMagic = "copydesk-snapshot-2\n";
constexpr size_t kNumberBytes = 8;
constexpr size_t kBufferBytes = 1 << 20;

struct FreeHash {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

// Writes a file and its checksum. The first error sticks.
class Writer : public ChangeSink {
 public:
  explicit Writer(const std::string& path)
      : path_(path),
        file_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
        hash_(XXH3_createState()) {
    if (file_ < 0) Fail();
    XXH3_64bits_reset(hash_.get());
  }
  ~Writer() override {
    if (file_ >= 0) close(file_);
  }
  void Put(std::string_view key, std::string_view value) override {
    Text(key);
    Text(value);
  }
  void Erase(std::string_view /*key*/) override {}  // a whole state erases nothing
  void Bytes(std::string_view bytes) {
    if (buffer_.size() + bytes.size() >= kBufferBytes) {
      Flush();
      if (bytes.size() >= kBufferBytes) return Drain(bytes);
    }
    buffer_.append(bytes);
  }
  void Number(uint64_t number) {
    char bytes[kNumberBytes];
    std::memcpy(bytes, &number, sizeof(bytes));
    Bytes({bytes, sizeof(bytes)});
  }
  void Text(std::string_view text) {
    Number(text.size());
    Bytes(text);
  }
  absl::Status Finish() {
    Flush();
    Number(XXH3_64bits_digest(hash_.get()));
    Flush();
    if (status_.ok() && fsync(file_) != 0) Fail();
    return status_;
  }

 private:
  void Flush() {
    Drain(buffer_);
    buffer_.clear();
  }
  void Drain(std::string_view left) {
    XXH3_64bits_update(hash_.get(), left.data(), left.size());
    while (status_.ok() && !left.empty()) {
      const ssize_t written = write(file_, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Fail();
      left.remove_prefix(static_cast<size_t>(written));
    }
  }
  void Fail() {
    if (status_.ok()) {
      status_ = absl::UnavailableError(fmt::format("{}: {}", path_, std::strerror(errno)));
    }
  }

  const std::string path_;
  const int file_;
  std::string buffer_;
  std::unique_ptr<XXH3_state_t, FreeHash> hash_;
  absl::Status status_;
};

// A file mapped to be read.
class Mapping {
 public:
  explicit Mapping(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info = {};
    if (file >= 0 && fstat(file, &info) == 0 && info.st_size > 0) {
      size_ = static_cast<size_t>(info.st_size);
      data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    }
    if (file >= 0) close(file);
  }
  ~Mapping() {
    if (data_ != MAP_FAILED) munmap(data_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  std::string_view bytes() const {
    return data_ == MAP_FAILED ? std::string_view()
                               : std::string_view(static_cast<const char*>(data_), size_);
  }

 private:
  void* data_ = MAP_FAILED;
  size_t size_ = 0;
};

bool TakeNumber(std::string_view* in, uint64_t* number) {
  if (in->size() < kNumberBytes) return false;
  std::memcpy(number, in->data(), kNumberBytes);
  in->remove_prefix(kNumberBytes);
  return true;
}

bool TakeText(std::string_view* in, std::string_view* text) {
  uint64_t size = 0;
  if (!TakeNumber(in, &size) || size > in->size()) return false;
  *text = in->substr(0, size);
  in->remove_prefix(size);
  return true;
}

}  // namespace

std::string SnapshotFolder::PathOf(const ChangelogPartition& place) const {
  return fmt::format("{}/{}-{}.snapshot", folder_, place.topic, place.partition);
}

absl::Status SnapshotFolder::Write(const ChangelogPartition& place, int64_t next_offset,
                                   const StageState& state) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  const std::string path = PathOf(place);
  const std::string beside = path + ".new";
  absl::Status status;
  {
    Writer writer(beside);
    writer.Bytes(kMagic);
    writer.Text(place.topic);
    writer.Number(static_cast<uint64_t>(place.partition));
    writer.Number(static_cast<uint64_t>(next_offset));
    state.WriteAll(writer);
    status = writer.Finish();
  }
  if (status.ok() && rename(beside.c_str(), path.c_str()) != 0) {
    status = absl::UnavailableError(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  if (!status.ok()) unlink(beside.c_str());
  return status;
}

absl::StatusOr<int64_t> SnapshotFolder::Read(const ChangelogPartition& place,
                                             StageState& state) const {
  const std::string path = PathOf(place);
  const auto broken = [&](std::string_view what) {
    return absl::DataLossError(fmt::format("{}: {}", path, what));
  };
  const Mapping file(path);
  std::string_view in = file.bytes();
  if (in.empty()) return absl::NotFoundError(path);
  if (in.substr(0, kMagic.size()) != kMagic || in.size() < kMagic.size() + kNumberBytes) {
    return broken("no snapshot, or of another version");
  }
  std::string_view tail = in.substr(in.size() - kNumberBytes);
  in.remove_suffix(kNumberBytes);
  uint64_t checksum = 0, partition = 0, offset = 0;
  TakeNumber(&tail, &checksum);
  if (XXH3_64bits(in.data(), in.size()) != checksum) return broken("its checksum is wrong");
  in.remove_prefix(kMagic.size());
  std::string_view topic;
  if (!TakeText(&in, &topic) || !TakeNumber(&in, &partition) || !TakeNumber(&in, &offset) ||
      topic != place.topic || partition != static_cast<uint64_t>(place.partition)) {
    return broken("it is of another changelog");
  }
  while (!in.empty()) {
    std::string_view key, value;
    if (!TakeText(&in, &key) || !TakeText(&in, &value)) return broken("it breaks off");
    if (absl::Status status = state.Restore(key, value); !status.ok()) {
      return broken(std::string(status.message()));
    }
  }
  return static_cast<int64_t>(offset);
}

void SnapshotFolder::Remove(const ChangelogPartition& place) const {
  unlink(PathOf(place).c_str());
}

}  // namespace copydesk
