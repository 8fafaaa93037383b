// Acronyms that a text gives in brackets behind a name: "World Trade and Fishing Federation
// (WTFF)".

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "stages/tag/resolver.h"

namespace copydesk {
namespace {

constexpr size_t kLettersMin = 2;
constexpr size_t kLettersMax = 10;

char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }

// The capitals that stand for text[begin, end) beside it, one of the two in brackets: "(OAS)"
// behind it, "OAS (" before it and ")" behind. Empty where there are none.
std::string_view GivenAcronym(std::string_view text, Span span) {
  std::string_view beside = text.substr(span.end);
  size_t begin = 0;
  size_t end = 0;
  if (beside.starts_with(" (")) {
    begin = end = span.end + 2;
    while (end < text.size() && absl::ascii_isupper(text[end])) ++end;
    if (end == text.size() || text[end] != ')') return {};
  } else if (beside.starts_with(')') && text.substr(0, span.begin).ends_with(" (")) {
    begin = end = span.begin - 2;
    while (begin > 0 && absl::ascii_isupper(text[begin - 1])) --begin;
    if (begin > 0 && text[begin - 1] != ' ') return {};
  }
  const size_t size = end - begin;
  if (size < kLettersMin || size > kLettersMax) return {};
  return text.substr(begin, size);
}

// True when the letters stand in the name in their order, the first at its begin.
bool IsAcronymOf(std::string_view letters, std::string_view name) {
  if (name.empty() || ToUpper(name[0]) != letters[0]) return false;
  size_t found = 0;
  for (const char c : name) found += found < letters.size() && ToUpper(c) == letters[found];
  return found == letters.size();
}

}  // namespace

// Where the name begins whose words, up to the chain's end, begin with the acronym's letters: each
// that begins with a capital gives one, and of the small ones ("of", "and") all or none. The
// chain's end where there is no such name.
uint32_t Resolver::BeginOfAcronym(std::string_view text, std::string_view letters) const {
  const NameChain& chain = chains_.chain();
  const std::span<const NameWord> words = chains_.words();
  for (const bool have_small_letters : {false, true}) {
    size_t left = letters.size();
    uint32_t word = chain.end;
    while (left > 0 && word > chain.begin) {
      const NameWord& before = words[word - 1];
      const bool is_small = (before.flags & kCapital) == 0;
      if (!is_small || have_small_letters) {
        if (ToUpper(text[before.begin]) != letters[left - 1]) break;
        --left;
      }
      --word;
    }
    if (left == 0 && (words[word].flags & kCapital) != 0) return word;
  }
  return chain.end;
}

// Behind a chain that an acronym follows: the name that it stands for is a body's where a word says
// so ("Party", "Federation"), however long it is; what the rules found of it is part of it.
void Resolver::TakeGivenAcronym(uint32_t field, size_t first) {
  const NameChain& chain = chains_.chain();
  const std::span<const NameWord> words = chains_.words();
  const uint32_t end = words[chain.end - 1].end;
  const std::string_view text = TextOf(field);
  const std::string_view letters = GivenAcronym(text, {words[chain.begin].begin, end});
  if (letters.empty()) return;
  const uint32_t begin = BeginOfAcronym(text, letters);
  if (begin + 2 > chain.end || words[begin].begin < taken_to_) return;
  const Span span = {words[begin].begin, end};
  uint32_t rule = kNone;
  for (size_t f = first; f < sightings_.size(); ++f) {
    const Sighting& known = sightings_[f];
    if (!known.is_mention()) continue;
    // The dictionary has it, or the rules already take more.
    if (known.span.begin <= span.begin && span.end <= known.span.end) return;
    if (known.by == FoundBy::kRule && known.type == EntityType::kOrganisation) rule = known.rule;
  }
  const bool is_body = std::any_of(words.begin() + begin, words.begin() + chain.end,
                                   [&](const NameWord& w) { return (w.flags & lists_.body) != 0; });
  if (!is_body) return;
  Sighting& name = sightings_.emplace_back();
  name.field = field;
  name.span = span;
  name.range = {begin, chain.end};
  name.by = FoundBy::kRule;
  name.rule = rule;
  name.type = EntityType::kOrganisation;
  ShadowBy(sightings_.size() - 1, first);
}

// The acronym that stands beside a name: "Organization of American States (OAS)".
void Resolver::AddGivenAcronym(uint32_t finding) {
  const Sighting& full = sightings_[finding];
  const std::string_view letters = GivenAcronym(TextOf(full.field), full.span);
  if (letters.empty() || !IsAcronymOf(letters, Text(full))) return;
  AddName(letters, finding, FoundBy::kAcronym);
}

}  // namespace copydesk
