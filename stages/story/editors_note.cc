#include "stages/story/editors_note.h"

#include <algorithm>
#include <array>
#include <string>

#include "stages/story/wire_item.h"
#include "stages/text/fold.h"

namespace copydesk {
namespace {

using namespace wire;

// Where a phrase counts.
enum class Meant : uint8_t {
  kAlways,
  kObject,   // where the story, or nothing, is what it is done to
  kSubject,  // where the story is what it is said of
};

struct Phrase {
  std::string_view text;
  Notice notice;
  Meant meant;
};
constexpr auto kPhrases =
    std::to_array<Phrase>({{"mandatory kill", Notice::kKill, Meant::kAlways},
                           {"bulletin kill", Notice::kKill, Meant::kAlways},
                           {"story withdrawn", Notice::kKill, Meant::kAlways},
                           {"please kill", Notice::kKill, Meant::kObject},
                           {"has been withdrawn", Notice::kKill, Meant::kSubject},
                           {"zur\u00FCckgezogen", Notice::kKill, Meant::kSubject},
                           {"storniert", Notice::kKill, Meant::kSubject},
                           {"please hold", Notice::kWithhold, Meant::kObject},
                           {"please withhold", Notice::kWithhold, Meant::kObject},
                           {"has been corrected", Notice::kCorrection, Meant::kAlways},
                           {"korrigiert", Notice::kCorrection, Meant::kAlways},
                           {"berichtigt", Notice::kCorrection, Meant::kAlways}});

// All lists are in lower case, as the words that are sought in them.
constexpr auto kStories = std::to_array<std::string_view>(
    {"alert",     "article",  "articles", "beitrag", "bericht", "berichte", "copies",
     "copy",      "dispatch", "fassung",  "item",    "items",   "it",       "meldung",
     "meldungen", "report",   "stories",  "story",   "version", "versions"});
// The same where nothing follows: "Kill previous."
constexpr auto kStoriesAlone =
    std::to_array<std::string_view>({"above", "all", "both", "earlier", "everything", "previous"});
// Behind these comes a part of something, or its circumstances.
constexpr auto kPrepositions =
    std::to_array<std::string_view>({"about", "after", "at", "by", "for", "from", "im", "in", "mit",
                                     "of", "on", "to", "von", "with", "zu", "zum", "zur"});
// With these begins why or how long a story is killed or held.
constexpr auto kReasons = std::to_array<std::string_view>(
    {"after", "and", "as",    "at",          "auf",  "because", "bis",
     "by",    "da",  "due",   "immediately", "nach", "now",     "pending",
     "till",  "und", "until", "wegen",       "weil", "while"});
// What a story says or how it was changed, and not what became of it.
constexpr auto kContents = std::to_array<std::string_view>(
    {"adds", "absatz", "aktualisiert", "aktualisierung", "corrects", "erg\u00E4nzt", "erweitert",
     "neu", "now", "recasts", "refiles", "repeats", "reports", "said", "saying", "says", "updated",
     "updates", "updating"});

// What a story is held for, where others are held for release: that is an embargo.
constexpr auto kHeldFor = std::to_array<std::string_view>(
    {"checks", "clarification", "confirmation", "legal", "now", "verification"});

constexpr int kSentencesMax = 16;
constexpr int kTimesMax = 64;              // that a phrase is looked at
constexpr size_t kSentenceBytesMax = 512;  // that are read before or behind it

template <typename List>
bool IsIn(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Takes the next word off `text`, with what stands in it ("BRITAIN-RATES/", "urn:x:1").
std::string_view TakeWord(std::string_view* text) {
  text->remove_prefix(SkipSpaces(*text, 0));
  const std::string_view word = text->substr(0, text->find(' '));
  text->remove_prefix(word.size());
  return word;
}

std::string Bare(std::string_view word) {
  while (!word.empty() && !IsWordByte(word.front())) word.remove_prefix(1);
  while (!word.empty() && !IsWordByte(word.back())) word.remove_suffix(1);
  return ToLower(word);
}

std::string NextBare(std::string_view text) { return Bare(TakeWord(&text)); }

bool IsUriOrSlug(std::string_view word) {
  if (IsDigit(word.front())) return false;
  const size_t colon = word.find(':');
  if (colon != word.npos && !EndsWord(word, colon + 1)) return true;
  return word.find('/') != word.npos &&
         std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// Whether what `rest` says behind "KILL", "please hold" and the like leaves the story as what is
// meant: nothing, a mark, a reason, or the story by a noun, a uri or a slug.
bool MeansStory(std::string_view rest) {
  rest = rest.substr(0, kSentenceBytesMax);
  if (rest.size() > 1 && rest[0] == '-' && rest[1] >= 'a' && rest[1] <= 'z') return false;
  rest.remove_prefix(SkipSpaces(rest, 0));
  if (rest.empty() || !IsWordByte(rest.front())) return true;
  std::string before;
  for (bool is_first = true;; is_first = false) {
    const std::string_view word = TakeWord(&rest);
    const std::string bare = Bare(word);
    if (word.empty()) return IsIn(kStoriesAlone, before);
    if (IsIn(kStories, bare) || IsUriOrSlug(word)) return true;
    if (is_first && (IsIn(kReasons, bare) || bare == "kill" || bare == "hold")) return true;
    if (is_first && bare == "this" && IsIn(kReasons, NextBare(rest))) return true;
    if (is_first && bare == "for" && IsIn(kHeldFor, NextBare(rest))) return true;
    if (IsIn(kPrepositions, bare)) return false;
    // "Nov. 3" goes on.
    const bool is_end = word.ends_with('.') || word.ends_with(';');
    if (is_end && !(rest.size() > 1 && IsDigit(rest[1]))) return IsIn(kStoriesAlone, bare);
    before = bare;
  }
}

// Whether `before`, in lower case, makes the story what "has been withdrawn" is said of: nothing,
// or a noun for it that neither stands behind a preposition nor says something itself. What is
// quoted does not count.
bool IsSaidOfStory(std::string_view before) {
  for (const std::string_view end : {". ", "; ", "! ", "? "}) {
    const size_t at = before.rfind(end);
    if (at != before.npos) before.remove_prefix(at + end.size());
  }
  before.remove_prefix(std::min(SkipSalutations(before), before.size()));
  bool is_empty = true, is_named = false, is_over = false, is_quoted = false;
  while (true) {
    const std::string_view word = TakeWord(&before);
    if (word.empty()) return !is_quoted && (is_named || is_empty);
    const bool was_quoted = is_quoted;
    if (std::count(word.begin(), word.end(), '"') % 2 != 0) is_quoted = !is_quoted;
    const std::string bare = Bare(word);
    if (was_quoted || is_quoted || bare.empty()) continue;
    is_empty = false;
    // "Story: bid has been withdrawn".
    if (is_over || IsIn(kContents, bare)) return false;
    if (!is_named && IsIn(kPrepositions, bare)) return false;
    is_named = is_named || IsIn(kStories, bare);
    is_over = is_named && word.ends_with(':');
  }
}

bool Counts(const Phrase& phrase, std::string_view lower, size_t at) {
  switch (phrase.meant) {
    case Meant::kAlways:
      return true;
    case Meant::kObject:
      return MeansStory(lower.substr(at + phrase.text.size()));
    case Meant::kSubject: {
      const size_t begin = at - std::min(at, kSentenceBytesMax);
      return IsSaidOfStory(lower.substr(begin, at - begin));
    }
  }
  return false;
}

// Reads what one sentence begins with. `rest` is the note from there on.
void ReadSentence(std::string_view sentence, std::string_view rest, bool is_first,
                  WireWords* words) {
  bool is_request = false;
  size_t at = SkipSalutations(sentence);
  while (at < sentence.size() && !IsWordByte(sentence[at])) ++at;
  if (StartsWith(sentence.substr(at), "please ")) {
    at += 7;
    is_request = true;
  }
  Item item;
  if (!ReadItem(sentence, at, &item)) return;
  const bool is_everyday = (item.word->form & kCapitals) != 0;
  if (is_everyday && !item.is_capitals && !is_request && !is_first) return;
  if (item.word->notice == Notice::kAdd && item.number == 0) return;
  const bool is_end = item.word->notice == Notice::kKill || item.word->notice == Notice::kWithhold;
  const bool is_whole = item.word->text.find(' ') != std::string_view::npos;  // "story killed"
  if (is_end && !is_whole && !MeansStory(rest.substr(item.end))) return;
  Join(item, words);
}

}  // namespace

void ReadEditorsNote(std::string_view ednote, WireWords* words) {
  const std::string folded = FoldTypography(ednote);
  std::string_view rest = folded;
  for (int i = 0; i < kSentencesMax && !rest.empty(); ++i) {
    size_t end = std::min({rest.find(". "), rest.find("; "), rest.size()});
    // "1. Zusammenfassung" and "Nov. 3" are no ends of sentences that matter here.
    ReadSentence(rest.substr(0, end), rest, i == 0, words);
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  const std::string lower = ToLower(folded);
  for (const Phrase& phrase : kPhrases) {
    size_t at = lower.find(phrase.text);
    for (int i = 0; i < kTimesMax && at != std::string::npos; ++i) {
      if (Counts(phrase, lower, at)) {
        Join(phrase.notice, 0, words);
        break;
      }
      at = lower.find(phrase.text, at + phrase.text.size());
    }
  }
}

}  // namespace copydesk
