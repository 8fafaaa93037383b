#include "pipeline/zip_file.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <streambuf>
#include <utility>

namespace copydesk {
namespace {

// A member being unpacked, as a stream.
class MemberStream : private std::streambuf, public std::istream {
 public:
  explicit MemberStream(zip_file_t* file) : std::istream(this), file_(file) {}
  ~MemberStream() override { zip_fclose(file_); }

 private:
  int underflow() override {
    const zip_int64_t got = zip_fread(file_, chunk_.data(), chunk_.size());
    if (got < 0) setstate(badbit);
    if (got <= 0) return std::char_traits<char>::eof();
    setg(chunk_.data(), chunk_.data(), chunk_.data() + got);
    return std::char_traits<char>::to_int_type(chunk_[0]);
  }

  zip_file_t* const file_;
  std::array<char, 64 << 10> chunk_;
};

}  // namespace

struct ZipFile::Handle {
  explicit Handle(zip_t* a) : archive(a) {}
  Handle(const Handle&) = delete;
  zip_t* const archive;
  ~Handle() { zip_discard(archive); }
};

ZipFile::ZipFile(std::string path, std::unique_ptr<Handle> handle)
    : path_(std::move(path)), handle_(std::move(handle)) {}

ZipFile::~ZipFile() = default;

absl::StatusOr<std::unique_ptr<ZipFile>> ZipFile::Open(const std::string& path) {
  int code = 0;
  zip_t* const archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    return absl::InvalidArgumentError(fmt::format("{}: no zip archive: {}", path, why));
  }
  std::unique_ptr<ZipFile> file(new ZipFile(path, std::make_unique<Handle>(archive)));
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    const auto index = static_cast<zip_uint64_t>(i);
    if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_NAME) == 0) {
      continue;
    }
    const std::string name = stat.name;
    if (name.empty() || name.back() == '/') continue;
    const bool is_known = (stat.valid & ZIP_STAT_SIZE) != 0;
    file->members_.push_back({name, is_known ? static_cast<int64_t>(stat.size) : 0, index});
  }
  std::sort(file->members_.begin(), file->members_.end(),
            [](const Member& a, const Member& b) { return a.name < b.name; });
  return file;
}

absl::StatusOr<std::unique_ptr<std::istream>> ZipFile::Read(const Member& member) const {
  zip_file_t* const file = zip_fopen_index(handle_->archive, member.index, 0);
  if (file == nullptr) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {}: {}", path_, member.name, zip_strerror(handle_->archive)));
  }
  return std::make_unique<MemberStream>(file);
}

}  // namespace copydesk
