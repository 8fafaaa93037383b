// A dictionary: entities and what they are called, ready to be looked for in stories.
//
// It is an image (image.h), mapped from a file that holds what CompileSources() made, or built
// in memory from sources (source.h), and the patterns that need RE2 at run time.
//
// Lifetime: views it gives out are valid as long as it lives; matchers share it. An image's file
//           stays mapped: replace it by renaming another one over it, never write into it.
// Threads:  immutable (share freely, as std::shared_ptr<const Dictionary>).
// Errors:   absl::Status from Load() that names the file, the line and what was expected.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "stages/dictionary/entity.h"
#include "stages/dictionary/entity_rules.h"
#include "stages/dictionary/image.h"
#include "stages/dictionary/regex.h"
#include "stages/dictionary/source.h"

namespace copydesk {

class Dictionary {
 public:
  // Reads one image, or one or more sources (.jsonl, .tsv) that make one dictionary together,
  // named `name` (see CompileOptions); an image keeps its own.
  // Cost: opening an image takes milliseconds; sources take seconds a million aliases.
  static absl::StatusOr<std::shared_ptr<const Dictionary>> Load(std::span<const std::string> paths,
                                                                std::string_view name = {});
  // The same of an image in memory; `source` names it in errors.
  static absl::StatusOr<std::shared_ptr<const Dictionary>> FromImage(ImageMemory memory,
                                                                     std::string_view source);

  // The dictionary's name and twelve hexadecimal digits of its content's hash:
  // "newswire.7f3a09c2d1e4". Equal contents have equal versions on every machine.
  const std::string& version() const { return version_; }

  uint32_t entity_count() const { return image_->entity_count(); }
  Entity entity(uint32_t i) const { return image_->entity(i); }
  // How many different texts are looked for, beside patterns.
  uint32_t key_count() const { return image_->key_count(); }

  const Image& image() const { return *image_; }
  const RegexSet& regexes() const { return *regexes_; }
  const RuleBook& rules() const { return rules_; }

 private:
  Dictionary(std::unique_ptr<const Image> image, std::unique_ptr<const RegexSet> regexes,
             RuleBook rules);

  const std::unique_ptr<const Image> image_;
  const std::unique_ptr<const RegexSet> regexes_;
  const RuleBook rules_;
  const std::string version_;
};

// The files that `patterns` (paths, or globs such as dictionaries/*.jsonl) name, sorted within a
// pattern. An error when a pattern names none.
absl::StatusOr<std::vector<std::string>> ResolveDictionaryPaths(
    std::span<const std::string> patterns);

// True when `paths` are sources, false when they are one image.
bool AreSources(std::span<const std::string> paths);

struct CompileOptions {
  // The dictionary's name. "": that of the only source without its extension, or of the folder
  // that the first of several is in.
  std::string name = {};
  // With it, lines that cannot be taken do not end the compilation.
  SourceReport* report = nullptr;
  // Filled with what is denied and was not there.
  std::vector<std::string>* idle_denials = nullptr;
  // Told from time to time how many bytes of the sources are read, and how many there are.
  std::function<void(uint64_t done, uint64_t total)> progress = {};
};

// Compiles sources to an image. The same sources in the same order give the same bytes.
absl::StatusOr<ImageMemory> CompileSources(std::span<const std::string> paths,
                                           const CompileOptions& options = {});

}  // namespace copydesk
