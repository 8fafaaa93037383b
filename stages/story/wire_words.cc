#include "stages/story/wire_words.h"

#include <algorithm>
#include <array>

#include "stages/story/editors_note.h"
#include "stages/story/wire_item.h"
#include "stages/text/fold.h"

namespace copydesk {
namespace {

using namespace wire;

// What follows a word's dash in everyday compounds.
constexpr auto kCompoundTails = std::to_array<std::string_view>(
    {"and", "back", "buy", "fire", "home", "in", "list", "off", "offender", "offenders", "on",
     "ons", "or", "out", "over", "switch", "up", "ups", "zone"});

// Machine-readable signals that the wire does not write as words.
struct Signal {
  std::string_view name;
  Notice notice;
};
constexpr auto kSignals = std::to_array<Signal>({{"cancel", Notice::kKill},
                                                 {"canceled", Notice::kKill},
                                                 {"cancelled", Notice::kKill},
                                                 {"killed", Notice::kKill},
                                                 {"withdraw", Notice::kKill}});

// What a word before a headline may stand in.
struct Brackets {
  std::string_view open, close;
};
constexpr auto kBrackets = std::to_array<Brackets>(
    {{"(", ")"}, {"[", "]"}, {"\u3010", "\u3011"}, {"\u3014", "\u3015"}, {"\uFF08", "\uFF09"}});

constexpr int kItemsMax = 4;
constexpr size_t kNoteBytesMax = 512;  // what is longer in a text is no note

std::string_view Trimmed(std::string_view text) {
  text.remove_prefix(SkipSpaces(text, 0));
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// True when `text` is one item and nothing else, in a form that brackets or commas allow.
bool ReadWholeItem(std::string_view text, Item* item) {
  text = Trimmed(text);
  if (!ReadItem(text, 0, item) || item->end != text.size()) return false;
  if ((item->word->form & kEditorsOnly) != 0) return false;
  return item->is_capitals || (item->word->form & kCapitals) == 0;
}

bool HasSmallLetter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool IsCompoundTail(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && IsWordByte(text[end])) ++end;
  const std::string tail = ToLower(text.substr(0, end));
  return std::find(kCompoundTails.begin(), kCompoundTails.end(), tail) != kCompoundTails.end();
}

// The place of the bracket that closes the one at `open`, npos where there is none.
size_t FindClosing(std::string_view text, size_t open) {
  const size_t end = std::min(text.size(), open + kNoteBytesMax);
  int depth = 0;
  for (size_t at = open; at < end; ++at) {
    if (text[at] == '(' || text[at] == '[') ++depth;
    if (depth == 0) break;
    if ((text[at] == ')' || text[at] == ']') && --depth == 0) return at;
  }
  return std::string_view::npos;
}

// The place of the bracket that opens what `text` ends with closing, npos where there is none.
size_t FindOpening(std::string_view text) {
  const size_t end = text.size() - std::min(text.size(), kNoteBytesMax);
  int depth = 0;
  for (size_t at = text.size(); at-- > end;) {
    if (text[at] == ')' || text[at] == ']') ++depth;
    if (depth == 0) break;
    if ((text[at] == '(' || text[at] == '[') && --depth == 0) return at;
  }
  return std::string_view::npos;
}

// How long the divider at `at` is, 0 where there is none.
size_t DividerBytes(std::string_view text, size_t at) {
  if (at >= text.size()) return 0;
  if (text[at] == '-' || text[at] == ':' || text[at] == '|') return 1;
  return text.substr(at).starts_with(kFullWidthColon) ? kFullWidthColon.size() : 0;
}

// Where what may stand between a word in brackets and the headline ends.
size_t SkipDividers(std::string_view text, size_t at) {
  at = SkipSpaces(text, at);
  while (const size_t bytes = DividerBytes(text, at)) at += bytes;
  return SkipSpaces(text, at);
}

// Where the marks end that set a word off from a headline: "*** KILL ***", "+++ HOLD +++".
size_t SkipMarks(std::string_view text, size_t at) {
  constexpr std::string_view kMarks = "*+=!";
  while (at < text.size() && (kMarks.find(text[at]) != kMarks.npos)) ++at;
  return at;
}

// Takes the word of an item in capitals to be one with those like it behind: "KILL KILL KILL".
// Returns whether there are any.
bool SkipSameAgain(std::string_view text, Item* item) {
  const bool is_capitals = item->is_capitals;
  Item again;
  bool has_any = false;
  while (is_capitals && ReadItem(text, SkipSpaces(text, item->end), &again) &&
         again.word == item->word && again.is_capitals) {
    item->end = again.end;
    has_any = true;
  }
  return has_any;
}

// Reads the item before a headline and what divides it from the next: "UPDATE 2-", "(CORRECTED) -",
// "Correction: ". Moves *at behind it.
bool ReadPrefix(std::string_view text, size_t* at, Item* item) {
  for (const Brackets& brackets : kBrackets) {
    if (!text.substr(*at).starts_with(brackets.open)) continue;
    const size_t begin = *at + brackets.open.size();
    const size_t close = text.find(brackets.close, begin);
    if (close == std::string_view::npos) return false;
    if (!ReadWholeItem(text.substr(begin, close - begin), item)) return false;
    if (item->word->notice == Notice::kAdd || item->word->notice == Notice::kTake) return false;
    *at = SkipDividers(text, close + brackets.close.size());
    return true;
  }
  const size_t begin = SkipSpaces(text, SkipMarks(text, *at));
  if (!ReadItem(text, begin, item) || (item->word->form & kEditorsOnly) != 0) return false;
  const bool is_said_again = SkipSameAgain(text, item);
  size_t end = SkipSpaces(text, item->end);
  const size_t behind_marks = SkipMarks(text, end);
  if (item->is_capitals && (behind_marks > end + 1 || (behind_marks > end && begin > *at))) {
    *at = SkipDividers(text, behind_marks);
    return true;
  }
  if (end == text.size()) {
    *at = end;
    return item->is_capitals;
  }
  const size_t divider_bytes = DividerBytes(text, end);
  const char divider = divider_bytes > 1 ? ':' : text[end];
  const bool is_slash = divider == '/' && (item->word->form & kSlash) != 0;
  if (divider_bytes == 0 && !is_slash) {
    if (is_said_again) *at = end;
    return is_said_again;
  }
  const bool is_everyday = (item->word->form & kCapitals) != 0;
  const bool is_wire_form =
      item->is_capitals || (!is_everyday && (divider == ':' || item->number != 0));
  if (!is_wire_form) return false;
  if (divider == '-' && end == item->end) {
    const std::string_view tail = text.substr(end + 1);
    if ((item->word->form & kCompounds) != 0 && IsCompoundTail(tail)) return false;
    // In a headline all of capitals such a word may as well describe the next one.
    if ((item->word->form & kAttribute) != 0 && !tail.empty() && !HasSmallLetter(tail)) {
      return false;
    }
  }
  end += std::max<size_t>(divider_bytes, 1);
  while (end < text.size() && (text[end] == divider || text[end] == '-')) ++end;
  *at = SkipSpaces(text, end);
  return true;
}

// Reads a note in brackets before a headline: "(Berichtigung: Monate im 1. Absatz) ". Moves *at
// behind it.
bool ReadPrefixNote(std::string_view text, size_t* at, WireWords* words) {
  const size_t close = FindClosing(text, *at);
  if (close == std::string_view::npos) return false;
  if (!ReadNoteInText(text.substr(*at + 1, close - *at - 1), words)) return false;
  *at = SkipDividers(text, close + 1);
  return true;
}

// Reads a correction, a refile, a numbered update or "STORY WITHDRAWN" and its like in capitals
// that nothing divides from the headline, where the headline itself is not in capitals or another
// such word comes next: "CORRECTED Talks resume", "CORRECTED REPEAT-TALKS RESUME". Moves *at behind
// it.
bool ReadBarePrefix(std::string_view text, size_t* at, Item* item) {
  if (!ReadItem(text, *at, item) || !item->is_capitals) return false;
  constexpr uint8_t kElsewhere = kCapitals | kCompounds | kEditorsOnly;
  const Notice notice = item->word->notice;
  const bool is_update = notice == Notice::kUpdate && item->number != 0;
  const bool is_end = IsEnd(notice) && item->word->text.find(' ') != std::string_view::npos;
  if (notice != Notice::kCorrection && notice != Notice::kRefile && !is_update && !is_end) {
    return false;
  }
  const size_t next = SkipSpaces(text, item->end);
  if ((item->word->form & kElsewhere) != 0 || next == item->end || next == text.size()) {
    return false;
  }
  size_t behind = next;
  Item other;
  const bool is_sentence = text[next] >= 'a' && text[next] <= 'z';
  const bool is_set_off = HasSmallLetter(text.substr(next)) && !is_sentence;
  if (!is_set_off && !ReadPrefix(text, &behind, &other)) return false;
  *at = next;
  return true;
}

// "2 of 3", "take 2 of 3".
int32_t ReadTake(std::string_view text) {
  size_t at = StartsWith(text, "take ") ? 5 : 0;
  const int32_t take = ReadNumber(text, &at);
  if (take == 0 || !StartsWith(text.substr(at), " of ")) return 0;
  at += 4;
  return ReadNumber(text, &at) >= take && at == text.size() ? take : 0;
}

// Reads the brackets a headline may end with. Returns where the headline ends without them.
size_t ReadSuffix(std::string_view text, size_t begin, WireWords* words) {
  const size_t end = text.size();
  if (end == begin || (text[end - 1] != ')' && text[end - 1] != ']')) return end;
  const size_t open = text.rfind(text[end - 1] == ')' ? '(' : '[');
  if (open == std::string_view::npos || open < begin) return end;
  const std::string_view inner = Trimmed(text.substr(open + 1, end - open - 2));
  if (const int32_t take = ReadTake(inner); take != 0) {
    Join(Notice::kTake, take, words);
    return end;
  }
  Item item;
  if (!ReadWholeItem(inner, &item)) return end;
  Join(item, words);
  const bool is_part = item.word->notice == Notice::kTake || item.word->notice == Notice::kAdd;
  return is_part ? end : open;
}

// Visits what brackets and commas divide a slugline into, the slug itself first.
template <typename Visit>
void VisitSlugParts(std::string_view slugline, Visit visit) {
  for (size_t begin = 0; begin <= slugline.size();) {
    const size_t end = std::min(slugline.find_first_of("()[],", begin), slugline.size());
    visit(Trimmed(slugline.substr(begin, end - begin)), begin == 0);
    begin = end + 1;
  }
}

// Reads brackets and commas: "TOYOTA-POLAND/ (UPDATE 2)", "BC-EU--Railways, 1st Ld-Writethru, MNA";
// and what stands before the slug proper: "BC-CORRECTED---BANKAMERICA".
void ReadSlugline(std::string_view slugline, WireWords* words) {
  const std::string folded = FoldTypography(slugline);
  const std::string_view text = folded;
  Item item;
  VisitSlugParts(text, [&](std::string_view part, bool is_slug) {
    // The slug itself is a name, not a notice.
    if (is_slug) return;
    if (ReadWholeItem(part, &item)) Join(item, words);
    if (const int32_t take = ReadTake(part); take != 0) Join(Notice::kTake, take, words);
  });
  const size_t at = text.starts_with("BC-") ? 3 : 0;
  if (ReadItem(text, at, &item) && item.is_capitals && text.substr(item.end).starts_with('-') &&
      (item.word->form & (kCapitals | kCompounds | kEditorsOnly)) == 0 &&
      item.word->notice != Notice::kUpdate) {
    Join(item, words);
  }
}

// Signals are codes: "correction", "sig:correction", "http://…/signal/writethru".
void ReadSignal(std::string_view signal, WireWords* words) {
  const std::string lower = ToLower(signal.substr(signal.find_last_of(":/") + 1));
  for (const Signal& known : kSignals) {
    if (lower == known.name) Join(known.notice, 0, words);
  }
  Item item;
  if (ReadItem(lower, 0, &item) && item.end == lower.size()) Join(item, words);
}

// Reads the word behind the salutation that `text` begins with: "Achtung Redaktionen: KILL - ".
// Moves *at behind it.
bool ReadSalutedPrefix(std::string_view text, size_t* at, Item* item) {
  size_t behind = SkipSalutations(text);
  if (behind == 0) return false;
  while (behind < text.size() && text[behind] != '(' && !IsWordByte(text[behind])) ++behind;
  if (!ReadPrefix(text, &behind, item)) return false;
  *at = behind;
  return true;
}

// Where the story begins and ends in the reading of a field, without what is not the story before
// and behind it.
Span FindProper(const Story& story, size_t field) {
  const Reading& reading = story.fields[field].reading;
  const std::string_view text = reading.text();
  const auto trimmed = [&](size_t end) {
    while (end > 0 && text[end - 1] == ' ') --end;
    return end;
  };
  size_t begin = SkipSpaces(text, 0);
  size_t end = trimmed(text.size());
  for (const NotStory& part : story.not_story) {
    if (part.field != field) continue;
    const Span cut = reading.FromValue(part.bytes);
    if (cut.begin > begin) break;
    begin = SkipSpaces(text, std::max<size_t>(begin, cut.end));
  }
  for (size_t i = story.not_story.size(); i-- > 0;) {
    const NotStory& part = story.not_story[i];
    if (part.field != field) continue;
    const Span cut = reading.FromValue(part.bytes);
    if (cut.end < end) break;
    end = trimmed(std::min<size_t>(end, cut.begin));
  }
  begin = std::min(begin, end);
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

// What stands before `at` of the reading, with its line ends as they were written.
std::string_view PlainBefore(const Reading& reading, size_t at) {
  const auto place = static_cast<uint32_t>(at);
  return reading.plain().substr(0, reading.folded().map().ToOriginal({place, place}).begin);
}

// Whether a line or a sentence begins at `at` of the reading.
bool BeginsSentence(const Reading& reading, size_t at) {
  const std::string_view line = PlainBefore(reading, at);
  const size_t behind_line = line.find_last_not_of(" \t");
  if (behind_line == line.npos || line[behind_line] == '\n') return true;
  std::string_view before = reading.text().substr(0, at);
  while (!before.empty() && std::string_view(" \"'").find(before.back()) != before.npos) {
    before.remove_suffix(1);
  }
  return before.empty() || std::string_view(".!?").find(before.back()) != before.npos;
}

// Reads the note a text may end with: in brackets, or a line that says "This story has been
// corrected".
void ReadNoteAtEnd(const Reading& reading, Span proper, WireWords* words) {
  std::string_view text = reading.text().substr(0, proper.end);
  const std::string_view plain = PlainBefore(reading, proper.end);
  const size_t cut = plain.size() - std::min(plain.size(), kNoteBytesMax);
  const size_t line_end = plain.substr(cut).rfind('\n');
  if (line_end != plain.npos) {
    const auto end = static_cast<uint32_t>(cut + line_end);
    const size_t begin = reading.folded().map().ToDerived({end, end + 1}).end;
    const std::string_view line = text.substr(std::min(begin, text.size()));
    if (StartsWith(line, "this ")) ReadNoteInText(line, words);
  }
  if (text.ends_with('.')) text.remove_suffix(1);
  const size_t open = FindOpening(text);
  if (open == text.npos || open <= proper.begin || !BeginsSentence(reading, open)) return;
  ReadNoteInText(text.substr(open + 1, text.size() - open - 2), words);
}

// Reads the word a body may begin with, behind what is not the story: a kill, a withhold, a
// correction or a refile in capitals; the other words stand elsewhere as well. And the notes that
// it may begin and end with.
void ReadBody(const Story& story, size_t field, WireWords* words) {
  const Reading& reading = story.fields[field].reading;
  const Span proper = FindProper(story, field);
  const std::string_view text = reading.text().substr(0, proper.end);
  const std::string_view beginning = text.substr(proper.begin);
  Item item;
  size_t at = 0;
  if (ReadSalutedPrefix(beginning, &at, &item) || ReadPrefix(beginning, &at, &item)) {
    const Notice notice = item.word->notice;
    const bool is_told =
        IsEnd(notice) || notice == Notice::kCorrection || notice == Notice::kRefile;
    if (is_told && item.is_capitals) Join(item, words);
  }
  at = 0;
  ReadPrefixNote(beginning, &at, words);
  ReadNoteAtEnd(reading, proper, words);
}

}  // namespace

WireWords ReadHeadline(std::string_view headline) {
  WireWords words;
  size_t end = headline.size();
  while (end > 0 && headline[end - 1] == ' ') --end;
  const std::string_view text = headline.substr(0, end);
  size_t at = SkipSpaces(text, 0);
  Item item;
  if (ReadSalutedPrefix(text, &at, &item)) Join(item, &words);
  for (int i = 0; i < kItemsMax; ++i) {
    if (ReadPrefix(text, &at, &item) || ReadBarePrefix(text, &at, &item)) {
      Join(item, &words);
    } else if (!ReadPrefixNote(text, &at, &words)) {
      break;
    }
  }
  end = ReadSuffix(text, at, &words);
  while (end > at && text[end - 1] == ' ') --end;
  words.headline = {static_cast<uint32_t>(at), static_cast<uint32_t>(end)};
  return words;
}

std::string SlugProper(std::string_view slugline) {
  std::string proper;
  VisitSlugParts(slugline, [&](std::string_view part, bool is_slug) {
    Item item;
    if (part.empty() || (!is_slug && (ReadWholeItem(part, &item) || ReadTake(part) != 0))) return;
    if (!proper.empty()) proper += ',';
    proper += part;
  });
  return proper;
}

WireWords ReadWireWords(const Story& story) {
  WireWords words;
  if (story.pub_status == PubStatus::kCanceled) Join(Notice::kKill, 0, &words);
  if (story.pub_status == PubStatus::kWithheld) Join(Notice::kWithhold, 0, &words);
  bool has_body = false;
  for (size_t i = 0; i < story.fields.size(); ++i) {
    if (story.fields[i].is_headline) {
      const WireWords found = ReadHeadline(story.fields[i].reading.text());
      Join(found.notice, found.number, &words);
      words.headline = found.headline;
    } else if (!has_body) {
      has_body = true;
      ReadBody(story, i, &words);
    }
  }
  if (!story.slugline.empty()) ReadSlugline(story.slugline, &words);
  if (!story.ednote.empty()) ReadEditorsNote(story.ednote, &words);
  for (const std::string& signal : story.signals) ReadSignal(signal, &words);
  return words;
}

}  // namespace copydesk
