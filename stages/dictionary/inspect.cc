#include "stages/dictionary/inspect.h"

#include <fmt/format.h>

#include <algorithm>

#include "stages/dictionary/matcher.h"

namespace copydesk {
namespace {

constexpr std::string_view kFoldNames[kAliasFolds] = {" (exact)", "", " (case)", " (diacritics)",
                                                      " (case and diacritics)"};

std::string_view NameOf(AliasFold fold) { return kFoldNames[static_cast<uint32_t>(fold)]; }

size_t EntitiesOf(std::span<const ClaimWord> claims) {
  size_t count = 0;
  for (size_t i = 0; i < claims.size(); ++i) {
    // An entity's claims stand together.
    count += i == 0 || claims[i].entity() != claims[i - 1].entity();
  }
  return count;
}

}  // namespace

DictionaryStats StatsOf(const Image& image) {
  DictionaryStats stats;
  for (uint32_t i = 0; i < image.entity_count(); ++i) {
    ++stats.entities_of_type[static_cast<size_t>(image.entity(i).type)];
  }
  for (uint32_t key = 0; key < image.key_count(); ++key) {
    const std::string_view text = image.KeyText(key);
    const size_t entities = EntitiesOf(image.Claims(key));
    stats.shared_keys += entities > 1;
    stats.claims_max = std::max<uint64_t>(stats.claims_max, entities);
    stats.key_bytes_max = std::max<uint64_t>(stats.key_bytes_max, text.size());
    stats.keys_beyond_ascii +=
        std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  }
  return stats;
}

std::vector<uint32_t> EntitiesWithId(const Dictionary& dictionary, std::string_view id) {
  std::vector<uint32_t> found;
  for (uint32_t i = 0; i < dictionary.entity_count(); ++i) {
    if (dictionary.entity(i).id == id) found.push_back(i);
  }
  return found;
}

std::vector<std::string> NamesOf(const Dictionary& dictionary, uint32_t entity) {
  const Image& image = dictionary.image();
  std::vector<std::string> names;
  for (uint32_t key = 0; key < image.key_count(); ++key) {
    for (const ClaimWord claim : image.Claims(key)) {
      if (claim.entity() != entity) continue;
      names.push_back(fmt::format("{}{}", image.KeyText(key), NameOf(claim.fold())));
    }
  }
  for (const PatternRecord& pattern : image.patterns()) {
    if (pattern.entity != entity) continue;
    names.push_back(fmt::format("/{}/{}", image.PatternText(pattern),
                                NameOf(static_cast<AliasFold>(pattern.fold))));
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status CheckEveryAlias(const std::shared_ptr<const Dictionary>& dictionary) {
  const Image& image = dictionary->image();
  Matcher matcher(dictionary);
  FoldedText folded;
  for (uint32_t key = 0; key < image.key_count(); ++key) {
    const std::string_view text = image.KeyText(key);
    folded.Assign(text);
    const std::span<const Match> matches = matcher.Find(text, &folded);
    const Span whole{0, static_cast<uint32_t>(text.size())};
    bool is_found = matches.size() == 1 && matches[0].span == whole;
    for (const ClaimWord claim : image.Claims(key)) {
      if (!is_found) break;
      const std::span<const Candidacy> candidates = matcher.candidates(matches[0]);
      is_found = std::any_of(candidates.begin(), candidates.end(), [&](const Candidacy& candidate) {
        return candidate.entity == claim.entity();
      });
    }
    if (!is_found) {
      return absl::InternalError(fmt::format("the alias '{}' of {} is not found", text,
                                             dictionary->entity(image.Claims(key)[0].entity()).id));
    }
  }
  return absl::OkStatus();
}

}  // namespace copydesk
