// Local copies of states: what a restart on the same machine begins from, instead of the whole
// changelog. A file for each changelog partition holds the state as changes, and the changelog's
// offset from which on changes are missing in it.
//
// A file: "copydesk-snapshot-2\n", topic, partition, offset, changes (each a key and a value), and
// an XXH3 checksum of all before it. Numbers are 8 bytes, little-endian; texts a length and bytes.
// It is written beside its place, synced and renamed: what stands there is always whole.
//
// A snapshot is a shortcut and nothing rests on it: one that is missing, broken, of another version
// or changelog, or of a stage that is configured otherwise (its memory) is told and ignored, and
// the changelog is read; one that cannot be written (a full disk) is told and given up.
//
// Threads: one task thread; several may use one folder for different partitions.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/changelog.h"
#include "pipeline/state.h"

namespace copydesk {

class SnapshotFolder {
 public:
  // `folder` is made when it is missing; "" keeps no snapshots.
  explicit SnapshotFolder(std::string folder) : folder_(std::move(folder)) {}

  // Writes the state, which has all changes before `next_offset`.
  // REQUIRES: nothing in the state is uncommitted.
  absl::Status Write(const ChangelogPartition& place, int64_t next_offset,
                     const StageState& state) const;
  // Reads the state into `state` and returns the offset to go on at. Errors: kNotFound; kDataLoss
  // when the file is broken. After an error `state` may have a part and must be Clear()ed.
  absl::StatusOr<int64_t> Read(const ChangelogPartition& place, StageState& state) const;
  void Remove(const ChangelogPartition& place) const;

  bool is_used() const { return !folder_.empty(); }

 private:
  std::string PathOf(const ChangelogPartition& place) const;
  const std::string folder_;
};

}  // namespace copydesk
