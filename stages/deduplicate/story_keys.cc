#include "stages/deduplicate/story_keys.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "stages/story/wire_item.h"
#include "stages/story/wire_words.h"
#include "stages/text/fold.h"

namespace copydesk {
namespace {

constexpr std::string_view kEtagName = "etag=";

}  // namespace

std::string FoldBrackets(std::string text) {
  if (text.find("\xE3\x80") == text.npos) return text;  // what all of them begin with
  return absl::StrReplaceAll(absl::string_view(text.data(), text.size()), {{"\u300A", "\""},
                                                                           {"\u300B", "\""},
                                                                           {"\u300C", "\""},
                                                                           {"\u300D", "\""},
                                                                           {"\u300E", "\""},
                                                                           {"\u300F", "\""}});
}

std::string HeadlineProper(std::string_view headline) {
  const Span proper = ReadHeadline(headline).headline;
  std::string text =
      FoldBrackets(FoldCase(headline.substr(proper.begin, proper.end - proper.begin)));
  std::erase_if(text, [](char c) { return c == '"' || c == '\''; });
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

Key HashKey(KeyKind kind, std::string_view text, ContentHasher* hasher) {
  if (text.empty()) return {};
  const char tag = static_cast<char>(kind);
  hasher->Reset();
  hasher->Add({&tag, 1}, false);
  hasher->Add(text, false);
  return hasher->Finish();
}

std::string_view HeadlineOf(const Story& story, Reading* scratch) {
  if (story.fields.empty() || !story.fields.front().is_headline) return "";
  const TextField& headline = story.fields.front();
  if (story.has_readings()) return headline.reading.text();
  scratch->Assign(headline.value, headline.is_markup);
  return scratch->text();
}

StoryKeys StoryKeyMaker::Make(const Story& story, const StoryVersion& version) {
  StoryKeys keys;
  keys.uri = Hash(KeyKind::kUri, story.uri);
  if (!story.uri.empty() && (!story.version.empty() || version.time_ms >= 0)) {
    const char tag = static_cast<char>(KeyKind::kVersion);
    hasher_.Reset();
    hasher_.Add({&tag, 1}, false);
    const auto etag = std::find_if(story.alt_ids.begin(), story.alt_ids.end(),
                                   [](std::string_view id) { return id.starts_with(kEtagName); });
    keys.has_etag = etag != story.alt_ids.end();
    const auto item = std::find_if(story.alt_ids.begin(), story.alt_ids.end(),
                                   [&](std::string_view id) { return IsChainId(id); });
    hasher_.Add(keys.has_etag && item != story.alt_ids.end() ? *item : story.uri, true);
    hasher_.Add(version.number >= 0 ? std::to_string(version.number) : story.version, true);
    hasher_.Add(std::to_string(version.time_ms), keys.has_etag);
    if (keys.has_etag) hasher_.Add(*etag, false);
    keys.version = hasher_.Finish();
  }
  if (!story.uri.empty() && story.content_hash != ContentHash{}) {
    // Both are evenly spread, and crossed over so that they do not undo each other.
    keys.uri_and_content = {keys.uri.high ^ story.content_hash.low,
                            keys.uri.low ^ story.content_hash.high};
  }
  for (const std::string& alt_id : story.alt_ids) {
    if (keys.chain_ids.size() == kChainIdsMax) break;
    if (IsChainId(alt_id)) keys.chain_ids.push_back(Hash(KeyKind::kChainId, alt_id));
  }

  keys.headline = Hash(KeyKind::kHeadline, HeadlineProper(HeadlineOf(story, &reading_)));
  if (!story.slugline.empty()) {
    const std::string folded = FoldCase(SlugProper(FoldTypography(story.slugline)));
    keys.slugline = Hash(KeyKind::kSlugline, folded);
    keys.shared_slugline = Hash(KeyKind::kSharedSlugline, folded);
  }
  return keys;
}

ContentHash StoryKeyMaker::ContentOfEnd(const Story& story) {
  if (story.content_hash == ContentHash{}) return {};
  hasher_.Reset();
  hasher_.Add(story.content_hash.ToHex(), true);
  hasher_.Add(HeadlineOf(story, &reading_), false);
  return hasher_.Finish();
}

bool StoryKeyMaker::IsChainId(std::string_view alt_id) const {
  const size_t end_of_name = alt_id.find('=');
  if (end_of_name == std::string_view::npos || end_of_name + 1 == alt_id.size()) return false;
  const std::string_view name = alt_id.substr(0, end_of_name);
  return std::find(chain_id_names_.begin(), chain_id_names_.end(), name) != chain_id_names_.end();
}

}  // namespace copydesk
