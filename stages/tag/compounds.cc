// Compounds of two places: of "Franco-German" the dictionary finds the second half, and the rules
// file says what the first one stands for.

#include <algorithm>

#include "stages/tag/resolver.h"

namespace copydesk {
namespace {

// The hyphen or dash (U+2010 to U+2015) that the text ends with; 0 bytes for none.
uint32_t HyphenSize(std::string_view text) {
  if (text.ends_with('-')) return 1;
  if (text.size() < 3 || text.substr(text.size() - 3, 2) != "\xE2\x80") return 0;
  const auto last = static_cast<uint8_t>(text.back());
  return last >= 0x90 && last <= 0x95 ? 3 : 0;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

// Looks up whom each first half stands for. Those that the dictionary does not know are left out.
void Resolver::OpenCompounds() {
  for (const auto& [half, name] : rules_->compounds()) {
    folded_.Assign(name);
    const std::span<const Match> matches = matcher_.Find(name, &folded_);
    if (matches.size() != 1 || matches[0].span != Span{0, static_cast<uint32_t>(name.size())}) {
      continue;
    }
    const std::span<const Candidacy> found = matcher_.candidates(matches[0]);
    compounds_.emplace(half, std::vector<Candidacy>(found.begin(), found.end()));
  }
}

// Adds the first halves that stand before places of the chain, whose findings stand from `first`
// on.
void Resolver::AddFirstHalves(uint32_t field, size_t first) {
  const std::string_view text = TextOf(field);
  const size_t count = sightings_.size();
  for (size_t f = first; f < count; ++f) {
    const Sighting& place = sightings_[f];
    if (place.type != EntityType::kPlace || !place.is_mention()) continue;
    const uint32_t hyphen = HyphenSize(text.substr(0, place.span.begin));
    if (hyphen == 0) continue;
    const uint32_t end = place.span.begin - hyphen;
    uint32_t begin = end;
    while (begin > 0 && end - begin < kWordBytesMax && IsLetter(text[begin - 1])) --begin;
    if (begin == end || text[begin] > 'Z') continue;
    char buffer[kWordBytesMax];
    const auto half =
        compounds_.find(std::string(ToLowerWord(text.substr(begin, end - begin), buffer)));
    if (half != compounds_.end())
      sightings_.push_back(SightingOf(field, {begin, end}, half->second));
  }
  if (sightings_.size() == count) return;
  std::sort(sightings_.begin() + static_cast<ptrdiff_t>(first), sightings_.end(),
            [](const Sighting& a, const Sighting& b) { return a.span.begin < b.span.begin; });
}

}  // namespace copydesk
