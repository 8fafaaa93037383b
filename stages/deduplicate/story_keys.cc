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

constexpr std::string_view kSeparators = ":-/|";
constexpr std::string_view kAroundUri = " \t\r\n\"'()[]<>,;!";
constexpr std::string_view kEtagName = "etag=";
constexpr size_t kMarksMax = 24;  // of quotation, of one kind
constexpr int kEndsMax = 3;       // that are tried of what begins with one

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

// As much of a text as is looked at for names, cut between two code points.
std::string_view Beginning(std::string_view text, size_t bytes_max = kNamingBytesMax) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

// East Asian quotation marks, which folding leaves as they are, as ".
std::string FoldBrackets(std::string text) {
  if (text.find("\xE3\x80") == text.npos) return text;  // what all of them begin with
  return absl::StrReplaceAll(absl::string_view(text.data(), text.size()), {{"\u300A", "\""},
                                                                           {"\u300B", "\""},
                                                                           {"\u300C", "\""},
                                                                           {"\u300D", "\""},
                                                                           {"\u300E", "\""},
                                                                           {"\u300F", "\""}});
}

// A folded headline as it is compared: without the wire's words around it, without quotation marks,
// which who quotes it changes, and the full stop behind it, folded in case.
std::string HeadlineProper(std::string_view headline) {
  const Span proper = ReadHeadline(headline).headline;
  std::string text =
      FoldBrackets(FoldCase(headline.substr(proper.begin, proper.end - proper.begin)));
  std::erase_if(text, [](char c) { return c == '"' || c == '\''; });
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

// What sets a phrase off from the rest of a text.
constexpr std::string_view kMarks = "()[]{}*_|:;,.!?-\n";

// The beginning of a text as HeadlineProper() has a headline.
std::string PlainBeginning(std::string_view text) {
  std::string plain = FoldBrackets(FoldCase(FoldTypography(Beginning(text, kPhraseBytesMax))));
  std::erase_if(plain, [](char c) { return c == '"' || c == '\''; });
  return plain;
}

// Visits what stands between two marks, be they next to each other or not, in one line.
void VisitPhrases(std::string_view text, absl::FunctionRef<void(std::string_view)> visit) {
  const auto is_mark = [&](size_t at) {
    return at >= text.size() || kMarks.find(text[at]) != kMarks.npos;
  };
  for (size_t begin = 0; begin < text.size(); ++begin) {
    const size_t before = text.substr(0, begin).find_last_not_of(' ');
    if (text[begin] == ' ' || is_mark(begin)) continue;
    if (before != text.npos && !is_mark(before)) continue;
    size_t words = 1;
    for (size_t end = begin + 1; end <= text.size() && words <= kPhraseWordsMax; ++end) {
      if (text[end - 1] == '\n') break;
      words += text[end - 1] == ' ' ? 1 : 0;
      if (words < kPhraseWordsMin || text[end - 1] == ' ') continue;
      if (is_mark(text.find_first_not_of(' ', end))) visit(text.substr(begin, end - begin));
    }
  }
}

}  // namespace

enum class StoryKeyMaker::Kind : char {
  kUri = 'u',
  kVersion = 'v',
  kChainId = 'c',
  kHeadline = 'h',
  kSlugline = 's',
  kSharedSlugline = 'S',
};

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
    if (IsChainId(alt_id)) keys.chain_ids.push_back(Hash(Kind::kChainId, alt_id));
  }

  keys.headline = Hash(Kind::kHeadline, HeadlineProper(HeadlineOf(story)));
  if (!story.slugline.empty()) {
    const std::string folded = FoldCase(SlugProper(FoldTypography(story.slugline)));
    keys.slugline = Hash(Kind::kSlugline, folded);
    keys.shared_slugline = Hash(Kind::kSharedSlugline, folded);
  }
  return keys;
}

ContentHash StoryKeyMaker::ContentOfEnd(const Story& story) {
  if (story.content_hash == ContentHash{}) return {};
  hasher_.Reset();
  hasher_.Add(story.content_hash.ToHex(), true);
  hasher_.Add(HeadlineOf(story), false);
  return hasher_.Finish();
}

void StoryKeyMaker::MakeNamed(const Story& story, bool is_in_words, std::vector<NamedKey>* named) {
  named->clear();
  std::vector<std::string> texts;
  if (is_in_words) {
    for (const TextField& field : story.fields) {
      if (field.is_headline) continue;
      reading_.Assign(field.value, field.is_markup);
      texts.emplace_back(Beginning(reading_.plain()));
    }
    texts.emplace_back(Beginning(story.ednote));
  }
  for (const std::string& text : texts) AddUris(FoldTypography(text), named);

  std::string_view rest = HeadlineOf(story);
  if (is_in_words) AddHeadline(rest, named);
  for (size_t i = 0; i < kSeparatorsMax && !(rest = BehindSeparator(rest)).empty(); ++i) {
    AddHeadline(rest, named);
  }
  if (is_in_words) AddQuoted(FoldBrackets(std::string(Beginning(HeadlineOf(story)))), named);
  for (const std::string& text : texts) AddQuoted(FoldBrackets(FoldTypography(text)), named);
  for (const std::string& text : texts) AddLines(text, named);
  if (is_in_words) AddPhrases(HeadlineOf(story), named);
  for (const std::string& text : texts) AddPhrases(text, named);
  for (const std::string& text : texts) AddSluglines(FoldTypography(text), named);
  // Sluglines are families: one names a story where it is the only one.
  if (is_in_words) AddSlugline(FoldTypography(story.slugline), named);
}

void StoryKeyMaker::AddHeadline(std::string_view text, std::vector<NamedKey>* named) {
  AddNamed(Kind::kHeadline, HeadlineProper(text), named);
}

void StoryKeyMaker::AddNamed(Kind kind, std::string_view text, std::vector<NamedKey>* named) {
  if (text.empty() || named->size() == kNamedMax) return;
  named->push_back({Hash(kind, text), kind == Kind::kUri ? Link::kNamedUri : Link::kHeadline});
}

void StoryKeyMaker::AddUris(std::string_view text, std::vector<NamedKey>* named) {
  for (size_t at = 0; (at = text.find_first_not_of(kAroundUri, at)) != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kAroundUri, at), text.size());
    std::string_view uri = text.substr(at, end - at);
    while (!uri.empty() && (uri.back() == '.' || uri.back() == ':')) uri.remove_suffix(1);
    if (uri.find(':') != std::string_view::npos) AddNamed(Kind::kUri, uri, named);
    at = end;
  }
}

void StoryKeyMaker::AddQuoted(std::string_view text, std::vector<NamedKey>* named) {
  std::vector<size_t> begins, ends;
  for (const char mark : {'"', '\''}) {
    begins.clear();
    ends.clear();
    for (size_t at = text.find(mark); at != text.npos && begins.size() + ends.size() < kMarksMax;
         at = text.find(mark, at + 1)) {
      // An apostrophe stands behind a letter.
      const bool may_begin = mark == '"' || at == 0 || !wire::IsWordByte(text[at - 1]);
      const bool may_end = mark == '"' || at + 1 == text.size() || !wire::IsWordByte(text[at + 1]);
      if (may_begin) begins.push_back(at + 1);
      if (may_end) ends.push_back(at);
    }
    for (const size_t begin : begins) {
      // A headline may quote somebody itself, and have an apostrophe at a word's end.
      auto end = std::lower_bound(ends.begin(), ends.end(), begin);
      for (int i = 0; i < kEndsMax && end != ends.end(); ++i, ++end) {
        const std::string_view quoted = Trim(text.substr(begin, *end - begin));
        AddHeadline(quoted, named);
        // "So stands the comma of the sentence around it,"
        if (quoted.ends_with(',')) AddHeadline(quoted.substr(0, quoted.size() - 1), named);
      }
    }
  }
}

void StoryKeyMaker::AddLines(std::string_view text, std::vector<NamedKey>* named) {
  for (size_t at = 0; at < text.size() && named->size() < kNamedMax;) {
    const size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    const std::string line = FoldTypography(text.substr(at, end - at));
    AddHeadline(line, named);
    const size_t colon = line.find(':');
    if (colon != line.npos) {
      AddHeadline(std::string_view(line).substr(colon + 1), named);
    }
    at = end + 1;
  }
}

void StoryKeyMaker::AddPhrases(std::string_view text, std::vector<NamedKey>* named) {
  std::vector<std::string_view> phrases;
  const std::string plain = PlainBeginning(text);
  VisitPhrases(plain, [&](std::string_view phrase) {
    if (phrases.size() < kPhrasesMax) phrases.push_back(phrase);
  });
  std::stable_sort(phrases.begin(), phrases.end(),
                   [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  for (const std::string_view phrase : phrases) AddHeadline(phrase, named);
}

void StoryKeyMaker::AddSluglines(std::string_view text, std::vector<NamedKey>* named) {
  for (size_t at = 0; (at = text.find_first_not_of(kAroundUri, at)) != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kAroundUri, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (wire::IsSlug(word) && named->size() < kNamedMax) AddSlugline(word, named);
    at = end;
  }
}

void StoryKeyMaker::AddSlugline(std::string_view slugline, std::vector<NamedKey>* named) {
  if (slugline.empty()) return;
  const std::string proper = FoldCase(SlugProper(slugline));
  named->push_back(
      {Hash(Kind::kSlugline, proper), Link::kSlugline, Hash(Kind::kSharedSlugline, proper)});
}

bool StoryKeyMaker::IsChainId(std::string_view alt_id) const {
  const size_t end_of_name = alt_id.find('=');
  if (end_of_name == std::string_view::npos || end_of_name + 1 == alt_id.size()) return false;
  const std::string_view name = alt_id.substr(0, end_of_name);
  return std::find(chain_id_names_.begin(), chain_id_names_.end(), name) != chain_id_names_.end();
}

std::string_view StoryKeyMaker::HeadlineOf(const Story& story) {
  if (story.fields.empty() || !story.fields.front().is_headline) return "";
  const TextField& headline = story.fields.front();
  if (story.has_readings()) return headline.reading.text();
  reading_.Assign(headline.value, headline.is_markup);
  return reading_.text();
}

}  // namespace copydesk
