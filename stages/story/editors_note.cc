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
                           {"was corrected", Notice::kCorrection, Meant::kSubject},
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

// What says in a text, where ordinary sentences stand as well, that a change is noted: "corrected
// to show", "Korrektur im 2. Absatz", and none that is yet to come.
constexpr auto kChanges =
    std::to_array<std::string_view>({"fassung", "from", "throughout", "to", "version"});
constexpr auto kPlaces = std::to_array<std::string_view>(
    {"absatz", "graf", "grafs", "headline", "intro", "line", "para", "paragraph", "paragraphs",
     "paras", "satz", "titel", "zeile", "\u00DCberschrift"});
constexpr auto kToCome =
    std::to_array<std::string_view>({"bis", "come", "folgen", "folgt", "follow", "follows"});
// What a story calls itself by, with a date perhaps.
constexpr auto kThis = std::to_array<std::string_view>({"this", "diese", "dieser", "dieses"});
constexpr int kDateWordsMax = 2;

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
  return IsSlug(word);
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

// Where the next sentence begins. "1. Zusammenfassung" and "Nov. 3" are no ends of sentences that
// matter here.
size_t EndOfSentence(std::string_view text) {
  return std::min({text.find(". "), text.find("; "), text.size()});
}

size_t SkipToWord(std::string_view text, size_t at) {
  while (at < text.size() && !IsWordByte(text[at])) ++at;
  return at;
}

// Where "This story" or "This Jan. 2 story" ends, 0 where `text` does not begin so. "This week's
// report" is not the story.
size_t SkipThisStory(std::string_view text) {
  std::string_view rest = text;
  if (!IsIn(kThis, Bare(TakeWord(&rest)))) return 0;
  for (int i = 0; i < kDateWordsMax + 1; ++i) {
    const std::string_view word = TakeWord(&rest);
    if (IsIn(kStories, Bare(word))) return text.size() - rest.size();
    const bool is_of_date =
        !word.empty() && (IsDigit(word[0]) || (word[0] >= 'A' && word[0] <= 'Z'));
    if (!is_of_date || word.find('\'') != word.npos) return 0;
  }
  return 0;
}

// Where what is said of the story begins in a sentence that has words for the story before it:
// "This story corrects", "This is a correction", "With correction to", in notes to editors "This
// corrects". Returns `at` where it has none.
size_t SkipSubject(std::string_view sentence, size_t at, bool is_in_text) {
  const std::string_view text = sentence.substr(at);
  for (const std::string_view subject : {"also ", "with ", "this is a ", "this is an "}) {
    if (StartsWith(text, subject)) return at + subject.size();
  }
  Item item;
  if (!is_in_text && StartsWith(text, "this ") && ReadItem(text, 5, &item)) return at + 5;
  const size_t end = SkipThisStory(text);
  return end == 0 ? at : SkipSpaces(sentence, at + end);
}

// Whether what `rest` says behind a word for a change is that it is not there yet.
bool IsToCome(std::string_view rest) {
  while (true) {
    const std::string_view word = TakeWord(&rest);
    if (word.empty()) return false;
    if (IsIn(kToCome, Bare(word))) return true;
  }
}

// Reads what one sentence begins with. `rest` is the note from there on.
void ReadSentence(std::string_view sentence, std::string_view rest, bool is_first,
                  WireWords* words) {
  bool is_request = false;
  size_t at = SkipToWord(sentence, SkipSalutations(sentence));
  if (StartsWith(sentence.substr(at), "please ")) {
    at += 7;
    is_request = true;
  }
  Item item;
  if (!ReadItem(sentence, SkipSubject(sentence, at, false), &item)) return;
  const bool is_everyday = (item.word->form & kCapitals) != 0;
  if (is_everyday && !item.is_capitals && !is_request && !is_first) return;
  if (item.word->notice == Notice::kAdd && item.number == 0) return;
  const bool is_verb = (item.word->form & kEditorsOnly) != 0;
  if (item.word->notice == Notice::kUpdate && !is_verb && IsToCome(sentence.substr(item.end))) {
    return;
  }
  const bool is_whole = item.word->text.find(' ') != std::string_view::npos;  // "story killed"
  if (IsEnd(item.word->notice) && !is_whole && !MeansStory(rest.substr(item.end))) return;
  Join(item, words);
}

// Whether what `rest` says behind a word for a change leaves it as what is noted. A verb is
// ("corrects"), unless what it names is yet to come.
bool MeansChange(std::string_view rest, bool is_verb) {
  if (rest.size() > 1 && rest[0] == '-' && IsWordByte(rest[1])) return false;
  rest.remove_prefix(SkipSpaces(rest, 0));
  // "Zusammenfassung 1545".
  if (std::all_of(rest.begin(), rest.end(), IsDigit)) return true;
  if (IsToCome(rest)) return false;
  if (is_verb || !IsWordByte(rest.front()) || IsIn(kChanges, NextBare(rest))) return true;
  while (true) {
    const std::string_view word = TakeWord(&rest);
    if (word.empty()) return false;
    if (IsIn(kPlaces, Bare(word))) return true;
  }
}

// Reads the change that is noted where a sentence of a text begins, and whatever comes behind it.
// Returns whether one is.
bool ReadChange(std::string_view sentence, WireWords* words) {
  const size_t at = SkipSubject(sentence, SkipToWord(sentence, SkipSalutations(sentence)), true);
  Item item;
  if (!ReadItem(sentence, at, &item) || IsEnd(item.word->notice)) return false;
  if (item.word->notice == Notice::kAdd || item.word->notice == Notice::kTake) return false;
  const uint8_t form = item.word->form;
  if ((form & kCapitals) != 0 && !item.is_capitals) return false;
  if (!MeansChange(sentence.substr(item.end), (form & kEditorsOnly) != 0)) return false;
  Join(item, words);
  return true;
}

// Reads where the story says of itself that it was corrected. Returns whether it does.
bool ReadSelf(std::string_view note, WireWords* words) {
  const size_t begin = SkipThisStory(note);
  if (begin == 0) return false;
  const std::string lower = ToLower(note);
  for (const Phrase& phrase : kPhrases) {
    if (phrase.notice != Notice::kCorrection) continue;
    const size_t at = lower.find(phrase.text, begin);
    if (at == lower.npos || !IsSaidOfStory(std::string_view(lower).substr(0, at))) continue;
    Join(phrase.notice, 0, words);
    return true;
  }
  return false;
}

}  // namespace

void ReadEditorsNote(std::string_view ednote, WireWords* words) {
  const std::string folded = FoldTypography(ednote);
  std::string_view rest = folded;
  for (int i = 0; i < kSentencesMax && !rest.empty(); ++i) {
    const size_t end = EndOfSentence(rest);
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

bool ReadNoteInText(std::string_view note, WireWords* words) {
  note = note.substr(0, kSentenceBytesMax);
  if (ReadSelf(note, words)) return true;
  bool is_note = false;
  for (int i = 0; i < kSentencesMax && !note.empty(); ++i) {
    if (!ReadChange(note, words) && !is_note) return false;
    is_note = true;
    note.remove_prefix(std::min(EndOfSentence(note) + 2, note.size()));
  }
  return is_note;
}

}  // namespace copydesk
