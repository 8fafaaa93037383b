#include "stages/story/wire_item.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace copydesk::wire {
namespace {

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
    {"zusammenfassung", Notice::kUpdate, kAnyCase},
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
    {"korrigierte fassung", Notice::kCorrection, kAnyCase},
    {"rectificatif", Notice::kCorrection, kAnyCase},
    {"correctif", Notice::kCorrection, kAnyCase},
    {"corregido", Notice::kCorrection, kAnyCase},
    {"correcci\u00F3n", Notice::kCorrection, kAnyCase},
    {"correcci\u00D3n", Notice::kCorrection, kAnyCase},
    {"corre\u00E7\u00E3o", Notice::kCorrection, kAnyCase},
    {"corre\u00C7\u00C3o", Notice::kCorrection, kAnyCase},
    {"rettifica", Notice::kCorrection, kAnyCase},
    {"\u0438\u0441\u043F\u0440\u0430\u0432\u043B\u0435\u043D\u0438\u0435", Notice::kCorrection,
     kAnyCase},
    {"\u0418\u0441\u043F\u0440\u0430\u0432\u043B\u0435\u043D\u0438\u0435", Notice::kCorrection,
     kAnyCase},
    {"\u0418\u0421\u041F\u0420\u0410\u0412\u041B\u0415\u041D\u0418\u0415", Notice::kCorrection,
     kAnyCase},
    {"\u8A02\u6B63", Notice::kCorrection, kAnyCase},
    {"\u66F4\u6B63", Notice::kCorrection, kAnyCase},
    {"corrective", Notice::kCorrection, kCapitals | kAttribute},
    {"clarification", Notice::kCorrection, kAnyCase},
    {"clarifies", Notice::kCorrection, kEditorsOnly},
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
    {"withheld", Notice::kWithhold, kCapitals | kAttribute},
    {"kill", Notice::kKill, kCapitals | kCompounds},
    {"mandatory kill", Notice::kKill, kAnyCase},
    {"bulletin kill", Notice::kKill, kAnyCase},
    {"story killed", Notice::kKill, kAnyCase},
    {"story withdrawn", Notice::kKill, kAnyCase},
    {"stories killed", Notice::kKill, kAnyCase},
    {"stories withdrawn", Notice::kKill, kAnyCase},
    {"withdrawn", Notice::kKill, kCapitals | kAttribute},
    {"withdraws", Notice::kKill, kEditorsOnly},
    {"retraction", Notice::kKill, kCapitals | kAttribute},
    {"storniert", Notice::kKill, kCapitals},
    {"zur\u00FCckgezogen", Notice::kKill, kCapitals},
    {"zur\u00DCckgezogen", Notice::kKill, kCapitals},
    {"storno", Notice::kKill, kCapitals | kAttribute},
    {"anulado", Notice::kKill, kCapitals | kAttribute},
    {"anulaci\u00F3n", Notice::kKill, kCapitals | kAttribute},
    {"anulaci\u00D3n", Notice::kKill, kCapitals | kAttribute},
    {"annul\u00E9", Notice::kKill, kCapitals | kAttribute},
    {"annul\u00C9", Notice::kKill, kCapitals | kAttribute},
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

// The words before what a note to editors has to say.
constexpr auto kSalutations = std::to_array<std::string_view>(
    {"eds", "ed", "editors", "editor's note", "note to editors", "attention", "achtung",
     "redaktionen", "redaktion", "urgent", "advisory", "eil", "eilmeldung"});
constexpr Beginnings kSalutationBeginnings(kSalutations,
                                           [](std::string_view text) { return text; });

constexpr int kNumberMax = 99;

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

}  // namespace

std::string ToLower(std::string_view text) {
  return absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
}

bool StartsWith(std::string_view text, std::string_view lower) {
  return absl::StartsWithIgnoreCase(absl::string_view(text.data(), text.size()),
                                    absl::string_view(lower.data(), lower.size()));
}

size_t SkipSpaces(std::string_view text, size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

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
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  item->is_capitals = std::none_of(found.begin(), found.end(), is_small) &&
                      std::any_of(found.begin(), found.end(), is_capital);
  item->end = at + found.size();
  size_t number_at = SkipSpaces(text, item->end);
  const int32_t number = ReadNumber(text, &number_at);
  if (number != 0 && EndsWord(text, number_at)) {
    item->number = number;
    item->end = number_at;
  }
  return EndsWord(text, item->end) && (item->number != 0 || (item->word->form & kNumbered) == 0);
}

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

bool IsSlug(std::string_view word) {
  return !word.empty() && !IsDigit(word.front()) && word.find('/') != word.npos &&
         std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
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

}  // namespace copydesk::wire
