#include "stages/dictionary/dictionary.h"

#include <fmt/format.h>
#include <glob.h>

#include <filesystem>
#include <utility>

#include "stages/dictionary/compile.h"
#include "stages/dictionary/source.h"

namespace copydesk {
namespace {

std::string VersionOf(const Image& image) {
  return fmt::format("{}.{:012x}", image.name(), image.checksum() >> 16);
}

}  // namespace

Dictionary::Dictionary(std::unique_ptr<const Image> image, std::unique_ptr<const RegexSet> regexes)
    : image_(std::move(image)), regexes_(std::move(regexes)), version_(VersionOf(*image_)) {}

absl::StatusOr<std::shared_ptr<const Dictionary>> Dictionary::FromImage(ImageMemory memory,
                                                                        std::string_view source) {
  absl::StatusOr<std::unique_ptr<const Image>> image = Image::Open(std::move(memory), source);
  if (!image.ok()) return image.status();
  absl::StatusOr<std::unique_ptr<const RegexSet>> regexes = RegexSet::Make(**image);
  if (!regexes.ok()) return regexes.status();
  return std::shared_ptr<const Dictionary>(new Dictionary(*std::move(image), *std::move(regexes)));
}

absl::StatusOr<std::shared_ptr<const Dictionary>> Dictionary::Load(
    std::span<const std::string> paths) {
  if (paths.size() == 1 && !paths[0].ends_with(".jsonl") && !paths[0].ends_with(".tsv")) {
    absl::StatusOr<ImageMemory> memory = ImageMemory::Map(paths[0]);
    if (!memory.ok()) return memory.status();
    return FromImage(*std::move(memory), paths[0]);
  }
  absl::StatusOr<ImageMemory> memory = CompileSources(paths);
  if (!memory.ok()) return memory.status();
  return FromImage(*std::move(memory), "the compiled dictionary");
}

absl::StatusOr<std::vector<std::string>> ResolveDictionaryPaths(
    std::span<const std::string> patterns) {
  std::vector<std::string> paths;
  for (const std::string& pattern : patterns) {
    glob_t found{};
    const int result = glob(pattern.c_str(), 0, nullptr, &found);
    for (size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
    globfree(&found);
    if (result != 0) {
      return absl::NotFoundError(fmt::format("{}: no such dictionary file", pattern));
    }
  }
  return paths;
}

absl::StatusOr<ImageMemory> CompileSources(std::span<const std::string> paths) {
  if (paths.empty()) return absl::InvalidArgumentError("no dictionary file is given");
  DictionaryCompiler compiler;
  std::vector<ImageMemory> files;
  for (const std::string& path : paths) {
    absl::StatusOr<ImageMemory> file = ImageMemory::Map(path);
    if (!file.ok()) return file.status();
    const std::string_view text = files.emplace_back(*std::move(file)).bytes();
    absl::Status status;
    if (path.ends_with(".jsonl")) {
      status = ReadJsonSource(text, path, &compiler);
    } else if (path.ends_with(".tsv")) {
      status = ReadTsvSource(text, path, &compiler);
    } else {
      status = absl::InvalidArgumentError(
          fmt::format("{}: expected .jsonl or .tsv, or one compiled image and nothing else", path));
    }
    if (!status.ok()) return status;
  }
  return compiler.Finish(std::filesystem::path(paths[0]).stem().string());
}

}  // namespace copydesk
