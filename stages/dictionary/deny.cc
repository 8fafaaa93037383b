#include "stages/dictionary/deny.h"

#include <fmt/format.h>

#include "stages/text/fold.h"

namespace copydesk {

void DenyList::Add(std::string_view alias, std::string_view id) {
  Entry& entry = entries_.emplace_back();
  entry.alias = alias;
  entry.id = id;
  if (alias.empty()) {
    by_id_[entry.id].push_back(&entry);
    return;
  }
  entry.folded = FoldTypography(alias);
  squasher_.Squash(entry.folded, &entry.squashed, nullptr);
  by_alias_[entry.alias].push_back(&entry);
  by_folded_[entry.folded].push_back(&entry);
  by_squashed_[entry.squashed].push_back(&entry);
}

template <typename Matches>
bool DenyList::Deny(const EntriesOf& entries, std::string_view text, std::string_view id,
                    Matches matches) {
  const auto found = entries.find(text);
  if (found == entries.end()) return false;
  bool is_denied = false;
  for (Entry* const entry : found->second) {
    if ((!entry->id.empty() && entry->id != id) || !matches(*entry)) continue;
    entry->has_denied = is_denied = true;
  }
  return is_denied;
}

bool DenyList::DeniesEntity(std::string_view id) {
  return Deny(by_id_, id, id, [](const Entry&) { return true; });
}

bool DenyList::DeniesAlias(std::string_view key, AliasFold fold, std::string_view id) {
  const auto always = [](const Entry&) { return true; };
  if (fold == AliasFold::kExact) return Deny(by_alias_, key, id, always);
  if (fold == AliasFold::kTypographic) return Deny(by_folded_, key, id, always);
  squasher_.Squash(key, &squashed_, nullptr);
  return Deny(by_squashed_, squashed_, id,
              [&](const Entry& entry) { return squasher_.EqualUnder(fold, entry.folded, key); });
}

bool DenyList::DeniesPattern(std::string_view pattern, std::string_view id) {
  return Deny(by_alias_, pattern, id, [](const Entry&) { return true; });
}

std::vector<std::string> DenyList::Idle() const {
  std::vector<std::string> idle;
  for (const Entry& entry : entries_) {
    if (entry.has_denied) continue;
    idle.push_back(entry.alias.empty() ? fmt::format("the entity '{}'", entry.id)
                   : entry.id.empty()  ? fmt::format("'{}'", entry.alias)
                                       : fmt::format("'{}' of '{}'", entry.alias, entry.id));
  }
  return idle;
}

}  // namespace copydesk
