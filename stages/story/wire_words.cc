#include "stages/story/wire_words.h"

#include <algorithm>
#include <array>

#include "stages/text/fold.h"

namespace copydesk {
namespace {

// How a word may stand.
enum Form : uint8_t {
  kAnyCase = 0,
  kCapitals = 1,     // an everyday word: only in capitals outside notes to editors
  kNumbered = 2,     // only with a number
  kCompounds = 4,    // may begin a compound: HOLD-UP, KILL-SWITCH
  kSlash = 8,        // may be followed by a slash: WDH/ROUNDUP 2:
  kEditorsOnly = 16  // only in notes to editors
};

struct Word {
  std::string_view text;  // ASCII letters in lower case; others as they stand in either case
  Notice notice;
  uint8_t form;
};

constexpr auto kWords = std::to_array<Word>({
    {"update", Notice::kUpdate, kSlash},
    {"updated", Notice::kUpdate, kCapitals},
    {"wrapup", Notice::kUpdate, kAnyCase},
    {"wrap-up", Notice::kUpdate, kAnyCase},
    {"roundup", Notice::kUpdate, kNumbered},
    {"ld", Notice::kUpdate, kNumbered},
    {"lead", Notice::kUpdate, kNumbered},
    {"aktualisiert", Notice::kUpdate, kCapitals},
    {"aktualisierung", Notice::kUpdate, kAnyCase},
    {"updates", Notice::kUpdate, kEditorsOnly},
    {"updating", Notice::kUpdate, kEditorsOnly},
    {"adds", Notice::kUpdate, kEditorsOnly},
    {"recasts", Notice::kUpdate, kEditorsOnly},
    {"corrected", Notice::kCorrection, kAnyCase},
    {"correction", Notice::kCorrection, kAnyCase},
    {"berichtigung", Notice::kCorrection, kAnyCase},
    {"berichtigt", Notice::kCorrection, kAnyCase},
    {"korrektur", Notice::kCorrection, kSlash},
    {"korrigiert", Notice::kCorrection, kAnyCase},
    {"rectificatif", Notice::kCorrection, kAnyCase},
    {"correcci\u00F3n", Notice::kCorrection, kAnyCase},
    {"correcci\u00D3n", Notice::kCorrection, kAnyCase},
    {"corrects", Notice::kCorrection, kEditorsOnly},
    {"correcting", Notice::kCorrection, kEditorsOnly},
    {"refile", Notice::kRefile, kAnyCase},
    {"refiled", Notice::kRefile, kAnyCase},
    {"refiles", Notice::kRefile, kEditorsOnly},
    {"refiling", Notice::kRefile, kEditorsOnly},
    {"repeat", Notice::kRepeat, kCompounds},
    {"rpt", Notice::kRepeat, kAnyCase},
    {"wdh", Notice::kRepeat, kSlash},
    {"wiederholung", Notice::kRepeat, kAnyCase},
    {"repeats", Notice::kRepeat, kEditorsOnly},
    {"repeating", Notice::kRepeat, kEditorsOnly},
    {"writethru", Notice::kWritethru, kAnyCase},
    {"write-thru", Notice::kWritethru, kAnyCase},
    {"ld-writethru", Notice::kWritethru, kAnyCase},
    {"ld writethru", Notice::kWritethru, kAnyCase},
    {"lead-writethru", Notice::kWritethru, kAnyCase},
    {"lead writethru", Notice::kWritethru, kAnyCase},
    {"take", Notice::kTake, kNumbered},
    {"add", Notice::kAdd, kCompounds},
    {"hold", Notice::kWithhold, kCapitals | kCompounds},
    {"withhold", Notice::kWithhold, kCapitals},
    {"withheld", Notice::kWithhold, kCapitals},
    {"kill", Notice::kKill, kCapitals | kCompounds},
    {"mandatory kill", Notice::kKill, kAnyCase},
    {"bulletin kill", Notice::kKill, kAnyCase},
    {"story killed", Notice::kKill, kAnyCase},
    {"story withdrawn", Notice::kKill, kAnyCase},
    {"withdrawn", Notice::kKill, kCapitals},
    {"withdraws", Notice::kKill, kEditorsOnly},
    {"storniert", Notice::kKill, kCapitals},
    {"zur\u00FCckgezogen", Notice::kKill, kCapitals},
    {"zur\u00DCckgezogen", Notice::kKill, kCapitals},
    {"embargoed", Notice::kNone, kCapitals},
    {"achtung sperrfrist", Notice::kNone, kAnyCase},
    {"achtung: sperrfrist", Notice::kNone, kAnyCase},
    {"sperrfrist", Notice::kNone, kAnyCase},
});

// Which pairs of letters some of a list's texts begin with: five bits of each byte, which tell
// letters apart and upper from lower case not.
class Beginnings {
 public:
  template <typename List, typename TextOf>
  constexpr Beginnings(const List& list, TextOf text_of) {
    for (const auto& entry : list) has_[Index(text_of(entry))] = true;
  }
  // False when `text` begins with none of them, in either case.
  constexpr bool MayBegin(std::string_view text) const {
    return text.size() >= 2 && has_[Index(text)];
  }

 private:
  static constexpr size_t Index(std::string_view text) {
    return static_cast<size_t>(text[0] & 31) << 5 | static_cast<size_t>(text[1] & 31);
  }
  std::array<bool, 1 << 10> has_{};
};

constexpr Beginnings kWordBeginnings(kWords, [](const Word& word) { return word.text; });

// What follows a word's dash in everyday compounds.
constexpr auto kCompoundTails = std::to_array<std::string_view>(
    {"back", "buy", "home", "in", "list", "off", "offender", "offenders", "on", "ons", "out",
     "over", "switch", "up", "ups", "zone"});

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

// What a note to editors may say anywhere in it.
constexpr auto kPhrases = std::to_array<Signal>({{"mandatory kill", Notice::kKill},
                                                 {"bulletin kill", Notice::kKill},
                                                 {"please kill", Notice::kKill},
                                                 {"story withdrawn", Notice::kKill},
                                                 {"has been withdrawn", Notice::kKill},
                                                 {"zur\u00FCckgezogen", Notice::kKill},
                                                 {"storniert", Notice::kKill},
                                                 {"please hold", Notice::kWithhold},
                                                 {"please withhold", Notice::kWithhold},
                                                 {"has been corrected", Notice::kCorrection},
                                                 {"korrigiert", Notice::kCorrection},
                                                 {"berichtigt", Notice::kCorrection}});

// The words before what a note to editors has to say.
constexpr auto kSalutations =
    std::to_array<std::string_view>({"eds", "ed", "editors", "editor's note", "note to editors",
                                     "attention", "achtung", "redaktionen", "redaktion"});
constexpr Beginnings kSalutationBeginnings(kSalutations,
                                           [](std::string_view text) { return text; });

constexpr int kItemsMax = 4;
constexpr int kSentencesMax = 16;
constexpr int kNumberMax = 99;

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordByte(char c) {
  return IsDigit(c) || (ToLower(c) >= 'a' && ToLower(c) <= 'z') || (c & 0x80) != 0;
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return ToLower(c); });
  return lower;
}

bool StartsWith(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(),
                                                   [](char a, char b) { return a == ToLower(b); });
}

bool EndsWord(std::string_view text, size_t at) {
  return at >= text.size() || !IsWordByte(text[at]);
}

size_t SkipSpaces(std::string_view text, size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

std::string_view Trimmed(std::string_view text) {
  text.remove_prefix(SkipSpaces(text, 0));
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Reads up to two digits. Returns 0, leaving *at alone, where no number stands.
int32_t ReadNumber(std::string_view text, size_t* at) {
  size_t end = *at;
  int32_t number = 0;
  while (end < text.size() && IsDigit(text[end]) && number <= kNumberMax) {
    number = number * 10 + (text[end++] - '0');
  }
  if (number == 0 || number > kNumberMax) return 0;
  *at = end;
  return number;
}

// "2nd ", "2. ": the number before a word.
int32_t ReadOrdinal(std::string_view text, size_t* at) {
  size_t end = *at;
  const int32_t number = ReadNumber(text, &end);
  if (number == 0) return 0;
  for (const std::string_view suffix : {"st ", "nd ", "rd ", "th ", ". ", "-"}) {
    if (StartsWith(text.substr(end), suffix)) {
      *at = end + suffix.size();
      return number;
    }
  }
  return 0;
}

// One of the wire's words with its number.
struct Item {
  const Word* word = nullptr;
  int32_t number = 0;
  bool is_capitals = false;
  size_t end = 0;
};

// Reads the item at `at`: "UPDATE 2", "1st Ld-Writethru".
bool ReadItem(std::string_view text, size_t at, Item* item) {
  *item = {};
  item->number = ReadOrdinal(text, &at);
  const std::string_view rest = text.substr(at);
  if (!kWordBeginnings.MayBegin(rest)) return false;
  for (const Word& word : kWords) {
    const bool is_longer = item->word == nullptr || word.text.size() > item->word->text.size();
    if (ToLower(rest[0]) != word.text[0] || !is_longer) continue;
    if (!StartsWith(rest, word.text)) continue;
    const size_t end = word.text.size();
    if (EndsWord(rest, end) || IsDigit(rest[end])) item->word = &word;
  }
  if (item->word == nullptr) return false;
  const std::string_view found = rest.substr(0, item->word->text.size());
  item->is_capitals =
      std::none_of(found.begin(), found.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  item->end = at + found.size();
  size_t number_at = SkipSpaces(text, item->end);
  const int32_t number = ReadNumber(text, &number_at);
  if (number != 0 && EndsWord(text, number_at)) {
    item->number = number;
    item->end = number_at;
  }
  return EndsWord(text, item->end) && (item->number != 0 || (item->word->form & kNumbered) == 0);
}

int Strength(Notice notice) {
  constexpr std::array kWeakToStrong = {
      Notice::kNone,   Notice::kUpdate, Notice::kTake,       Notice::kAdd,      Notice::kWritethru,
      Notice::kRepeat, Notice::kRefile, Notice::kCorrection, Notice::kWithhold, Notice::kKill};
  return static_cast<int>(std::find(kWeakToStrong.begin(), kWeakToStrong.end(), notice) -
                          kWeakToStrong.begin());
}

void Join(Notice notice, int32_t number, WireWords* words) {
  const bool is_stronger = Strength(notice) > Strength(words->notice);
  if (number != 0 && (is_stronger || words->number == 0)) words->number = number;
  if (is_stronger) words->notice = notice;
}

void Join(const Item& item, WireWords* words) { Join(item.word->notice, item.number, words); }

// True when `text` is one item and nothing else, in a form that brackets or commas allow.
bool ReadWholeItem(std::string_view text, Item* item) {
  text = Trimmed(text);
  if (!ReadItem(text, 0, item) || item->end != text.size()) return false;
  if ((item->word->form & kEditorsOnly) != 0) return false;
  return item->is_capitals || (item->word->form & kCapitals) == 0;
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
  if (divider == '-' && end == item->end && (item->word->form & kCompounds) != 0 &&
      IsCompoundTail(text.substr(end + 1))) {
    return false;
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

// Where the salutations that `text` begins with end.
size_t SkipSalutations(std::string_view text) {
  size_t end = 0;
  for (bool is_moving = true; is_moving;) {
    is_moving = false;
    size_t at = end;
    while (at < text.size() && !IsWordByte(text[at])) ++at;
    if (!kSalutationBeginnings.MayBegin(text.substr(at))) break;
    for (const std::string_view salutation : kSalutations) {
      if (StartsWith(text.substr(at), salutation) && EndsWord(text, at + salutation.size())) {
        end = at + salutation.size();
        is_moving = true;
        break;
      }
    }
  }
  return end;
}

// Reads what one sentence of a note to editors begins with.
void ReadSentence(std::string_view sentence, bool is_first, WireWords* words) {
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
  Join(item, words);
}

void ReadEdnote(std::string_view ednote, WireWords* words) {
  const std::string folded = FoldTypography(ednote);
  std::string_view rest = folded;
  for (int i = 0; i < kSentencesMax && !rest.empty(); ++i) {
    size_t end = std::min({rest.find(". "), rest.find("; "), rest.size()});
    // "1. Zusammenfassung" and "Nov. 3" are no ends of sentences that matter here.
    ReadSentence(rest.substr(0, end), i == 0, words);
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  const std::string lower = ToLower(folded);
  for (const Signal& phrase : kPhrases) {
    if (lower.find(phrase.name) != std::string::npos) Join(phrase.notice, 0, words);
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
  if (!story.ednote.empty()) ReadEdnote(story.ednote, &words);
  for (const std::string& signal : story.signals) ReadSignal(signal, &words);
  return words;
}

}  // namespace copydesk
