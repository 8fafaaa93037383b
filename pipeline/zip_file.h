// Reads the files inside a zip archive, one after the other, without unpacking it.
//
// Threads: one thread. Errors: absl::Status that names the archive; a member that turns out broken
//          ends its stream with badbit set.
// Limits:  none of its own: a member is read as a stream, whatever it grows to.
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace copydesk {

class ZipFile {
 public:
  struct Member {
    std::string name;   // with its folders
    int64_t bytes = 0;  // unpacked
    uint64_t index = 0;
  };

  static absl::StatusOr<std::unique_ptr<ZipFile>> Open(const std::string& path);
  ~ZipFile();

  // Its files, folders left out, in the order of their names.
  const std::vector<Member>& members() const { return members_; }
  // A member's bytes. Lives no longer than this.
  absl::StatusOr<std::unique_ptr<std::istream>> Read(const Member& member) const;

 private:
  struct Handle;
  ZipFile(std::string path, std::unique_ptr<Handle> handle);
  const std::string path_;
  const std::unique_ptr<Handle> handle_;
  std::vector<Member> members_;
};

}  // namespace copydesk
