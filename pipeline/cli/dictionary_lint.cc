// copydesk dictionary lint.
#include <fmt/format.h>

#include <fstream>
#include <map>

#include "pipeline/cli/dictionary.h"
#include "stages/dictionary/lint.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

struct Options {
  std::vector<std::string> sources;
  std::string words;
  size_t shown_max = 20;
};

absl::StatusOr<absl::flat_hash_set<std::string>> ReadWords(const std::string& path) {
  absl::flat_hash_set<std::string> words;
  if (path.empty()) return words;
  std::ifstream file(path);
  for (std::string word; std::getline(file, word);) {
    if (FirstInvalidUtf8(word) == word.size()) words.insert(FoldCase(word));
  }
  if (words.empty()) return absl::NotFoundError(fmt::format("{}: no words can be read", path));
  return words;
}

absl::Status ShowFindings(const std::vector<Finding>& findings, size_t shown_max) {
  std::map<std::string_view, size_t> counts;
  size_t errors = 0;
  for (size_t i = 0; i < findings.size(); ++i) {
    const Finding& finding = findings[i];
    const size_t count = ++counts[finding.rule];
    errors += finding.is_error();
    if (count <= shown_max) fmt::print("{}: {}\n", finding.rule, finding.text);
    const bool is_last = i + 1 == findings.size() || findings[i + 1].rule != finding.rule;
    if (is_last && count > shown_max) {
      fmt::print("{}: … and {} more\n", finding.rule, count - shown_max);
    }
  }
  if (errors != 0) {
    return absl::InvalidArgumentError(fmt::format("{} lines cannot be taken", errors));
  }
  return absl::OkStatus();
}

absl::Status RunLint(const Options& options) {
  const absl::StatusOr<std::vector<std::string>> paths = ResolveDictionaryPaths(options.sources);
  if (!paths.ok()) return paths.status();
  const auto words = ReadWords(options.words);
  if (!words.ok()) return words.status();
  SourceReport report;
  std::vector<std::string> idle_denials;
  absl::StatusOr<std::shared_ptr<const Dictionary>> dictionary;
  if (AreSources(*paths)) {
    absl::StatusOr<ImageMemory> memory = CompileSources(
        *paths, {.report = &report, .idle_denials = &idle_denials, .progress = SourceProgress()});
    ClearProgress();
    if (!memory.ok()) return memory.status();
    dictionary = Dictionary::FromImage(*std::move(memory), "the compiled dictionary");
  } else {
    dictionary = Dictionary::Load(*paths);
  }
  if (!dictionary.ok()) return dictionary.status();
  ShowProgress("checking");
  const std::vector<Finding> findings = Lint({**dictionary, report, idle_denials, *words});
  ClearProgress();
  absl::Status status = ShowFindings(findings, options.shown_max);
  fmt::print("{}: {} aliases of {} entities, {} findings\n", (*dictionary)->version(),
             (*dictionary)->key_count(), (*dictionary)->entity_count(), findings.size());
  return status;
}

}  // namespace

void AddDictionaryLint(CLI::App& group, Command* command) {
  CLI::App* sub = group.add_subcommand(
      "lint",
      "What to look at: common words, shared and shadowed aliases, costly patterns, errors");
  auto options = std::make_shared<Options>();
  sub->add_option("dictionary", options->sources, "Sources, or an image")->required();
  sub->add_option("--words", options->words,
                  "More words that no alias should be, one a line, such as /usr/share/dict/words");
  sub->add_option("--max", options->shown_max, "How many findings of a rule are shown")
      ->capture_default_str();
  sub->callback([options, command] { *command = [options] { return RunLint(*options); }; });
}

}  // namespace copydesk
