#include "stages/deduplicate/kill_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/functional/function_ref.h"
#include "stages/story/wire_item.h"
#include "stages/story/wire_words.h"
#include "stages/text/boundary.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr std::string_view kSeparators = ":-/|";
constexpr std::string_view kAroundUri = " \t\r\n\"'()[]<>,;!";
constexpr size_t kMarksMax = 24;  // of quotation, of one kind
constexpr int kEndsMax = 3;       // that are tried of what begins with one

// What sets a phrase off from the rest of a text.
constexpr std::string_view kMarks = "()[]{}*_|:;,.!?-\n";

// What may stand between two names of a list, beside marks and numbers.
constexpr auto kListWords = std::to_array<std::string_view>(
    {"also",   "and",    "as",      "at",     "auch",      "das",   "der",       "die",   "e",
     "en",     "et",     "from",    "gmt",    "headline",  "hold",  "headlined", "i",     "kill",
     "moved",  "o",      "meldung", "och",    "meldungen", "of",    "og",        "or",    "ou",
     "plus",   "sent",   "slugged", "sowie",  "stories",   "story", "the",       "titel", "title",
     "uhr",    "um",     "titled",  "und",    "utc",       "vom",   "von",       "well",  "y",
     "\u0438", "\u0648", "\u3068",  "\u53CA", "\u548C"});
// What is said of the story that takes a killed one's place; and what makes it something else.
constexpr auto kSubstitute =
    std::to_array<std::string_view>({"ersatz", "ersatzmeldung", "ersetzt", "instead", "replaced",
                                     "replacement", "stattdessen", "substitute", "substituted"});
constexpr auto kNoSubstitute = std::to_array<std::string_view>(
    {"for", "f\u00FCr", "kein", "keine", "keinen", "no", "of", "ohne", "without"});
constexpr auto kBullets = std::to_array<std::string_view>({"\u00B7", "\u2022", "\u25CF"});

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// Whether a text has three words, or as many letters of scripts without spaces as make them.
bool HasThreeWords(std::string_view text) {
  constexpr size_t kLettersOfWord = 2;
  size_t letters = 0;
  WordClass before = WordClass::kOther;
  for (size_t at = 0; at < text.size();) {
    const WordClass now = ClassOf(NextCodePoint(text, &at));
    if (now == WordClass::kUnspaced) ++letters;
    if (now == WordClass::kWord && before != now) letters += kLettersOfWord;
    before = now;
  }
  return letters >= kPhraseWordsMin * kLettersOfWord;
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

// Folds the lines of a text, each for itself: line ends stay.
std::string FoldLines(std::string_view text) {
  std::string folded;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    folded += FoldTypography(text.substr(at, end - at)) + '\n';
    at = end + 1;
  }
  return folded;
}

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

bool HasUriForm(std::string_view text) {
  return wire::StartsWith(text, "urn:") || wire::StartsWith(text, "tag:") ||
         text.find("://") != text.npos;
}

template <typename Words>
bool IsOneOf(std::string_view word, const Words& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool IsBullet(std::string_view word) { return IsOneOf(word, kBullets); }

bool IsListWord(std::string_view word) {
  const std::string lower = wire::ToLower(word);
  return IsBullet(word) || IsOneOf(lower, kListWords);
}

size_t EndOfWord(std::string_view text, size_t at) {
  while (at < text.size() && wire::IsWordByte(text[at])) ++at;
  return at;
}

// Where the number or another mark ends that a line of a list begins with.
size_t EndOfListMark(std::string_view line) {
  size_t at = 0;
  while (at < line.size() && (wire::IsDigit(line[at]) || !wire::IsWordByte(line[at]))) ++at;
  const size_t end = EndOfWord(line, at);
  return IsBullet(line.substr(at, end - at)) ? line.find_first_not_of(' ', end) : at;
}

// A headline before the next word of a list: of "X, and" X.
std::string_view WithoutListEnd(std::string_view text) {
  while (!text.empty()) {
    size_t begin = text.size();
    while (begin > 0 && wire::IsWordByte(text[begin - 1])) --begin;
    const std::string_view word = text.substr(begin);
    if (!word.empty() && !IsListWord(word)) break;
    text.remove_suffix(std::max<size_t>(word.size(), 1));
  }
  return text;
}

// Where what a list may have beside its words ends: a stretch in brackets or quotation marks, or
// one byte of marks and numbers.
size_t EndOfAside(std::string_view gap, size_t at) {
  const char close = gap[at] == '(' ? ')' : gap[at];
  if (close != ')' && close != '"' && close != '\'') return at + 1;
  const size_t end = gap.find(close, at + 1);
  return end == gap.npos ? at + 1 : end + 1;
}

// Where the whole line that begins at `at` ends, if it may be another headline; else `at`.
size_t EndOfNameLine(std::string_view gap, size_t at) {
  const size_t end = at > 0 && gap[at - 1] == '\n' ? gap.find('\n', at) : gap.npos;
  if (end == gap.npos || end == at) return at;
  const std::string_view line = gap.substr(at, end - at);
  const bool is_name = line.find(':') == line.npos && kMarks.find(line.back()) == kMarks.npos;
  return is_name ? end : at;
}

// Whether nothing stands between two names but what a list has there. Names that are lines of their
// own may have others between them.
bool IsListGap(std::string_view gap, bool are_lines) {
  constexpr std::string_view kQuotes = "\"'";
  if (!gap.empty() && kQuotes.find(gap.front()) != kQuotes.npos) gap.remove_prefix(1);
  if (!gap.empty() && kQuotes.find(gap.back()) != kQuotes.npos) gap.remove_suffix(1);
  bool has_ended = false;  // a sentence: what the next one says need not be of the list
  for (size_t at = 0; at < gap.size();) {
    const size_t line_end = are_lines ? EndOfNameLine(gap, at) : at;
    if (line_end != at) {
      at = line_end;
    } else if (wire::IsWordByte(gap[at]) && !wire::IsDigit(gap[at])) {
      const size_t end = EndOfWord(gap, at);
      if (has_ended || !IsListWord(gap.substr(at, end - at))) return false;
      at = end;
    } else {
      const bool is_full_stop = gap[at] == '.' && (at == 0 || !wire::IsDigit(gap[at - 1]));
      has_ended |= is_full_stop || gap[at] == '!' || gap[at] == '?';
      at = EndOfAside(gap, at);
    }
  }
  return true;
}

// Whether what stands before a name in its sentence, or right behind it, says that this is what is
// to stand: "the substitute is X", "replaced by X", "X instead".
bool IsSubstitute(std::string_view text, Span name) {
  constexpr size_t kBytesMax = 64;
  std::string_view behind = text.substr(name.end, kBytesMax);
  behind.remove_prefix(std::min(behind.find_first_not_of("\"' "), behind.size()));
  if (wire::StartsWith(behind, "instead") || wire::StartsWith(behind, "stattdessen")) return true;
  const auto trim = [](std::string_view end, std::string_view what) {
    return end.substr(0, end.find_last_not_of(what) + 1);
  };
  std::string_view before = trim(text.substr(0, name.begin), "\"' (");
  // "Substitute:" may be a line.
  if (trim(before, " \n").ends_with(':')) before = trim(before, " \n");
  before.remove_prefix(std::max(before.size(), kBytesMax) - kBytesMax);
  before.remove_prefix(before.find_last_of(".;!?\"\n") + 1);  // npos + 1 is 0
  bool is_substitute = false;
  for (size_t at = 0; at < before.size();) {
    const size_t end = EndOfWord(before, at);
    const std::string word = wire::ToLower(before.substr(at, end - at));
    // "No substitute", "ohne Ersatz", "the substitute for X".
    if (IsOneOf(word, kNoSubstitute)) return false;
    is_substitute |= IsOneOf(word, kSubstitute);
    at = std::max(end, at + 1);
  }
  return is_substitute;
}

}  // namespace

void KillNames::Read(const Story& story, bool is_in_words) {
  names_.clear();
  texts_.clear();
  std::vector<std::string> texts;
  if (is_in_words) {
    for (const TextField& field : story.fields) {
      if (field.is_headline) continue;
      reading_.Assign(field.value, field.is_markup);
      texts.emplace_back(Beginning(reading_.plain()));
    }
    texts.emplace_back(Beginning(story.ednote));
  }
  const std::string headline(HeadlineOf(story, &reading_));
  for (const std::string& text : texts) AddUris(Begin(FoldTypography(text)));
  AddRests(Begin(headline), is_in_words);
  if (is_in_words) {
    AddQuoted(Begin(FoldBrackets(std::string(Beginning(headline)))), Awaited::kOfHeadline);
  }
  for (const std::string& text : texts) {
    AddQuoted(Begin(FoldBrackets(FoldTypography(text))), Awaited::kQuoted);
  }
  for (const std::string& text : texts) AddLines(Begin(FoldLines(text)));
  if (is_in_words) AddPhrases(Begin(PlainBeginning(headline)));
  for (const std::string& text : texts) AddPhrases(Begin(PlainBeginning(text)));
  for (const std::string& text : texts) AddSluglines(Begin(FoldTypography(text)));
  // Sluglines are families: one names a story where it is the only one.
  const std::string_view slugline = Begin(FoldTypography(story.slugline));
  if (is_in_words) AddSlugline(slugline, slugline);
}

std::string_view KillNames::Begin(std::string text) {
  texts_.push_back(std::move(text));
  return texts_.back();
}

bool KillNames::AreListed(const KillName& first, const KillName& second) const {
  const std::string_view gap =
      std::string_view(texts_[first.text]).substr(first.at.end, second.at.begin - first.at.end);
  return IsListGap(gap, first.is_line && second.is_line);
}

void KillNames::Add(KeyKind kind, std::string_view proper, std::string_view in_text) {
  if (proper.empty() || names_.size() == kNamedMax) return;
  const auto begin = static_cast<uint32_t>(in_text.data() - texts_.back().data());
  const Span at = {begin, begin + static_cast<uint32_t>(in_text.size())};
  if (IsSubstitute(texts_.back(), at)) return;
  KillName name;
  name.key = HashKey(kind, proper, &hasher_);
  name.link = kind == KeyKind::kUri        ? Link::kNamedUri
              : kind == KeyKind::kSlugline ? Link::kSlugline
                                           : Link::kHeadline;
  name.is_uri = kind == KeyKind::kUri && HasUriForm(proper);
  name.text = texts_.size() - 1;
  name.at = at;
  names_.push_back(name);
}

void KillNames::AddHeadline(std::string_view in_text, Awaited awaited) {
  const size_t before = names_.size();
  const std::string proper = HeadlineProper(in_text);
  Add(KeyKind::kHeadline, proper, in_text);
  if (names_.size() > before && HasThreeWords(proper)) names_.back().awaited = awaited;
}

void KillNames::AddUris(std::string_view text) {
  for (size_t at = 0; (at = text.find_first_not_of(kAroundUri, at)) != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kAroundUri, at), text.size());
    std::string_view uri = text.substr(at, end - at);
    while (!uri.empty() && (uri.back() == '.' || uri.back() == ':')) uri.remove_suffix(1);
    if (uri.find(':') != std::string_view::npos) Add(KeyKind::kUri, uri, uri);
    at = end;
  }
}

void KillNames::AddRests(std::string_view headline, bool is_in_words) {
  // A headline that does not say so is the kill's own: "To all editors".
  const bool says_so = wire::IsEnd(ReadHeadline(headline).notice);
  if (is_in_words) AddHeadline(headline, says_so ? Awaited::kOfHeadline : Awaited::kNot);
  if (is_in_words) AddBeforeOthers(Beginning(headline));
  std::string_view rest = headline;
  for (size_t i = 0; i < kSeparatorsMax && !(rest = BehindSeparator(rest)).empty(); ++i) {
    AddHeadline(rest);
  }
}

void KillNames::AddBeforeOthers(std::string_view headline) {
  size_t begin = 0;
  for (size_t at = 1; at < headline.size(); ++at) {
    wire::Item item;
    if (wire::IsWordByte(headline[at - 1]) || !wire::ReadItem(headline, at, &item)) continue;
    const bool is_word = item.is_capitals && wire::IsEnd(item.word->notice);
    const bool has_divider = headline.substr(item.end).find_first_of(":-|") == 0;
    if (!is_word || !has_divider) continue;
    AddHeadline(WithoutListEnd(headline.substr(begin, at - begin)));
    begin = at;
  }
}

void KillNames::AddQuoted(std::string_view text, Awaited awaited) {
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
    for (size_t begin_number = 0; begin_number < begins.size(); ++begin_number) {
      const size_t begin = begins[begin_number];
      // A headline may quote somebody itself, and have an apostrophe at a word's end.
      auto end = std::lower_bound(ends.begin(), ends.end(), begin);
      for (int i = 0; i < kEndsMax && end != ends.end(); ++i, ++end) {
        const std::string_view quoted = Trim(text.substr(begin, *end - begin));
        if (quoted.empty()) continue;
        // Single marks may be apostrophes; double ones open and close in turn.
        const bool is_pair = mark == '"' && i == 0 && (begin_number % 2) == 0;
        AddHeadline(quoted, is_pair ? awaited : Awaited::kNot);
        // "So stands the comma of the sentence around it,"
        if (quoted.ends_with(',')) AddHeadline(quoted.substr(0, quoted.size() - 1));
      }
    }
  }
}

void KillNames::AddLines(std::string_view text) {
  const auto add = [&](std::string_view in_text) {
    const size_t before = names_.size();
    AddHeadline(in_text);
    if (names_.size() > before) names_.back().is_line = true;
  };
  for (size_t at = 0; at < text.size() && names_.size() < kNamedMax;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    add(line);
    const size_t colon = line.find(':');
    if (colon != line.npos) add(line.substr(colon + 1));
    const size_t mark_end = EndOfListMark(line);
    if (mark_end > 0 && mark_end < line.size()) add(line.substr(mark_end));
    at = end + 1;
  }
}

void KillNames::AddPhrases(std::string_view plain) {
  std::vector<std::string_view> phrases;
  VisitPhrases(plain, [&](std::string_view phrase) {
    if (phrases.size() < kPhrasesMax) phrases.push_back(phrase);
  });
  std::stable_sort(phrases.begin(), phrases.end(),
                   [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  for (const std::string_view phrase : phrases) AddHeadline(phrase);
}

void KillNames::AddSluglines(std::string_view text) {
  for (size_t at = 0; (at = text.find_first_not_of(kAroundUri, at)) != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kAroundUri, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (wire::IsSlug(word)) AddSlugline(word, word);
    at = end;
  }
}

void KillNames::AddSlugline(std::string_view slugline, std::string_view in_text) {
  const size_t before = names_.size();
  const std::string proper = FoldCase(SlugProper(slugline));
  Add(KeyKind::kSlugline, proper, in_text);
  if (names_.size() > before) {
    names_.back().unless = HashKey(KeyKind::kSharedSlugline, proper, &hasher_);
  }
}

}  // namespace copydesk
