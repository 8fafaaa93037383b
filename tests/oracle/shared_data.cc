#include "tests/oracle/shared_data.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace copydesk {

std::string SharedData(const std::string& path) {
  const char* const shared = std::getenv("COPYDESK_SHARED");
  const std::string root = shared != nullptr ? shared : std::string(COPYDESK_ROOT) + "/../shared";
  const std::string whole = root + "/data/" + path;
  return std::filesystem::exists(whole) ? whole : "";
}

std::string ReadUnpacked(const std::string& path) {
  const std::string command = (path.ends_with(".xz") ? "xz -dc '" : "cat '") + path + "'";
  FILE* const pipe = popen(command.c_str(), "r");
  std::string text;
  std::vector<char> chunk(1 << 20);
  while (const size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
    text.append(chunk.data(), got);
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  return text;
}

}  // namespace copydesk
