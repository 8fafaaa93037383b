// The subcommands of copydesk. Each adds itself, with its options, to the command line; what it
// does when chosen is put in *run, which returns the process's exit status.
//
// Exit status: 0 done, 1 it failed (the reason is one line on standard error), 2 wrong arguments.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "absl/status/status.h"

namespace copydesk {

// What a chosen subcommand does.
using Command = std::function<absl::Status()>;

void AddRun(CLI::App& app, Command* command);         // run.cc
void AddTag(CLI::App& app, Command* command);         // tag.cc
void AddReplay(CLI::App& app, Command* command);      // replay.cc
void AddCheck(CLI::App& app, Command* command);       // check.cc
void AddDemo(CLI::App& app, Command* command);        // demo.cc
void AddDictionary(CLI::App& app, Command* command);  // dictionary.cc
void AddTest(CLI::App& app, Command* command);        // test.cc
void AddExplain(CLI::App& app, Command* command);     // explain.cc
void AddTop(CLI::App& app, Command* command);         // top.cc
void AddTap(CLI::App& app, Command* command);         // tap.cc
void AddGraph(CLI::App& app, Command* command);       // graph.cc
void AddMan(CLI::App& app, Command* command);         // man.cc

}  // namespace copydesk
