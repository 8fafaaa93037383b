#include "stages/deduplicate/story_keys.h"

#include <algorithm>
#include <string>

#include "stages/text/fold.h"

namespace copydesk {
namespace {

constexpr std::string_view kSeparators = ":-/|";

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// What is left of `text` behind its first separator, or nothing without one.
std::string_view BehindSeparator(std::string_view text) {
  const size_t at = text.find_first_of(kSeparators);
  return at == std::string_view::npos ? std::string_view() : Trim(text.substr(at + 1));
}

}  // namespace

enum class StoryKeyMaker::Kind : char {
  kUri = 'u',
  kVersion = 'v',
  kChainId = 'c',
  kHeadline = 'h',
  kSlugline = 's',
};

Key KeyOf(const Place& place) {
  if (place.offset < 0) return {};
  return {~uint64_t{place.source}, static_cast<uint64_t>(place.offset)};
}

Key StoryKeyMaker::Hash(Kind kind, std::string_view text) {
  if (text.empty()) return {};
  const char tag = static_cast<char>(kind);
  hasher_.Reset();
  hasher_.Add({&tag, 1}, false);
  hasher_.Add(text, false);
  return hasher_.Finish();
}

StoryKeys StoryKeyMaker::Make(const Story& story, const StoryVersion& version) {
  StoryKeys keys;
  keys.uri = Hash(Kind::kUri, story.uri);
  if (!story.uri.empty() && (!story.version.empty() || version.time_ms >= 0)) {
    const char tag = static_cast<char>(Kind::kVersion);
    hasher_.Reset();
    hasher_.Add({&tag, 1}, false);
    hasher_.Add(story.uri, true);
    hasher_.Add(version.number >= 0 ? std::to_string(version.number) : story.version, true);
    hasher_.Add(std::to_string(version.time_ms), false);
    keys.version = hasher_.Finish();
  }
  if (!story.uri.empty() && story.content_hash != ContentHash{}) {
    // Both are evenly spread, and crossed over so that they do not undo each other.
    keys.uri_and_content = {keys.uri.high ^ story.content_hash.low,
                            keys.uri.low ^ story.content_hash.high};
  }
  for (const std::string& alt_id : story.alt_ids) {
    if (keys.chain_ids.size() == kChainIdsMax) break;
    if (IsChainId(alt_id)) keys.chain_ids.push_back(Hash(Kind::kChainId, alt_id));
  }

  const std::string headline = FoldedHeadline(story);
  const std::string_view rest =
      story.notice == Notice::kNone ? std::string_view() : BehindSeparator(headline);
  keys.headline = Hash(Kind::kHeadline, rest.empty() ? headline : rest);
  keys.slugline = Hash(Kind::kSlugline, Trim(FoldCase(FoldTypography(story.slugline))));
  return keys;
}

void StoryKeyMaker::NamedHeadlines(const Story& story, bool with_whole, std::vector<Key>* keys) {
  keys->clear();
  const std::string headline = FoldedHeadline(story);
  std::string_view rest = headline;
  if (with_whole && !rest.empty()) keys->push_back(Hash(Kind::kHeadline, rest));
  for (size_t i = 0; i < kSeparatorsMax && !(rest = BehindSeparator(rest)).empty(); ++i) {
    keys->push_back(Hash(Kind::kHeadline, rest));
  }
}

bool StoryKeyMaker::IsChainId(std::string_view alt_id) const {
  const size_t end_of_name = alt_id.find('=');
  if (end_of_name == std::string_view::npos || end_of_name + 1 == alt_id.size()) return false;
  const std::string_view name = alt_id.substr(0, end_of_name);
  return std::find(chain_id_names_.begin(), chain_id_names_.end(), name) != chain_id_names_.end();
}

std::string StoryKeyMaker::FoldedHeadline(const Story& story) {
  if (story.fields.empty() || !story.fields.front().is_headline) return "";
  const TextField& headline = story.fields.front();
  reading_.Assign(headline.value, headline.is_markup);
  const std::string folded = FoldCase(reading_.text());
  return std::string(Trim(folded));
}

}  // namespace copydesk
