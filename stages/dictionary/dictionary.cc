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

std::string NameOfSources(std::span<const std::string> paths) {
  const std::filesystem::path first(paths[0]);
  const std::string folder = first.parent_path().filename().string();
  return paths.size() == 1 || folder.empty() ? first.stem().string() : folder;
}

}  // namespace

Dictionary::Dictionary(std::unique_ptr<const Image> image, std::unique_ptr<const RegexSet> regexes,
                       RuleBook rules)
    : image_(std::move(image)),
      regexes_(std::move(regexes)),
      rules_(std::move(rules)),
      version_(VersionOf(*image_)) {}

absl::StatusOr<std::shared_ptr<const Dictionary>> Dictionary::FromImage(ImageMemory memory,
                                                                        std::string_view source) {
  absl::StatusOr<std::unique_ptr<const Image>> image = Image::Open(std::move(memory), source);
  if (!image.ok()) return image.status();
  absl::StatusOr<std::unique_ptr<const RegexSet>> regexes = RegexSet::Make(**image);
  if (!regexes.ok()) return regexes.status();
  absl::StatusOr<RuleBook> rules = RuleBook::Make(**image);
  if (!rules.ok()) return rules.status();
  return std::shared_ptr<const Dictionary>(
      new Dictionary(*std::move(image), *std::move(regexes), *std::move(rules)));
}

absl::StatusOr<std::shared_ptr<const Dictionary>> Dictionary::Load(
    std::span<const std::string> paths, std::string_view name) {
  if (!AreSources(paths)) {
    absl::StatusOr<ImageMemory> memory = ImageMemory::Map(paths[0]);
    if (!memory.ok()) return memory.status();
    return FromImage(*std::move(memory), paths[0]);
  }
  absl::StatusOr<ImageMemory> memory = CompileSources(paths, {.name = std::string(name)});
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

bool AreSources(std::span<const std::string> paths) {
  return paths.size() != 1 || paths[0].ends_with(".jsonl") || paths[0].ends_with(".tsv");
}

absl::StatusOr<ImageMemory> CompileSources(std::span<const std::string> paths,
                                           const CompileOptions& options) {
  if (paths.empty()) return absl::InvalidArgumentError("no dictionary file is given");
  DictionaryCompiler compiler;
  std::vector<ImageMemory> files;
  uint64_t total = 0;
  for (const std::string& path : paths) {
    absl::StatusOr<ImageMemory> file = ImageMemory::Map(path);
    if (!file.ok()) return file.status();
    total += files.emplace_back(*std::move(file)).bytes().size();
  }
  uint64_t before = 0;
  SourceOptions source = {.report = options.report, .progress = {}};
  if (options.progress) {
    source.progress = [&](size_t done) { options.progress(before + done, total); };
  }
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string_view text = files[i].bytes();
    absl::Status status;
    if (paths[i].ends_with(".jsonl")) {
      status = ReadJsonSource(text, paths[i], &compiler, source);
    } else if (paths[i].ends_with(".tsv")) {
      status = ReadTsvSource(text, paths[i], &compiler, source);
    } else {
      status = absl::InvalidArgumentError(fmt::format(
          "{}: expected .jsonl or .tsv, or one compiled image and nothing else", paths[i]));
    }
    if (!status.ok()) return status;
    before += text.size();
  }
  absl::StatusOr<ImageMemory> image =
      compiler.Finish(options.name.empty() ? NameOfSources(paths) : options.name);
  if (options.idle_denials != nullptr) *options.idle_denials = compiler.idle_denials();
  return image;
}

}  // namespace copydesk
