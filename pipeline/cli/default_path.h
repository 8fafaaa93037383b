// Where the files are that a command uses when none is named.
//
// Threads: thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace copydesk {

// The path of `name` ("newswire.yaml", "samples") among the configurations that come with copydesk:
// in the working folder's configs/, where a clone has them; else where this program is installed,
// ../etc/copydesk beside its folder or /etc/copydesk. Where none of them has it, the first.
std::string DefaultPath(std::string_view name);

}  // namespace copydesk
