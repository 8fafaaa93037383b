// copydesk dictionary: compile, stats, verify and lookup.
#include "pipeline/cli/dictionary.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "pipeline/cli/atomic_file.h"
#include "stages/dictionary/inspect.h"
#include "stages/dictionary/matcher.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

struct Options {
  std::vector<std::string> sources;
  std::vector<std::string> dictionary = {"configs/dictionaries/*.jsonl"};
  std::string out;
  std::string name;
  std::string text;
};

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

absl::Status Compile(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<std::vector<std::string>> paths = ResolveDictionaryPaths(options.sources);
  if (!paths.ok()) return paths.status();
  if (!AreSources(*paths)) {
    return absl::InvalidArgumentError(
        fmt::format("{}: expected sources, .jsonl or .tsv", paths->front()));
  }
  // At first, as a folder that is not there should not be told after all the work.
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(options.out);
  if (!file.ok()) return file.status();
  absl::StatusOr<ImageMemory> memory =
      CompileSources(*paths, {.name = options.name, .progress = SourceProgress()});
  ClearProgress();
  if (!memory.ok()) return memory.status();
  if (absl::Status status = file->Write(memory->bytes()); !status.ok()) return status;
  const auto dictionary = Dictionary::FromImage(*std::move(memory), options.out);
  if (!dictionary.ok()) return dictionary.status();
  if (absl::Status status = file->Commit(); !status.ok()) return status;
  fmt::print("{}: {}, {} aliases and {} patterns of {} entities, {:.1f} MB in {:.1f} s\n",
             options.out, (*dictionary)->version(), (*dictionary)->key_count(),
             (*dictionary)->image().patterns().size(), (*dictionary)->entity_count(),
             static_cast<double>((*dictionary)->image().bytes().size()) / 1e6, SecondsSince(start));
  return absl::OkStatus();
}

absl::Status Stats(const Options& options) {
  const auto dictionary = LoadDictionary(options.sources);
  if (!dictionary.ok()) return dictionary.status();
  const Image& image = (*dictionary)->image();
  const DictionaryStats stats = StatsOf(image);
  const auto row = [](std::string_view what, uint64_t count) {
    fmt::print("{:<28}{:>12}\n", what, count);
  };
  fmt::print("{:<28}{}\n", "version", (*dictionary)->version());
  row("entities", image.entity_count());
  for (uint32_t type = 0; type < kEntityTypeCount; ++type) {
    row(fmt::format("  {}", NameOf(static_cast<EntityType>(type))), stats.entities_of_type[type]);
  }
  row("aliases", image.key_count());
  row("  of several entities", stats.shared_keys);
  row("  most entities of one", stats.claims_max);
  row("  not ASCII", stats.keys_beyond_ascii);
  row("  longest, bytes", stats.key_bytes_max);
  constexpr std::string_view kFoldNames[] = {"  exact", "  typographic", "  case", "  diacritics",
                                             "  case and diacritics"};
  for (uint32_t fold = 0; fold < kAliasFolds; ++fold) {
    row(kFoldNames[fold], image.alias_count(static_cast<AliasFold>(fold)));
  }
  row("patterns", image.patterns().size());
  row("image, bytes", image.bytes().size());
  row("index and its text, bytes", image.index_bytes());
  const double keys = std::max(1.0, static_cast<double>(image.key_count()));
  fmt::print("{:<28}{:>12.1f}\n", "  an alias", static_cast<double>(image.index_bytes()) / keys);
  return absl::OkStatus();
}

absl::Status Verify(const Options& options) {
  const std::vector<std::string> path = {options.text};
  if (AreSources(path)) {
    return absl::InvalidArgumentError(
        fmt::format("{}: expected a compiled image; sources are checked by lint", options.text));
  }
  const auto dictionary = Dictionary::Load(path);
  if (!dictionary.ok()) return dictionary.status();
  ShowProgress("looking for every alias");
  const absl::Status status = CheckEveryAlias(*dictionary);
  ClearProgress();
  if (!status.ok()) return status;
  fmt::print("{}: {}, all {} aliases are found\n", options.text, (*dictionary)->version(),
             (*dictionary)->key_count());
  if (options.sources.empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<std::string>> sources = ResolveDictionaryPaths(options.sources);
  if (!sources.ok()) return sources.status();
  const Image& image = (*dictionary)->image();
  absl::StatusOr<ImageMemory> memory =
      CompileSources(*sources, {.name = std::string(image.name()), .progress = SourceProgress()});
  ClearProgress();
  if (!memory.ok()) return memory.status();
  if (memory->bytes() != image.bytes()) {
    return absl::FailedPreconditionError(
        fmt::format("{}: the sources given make another image", options.text));
  }
  fmt::print("the sources given make the same bytes\n");
  return absl::OkStatus();
}

// An entity as a line of its own, and with `has_aliases` everything it is called.
void ShowEntity(const Dictionary& dictionary, uint32_t number, std::string_view by) {
  const Entity entity = dictionary.entity(number);
  fmt::print("  {:<14} {:<24} {} (priority {}{})\n", NameOf(entity.type), entity.id, entity.name,
             entity.priority, by);
}

absl::Status Lookup(const Options& options) {
  const auto dictionary = LoadDictionary(options.dictionary);
  if (!dictionary.ok()) return dictionary.status();
  if (FirstInvalidUtf8(options.text) != options.text.size()) {
    return absl::InvalidArgumentError("the text is not valid UTF-8");
  }
  bool is_found = false;
  for (const uint32_t entity : EntitiesWithId(**dictionary, options.text)) {
    ShowEntity(**dictionary, entity, "");
    for (const std::string& name : NamesOf(**dictionary, entity)) fmt::print("    {}\n", name);
    is_found = true;
  }
  Matcher matcher(*dictionary);
  FoldedText folded;
  folded.Assign(options.text);
  for (const Match& match : matcher.Find(options.text, &folded)) {
    const Span span = match.span;
    fmt::print("[{}, {}) {}\n", span.begin, span.end,
               std::string_view(options.text).substr(span.begin, span.end - span.begin));
    for (const Candidacy& candidate : matcher.candidates(match)) {
      ShowEntity(**dictionary, candidate.entity, candidate.is_pattern ? ", by pattern" : "");
    }
    is_found = true;
  }
  if (!is_found) fmt::print("nothing of this is in {}\n", (*dictionary)->version());
  return absl::OkStatus();
}

void AddCompile(CLI::App& group, Command* command) {
  CLI::App* sub =
      group.add_subcommand("compile", "Compile sources to an image, which opens at once");
  auto options = std::make_shared<Options>();
  sub->add_option("sources", options->sources,
                  "Sources, .jsonl or .tsv: a base, the desk's own, a deny list")
      ->required();
  sub->add_option("-o,--output", options->out, "The image; it is replaced when all went well")
      ->required();
  sub->add_option("-n,--name", options->name,
                  "What its version begins with, such as a date (default: the file's or folder's)");
  sub->callback([options, command] { *command = [options] { return Compile(*options); }; });
}

}  // namespace

std::function<void(uint64_t, uint64_t)> SourceProgress() {
  if (isatty(STDERR_FILENO) != 1) return {};
  return [shown = uint64_t{101}](uint64_t done, uint64_t total) mutable {
    const uint64_t percent = total == 0 ? 100 : done * 100 / total;
    if (percent == shown) return;
    shown = percent;
    // What follows the reading takes as long, but its length is not known.
    ShowProgress(percent == 100 ? "compiling" : fmt::format("reading {:3} %", percent));
  };
}

void ShowProgress(std::string_view what) {
  if (isatty(STDERR_FILENO) != 1) return;
  fmt::print(stderr, "\r\033[K{}", what);
  std::fflush(stderr);
}

void ClearProgress() {
  if (isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r\033[K");
}

absl::StatusOr<std::shared_ptr<const Dictionary>> LoadDictionary(
    const std::vector<std::string>& patterns) {
  const absl::StatusOr<std::vector<std::string>> paths = ResolveDictionaryPaths(patterns);
  if (!paths.ok()) return paths.status();
  return Dictionary::Load(*paths);
}

void AddDictionary(CLI::App& app, Command* command) {
  CLI::App* group =
      app.add_subcommand("dictionary", "Compile, check, look into and import dictionaries");
  group->require_subcommand(1);
  AddCompile(*group, command);
  AddDictionaryLint(*group, command);

  auto options = std::make_shared<Options>();
  CLI::App* lookup = group->add_subcommand("lookup", "What a text names, and what an id is called");
  lookup->add_option("text", options->text, "A text, or an entity's id")->required();
  lookup->add_option("-d,--dictionary", options->dictionary, "An image or sources")
      ->capture_default_str();
  lookup->callback([options, command] { *command = [options] { return Lookup(*options); }; });

  CLI::App* stats = group->add_subcommand("stats", "How many of what a dictionary has");
  stats->add_option("dictionary", options->sources, "An image or sources")->required();
  stats->callback([options, command] { *command = [options] { return Stats(*options); }; });

  CLI::App* verify = group->add_subcommand(
      "verify", "Check an image: its bytes, that each alias is found, and what it was made of");
  verify->add_option("image", options->text, "A compiled image")->required();
  verify->add_option("sources", options->sources, "Sources that must make the same bytes");
  verify->callback([options, command] { *command = [options] { return Verify(*options); }; });
  AddDictionaryDiff(*group, command);
  AddDictionaryImport(*group, command);
}

}  // namespace copydesk
