// The subcommands of `copydesk dictionary`: the tools of those who keep a dictionary.
//
// Each adds itself to `group` as commands.h says of commands.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/cli/commands.h"
#include "stages/dictionary/dictionary.h"

namespace copydesk {

void AddDictionaryLint(CLI::App& group, Command* command);    // dictionary_lint.cc
void AddDictionaryDiff(CLI::App& group, Command* command);    // dictionary_diff.cc
void AddDictionaryImport(CLI::App& group, Command* command);  // dictionary_import.cc

// Tells a terminal on standard error what is being done, or how far reading sources has come, and
// takes the line away again; tells nothing to anything else.
void ShowProgress(std::string_view what);
std::function<void(uint64_t done, uint64_t total)> SourceProgress();
void ClearProgress();

// Loads what `patterns` (paths and globs) name: an image, or sources.
absl::StatusOr<std::shared_ptr<const Dictionary>> LoadDictionary(
    const std::vector<std::string>& patterns);

}  // namespace copydesk
