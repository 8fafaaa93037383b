// A record: what a topic holds, with where it stood.
//
// Lifetime: `topic` is a view whose owner is the source (or, in a test, a literal) and lives as
//           long as it; the rest is owned. Records are reused: their strings keep their memory.
// Threads:  one task thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace copydesk {

// Names of the headers that copydesk adds begin with one of these: to a dead letter, where it came
// from and why (stage, code, message, topic, partition, offset; in the manner of KIP-1034), and to
// a held record, where it came from.
inline constexpr std::string_view kErrorHeaderPrefix = "__copydesk.errors.";
inline constexpr std::string_view kHeldHeaderPrefix = "__copydesk.held.";

struct Header {
  std::string name;
  std::string value;  // any bytes
};

// True for a header that copydesk added to a dead letter or a held record.
inline bool IsOwnHeader(const Header& header) {
  return header.name.compare(0, kErrorHeaderPrefix.size(), kErrorHeaderPrefix) == 0 ||
         header.name.compare(0, kHeldHeaderPrefix.size(), kHeldHeaderPrefix) == 0;
}

// A source may leave this much room behind a value, for readers that want padding.
inline constexpr size_t kValueRoomBytes = 64;

struct Record {
  std::string_view topic;
  int32_t partition = -1;
  int64_t offset = -1;
  int64_t timestamp_ms = -1;  // the broker's or producer's time, ms since the epoch; -1 unknown
  bool has_key = false;
  std::string key;            // any bytes
  std::string value;          // any bytes
  bool is_tombstone = false;  // has no value, not even an empty one
  std::vector<Header> headers;
};

}  // namespace copydesk
