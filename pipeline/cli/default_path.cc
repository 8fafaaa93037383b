#include "pipeline/cli/default_path.h"

#include <filesystem>
#include <system_error>

namespace copydesk {

std::string DefaultPath(std::string_view name) {
  namespace fs = std::filesystem;
  const fs::path here = fs::path("configs") / name;
  std::error_code error;
  const fs::path prefix = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
  for (const fs::path& path :
       {here, prefix / "etc/copydesk" / name, fs::path("/etc/copydesk") / name}) {
    if (fs::exists(path, error)) return path.string();
  }
  return here.string();
}

}  // namespace copydesk
