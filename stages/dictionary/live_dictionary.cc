#include "stages/dictionary/live_dictionary.h"

#include <sys/stat.h>

#include <utility>

namespace copydesk {

LiveDictionary::FileStamp LiveDictionary::StampOf(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size,
          int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

absl::StatusOr<std::unique_ptr<LiveDictionary>> LiveDictionary::Load(
    std::vector<std::string> patterns, std::string name) {
  std::unique_ptr<LiveDictionary> live(new LiveDictionary(std::move(patterns), std::move(name)));
  const absl::StatusOr<bool> loaded = live->Reload(true);
  if (!loaded.ok()) return loaded.status();
  return live;
}

std::shared_ptr<const Dictionary> LiveDictionary::get() const {
  const std::lock_guard lock(mutex_);
  return dictionary_;
}

absl::StatusOr<bool> LiveDictionary::Reload(bool is_asked) {
  if (!is_asked) {
    if (image_.empty()) return false;
    // A file that is gone for a moment is no reason to complain, nor to forget it.
    const FileStamp stamp = StampOf(image_);
    if (stamp == stamp_ || stamp.size < 0) return false;
  }
  const absl::StatusOr<std::vector<std::string>> paths = ResolveDictionaryPaths(patterns_);
  if (!paths.ok()) return paths.status();
  // Before it is read: what comes later is seen as another one.
  if (!AreSources(*paths)) {
    image_ = paths->front();
    stamp_ = StampOf(image_);
  }
  absl::StatusOr<std::shared_ptr<const Dictionary>> dictionary = Dictionary::Load(*paths, name_);
  if (!dictionary.ok()) return dictionary.status();
  const std::lock_guard lock(mutex_);
  if (dictionary_ != nullptr && dictionary_->version() == (*dictionary)->version()) return false;
  dictionary_.swap(*dictionary);
  generation_.fetch_add(1, std::memory_order_release);
  return true;
}

}  // namespace copydesk
