// Strict YAML: a configuration's nodes know their place in the file, and refuse what they do not
// know.
//
// A reader asks a mapping for the keys it understands and then calls Finish(): a key nobody asked
// for is an error with its line and the nearest key that exists. ${NAME} and ${NAME:-default} in
// values are filled from the environment; $$ is a dollar sign.
//
//     ConfigMap map(node);
//     std::chrono::milliseconds window = hours(72);
//     map.Duration("window", &window);          // "72h", "15m", "30s", "100ms"
//     map.Choice("embargo", {"hold", "pass"}, &embargo);
//     if (absl::Status status = map.Finish(); !status.ok()) return status;
//
// The first error sticks: later calls do nothing and Finish() returns it.
//
// Units:   durations in ms; sizes in bytes (suffixes KB, MB, GB are powers of 1024).
// Threads: set-up only, one thread.
// Errors:  absl::InvalidArgument, "file:line: key: what, expected what".
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace YAML {
class Node;
}

namespace copydesk {

// One node of a parsed configuration. Cheap to copy.
class ConfigNode {
 public:
  // A null node of no file: reads as an absent mapping.
  ConfigNode();
  // Parses a file. Relative paths inside it are meant from its folder: see ResolvePath().
  static absl::StatusOr<ConfigNode> FromFile(const std::string& path);
  // Parses text; `name` stands for the file in errors, `folder` is where relative paths begin.
  static absl::StatusOr<ConfigNode> FromText(std::string_view text, std::string name,
                                             std::string folder = ".");

  // A null node in the place of `node`.
  static ConfigNode Null(const ConfigNode& node);

  bool is_null() const;
  bool is_scalar() const;
  bool is_list() const;
  bool is_map() const;
  int line() const { return line_; }  // 1-based; of an entry of a mapping, its key's

  // A scalar's text with the environment filled in. An error when this is no scalar, or when the
  // environment lacks a variable that has no default.
  absl::StatusOr<std::string> text() const;
  std::vector<ConfigNode> items() const;                            // of a list, else empty
  std::vector<std::pair<std::string, ConfigNode>> entries() const;  // of a map, else empty

  // An error that names this node's file and line.
  absl::Status Error(std::string_view what) const;
  // `path` made absolute from the configuration's folder; an absolute one stays.
  std::string ResolvePath(std::string_view path) const;

 private:
  struct File;
  ConfigNode(std::shared_ptr<const File> file, const YAML::Node& node, int line);
  std::shared_ptr<const File> file_;
  std::shared_ptr<YAML::Node> node_;
  int line_;
};

// Reads the keys of a mapping. An absent key leaves *out as it was; a null node is an empty
// mapping.
class ConfigMap {
 public:
  explicit ConfigMap(const ConfigNode& node);

  bool Has(std::string_view key) const;
  void String(std::string_view key, std::string* out);
  // A scalar or a list of scalars.
  void Strings(std::string_view key, std::vector<std::string>* out);
  void Bool(std::string_view key, bool* out);
  void Int(std::string_view key, int64_t min, int64_t max, int64_t* out);
  void Bytes(std::string_view key, int64_t min, int64_t max, int64_t* out);
  void Duration(std::string_view key, std::chrono::milliseconds* out);
  // One of `choices`; *out is the index of the one found.
  void Choice(std::string_view key, const std::vector<std::string_view>& choices, size_t* out);
  // The node itself, for what has a shape of its own. Returns false when it is absent.
  bool Node(std::string_view key, ConfigNode* out);

  // Notes an error at `key` (or at the mapping when it is absent).
  void Fail(std::string_view key, std::string_view what);
  // Notes an error found by somebody else, below this mapping.
  void Fail(absl::Status status);
  // The first error, or an error for the first key nobody asked for, or OK.
  absl::Status Finish();

 private:
  const ConfigNode* Take(std::string_view key);
  // Reads a scalar. Returns false, having noted any error, when there is nothing to read.
  bool Text(std::string_view key, std::string_view expected, std::string* out);
  ConfigNode node_;
  std::vector<std::pair<std::string, ConfigNode>> entries_;
  std::vector<std::string> asked_;
  absl::Status status_;
};

// The string of `choices` that is nearest to `word` by edit distance, or "" when none is near.
std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& choices);

}  // namespace copydesk
