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

constexpr int kItemsMax = 4;

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

// Reads the item before a headline and what divides it from the next: "UPDATE 2-", "(CORRECTED) -",
// "Correction: ". Moves *at behind it.
bool ReadPrefix(std::string_view text, size_t* at, Item* item) {
  const char open = *at < text.size() ? text[*at] : ' ';
  if (open == '(' || open == '[') {
    const size_t close = text.find(open == '(' ? ')' : ']', *at);
    if (close == std::string_view::npos) return false;
    if (!ReadWholeItem(text.substr(*at + 1, close - *at - 1), item)) return false;
    if (item->word->notice == Notice::kAdd || item->word->notice == Notice::kTake) return false;
    size_t end = SkipSpaces(text, close + 1);
    while (end < text.size() && (text[end] == '-' || text[end] == ':')) ++end;
    *at = SkipSpaces(text, end);
    return true;
  }
  if (!ReadItem(text, *at, item) || (item->word->form & kEditorsOnly) != 0) return false;
  size_t end = SkipSpaces(text, item->end);
  if (end == text.size()) {
    *at = end;
    return item->is_capitals;
  }
  const char divider = text[end];
  const bool is_slash = divider == '/' && (item->word->form & kSlash) != 0;
  if (divider != '-' && divider != ':' && !is_slash) return false;
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
  while (end < text.size() && (text[end] == divider || text[end] == '-')) ++end;
  *at = SkipSpaces(text, end);
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

// Reads brackets and commas: "TOYOTA-POLAND/ (UPDATE 2)", "BC-EU--Railways, 1st Ld-Writethru, MNA";
// and what stands before the slug proper: "BC-CORRECTED---BANKAMERICA".
void ReadSlugline(std::string_view slugline, WireWords* words) {
  const std::string folded = FoldTypography(slugline);
  const std::string_view text = folded;
  Item item;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find_first_of("()[],", begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    // The slug itself is a name, not a notice.
    if (begin > 0 && ReadWholeItem(part, &item)) Join(item, words);
    if (begin > 0 && ReadTake(Trimmed(part)) != 0)
      Join(Notice::kTake, ReadTake(Trimmed(part)), words);
    begin = end + 1;
  }
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

// Reads the word a body may begin with, behind what is not the story: a kill or a withhold in
// capitals. The other words stand elsewhere as well.
void ReadBody(const Story& story, size_t field, WireWords* words) {
  const Reading& reading = story.fields[field].reading;
  std::string_view text = reading.text();
  size_t begin = SkipSpaces(text, 0);
  for (const NotStory& part : story.not_story) {
    if (part.field != field) continue;
    const Span cut = reading.FromValue(part.bytes);
    if (cut.begin > begin) break;
    begin = SkipSpaces(text, std::max<size_t>(begin, cut.end));
  }
  text.remove_prefix(std::min(begin, text.size()));
  Item item;
  size_t at = 0;
  if (!ReadSalutedPrefix(text, &at, &item) && !ReadPrefix(text, &at, &item)) return;
  const bool is_end = item.word->notice == Notice::kKill || item.word->notice == Notice::kWithhold;
  if (is_end && item.is_capitals) Join(item, words);
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
  for (int i = 0; i < kItemsMax && ReadPrefix(text, &at, &item); ++i) Join(item, &words);
  end = ReadSuffix(text, at, &words);
  while (end > at && text[end - 1] == ' ') --end;
  words.headline = {static_cast<uint32_t>(at), static_cast<uint32_t>(end)};
  return words;
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
