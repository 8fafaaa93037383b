// The data of COPYDESK_SHARED (default: the folder `shared` beside the project), which is not part
// of the project.
#pragma once

#include <string>

namespace copydesk {

// The path of a file or folder of it, or "" where it is not there.
std::string SharedData(const std::string& path);

// The whole of a file, unpacked where its name ends with .xz. A test fails where it cannot be read.
std::string ReadUnpacked(const std::string& path);

}  // namespace copydesk
