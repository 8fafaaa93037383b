// How an image is built.
//
// Claims are sorted by the hash of their text and the text itself, so that equal texts stand
// together: each run is a key. The main index is made of the keys in that order, which fixes their
// numbers; the others are made from the squashed texts of those keys that need it.

#include "stages/dictionary/compile.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <tuple>

#include "stages/dictionary/entity_rules.h"
#include "stages/dictionary/index_builder.h"
#include "stages/dictionary/pattern_strings.h"
#include "stages/dictionary/regex.h"
#include "stages/dictionary/squash.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr size_t kPatternStringsMax = 64;

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(std::move(message)); }

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

absl::Status CheckText(std::string_view what, std::string_view text, size_t bytes_max) {
  if (text.empty()) return Invalid(fmt::format("{} is empty", what));
  if (text.size() > bytes_max) {
    return Invalid(
        fmt::format("{} has {} bytes, at most {} are taken", what, text.size(), bytes_max));
  }
  if (const size_t at = FirstInvalidUtf8(text); at != text.size()) {
    return Invalid(fmt::format("{} is not valid UTF-8 at byte {}", what, at));
  }
  return absl::OkStatus();
}

bool IsCapitalsFold(ClaimWord claim) {
  return claim.fold() == AliasFold::kTypographic && !claim.is_pattern();
}
bool IsSquashedFold(ClaimWord claim) {
  return claim.fold() != AliasFold::kTypographic && claim.fold() != AliasFold::kExact;
}

}  // namespace

std::string_view DictionaryCompiler::Keep(std::string text) {
  return kept_.emplace_back(std::move(text));
}

absl::StatusOr<uint32_t> DictionaryCompiler::AddEntity(std::string_view id, EntityType type) {
  const auto [found, is_new] =
      numbers_.try_emplace({id, type}, static_cast<uint32_t>(entities_.size()));
  if (!is_new) return found->second;
  absl::Status status = CheckText("the id", id, kEntityIdBytesMax);
  if (status.ok() && entities_.size() == kEntityCountMax) {
    status = Invalid(fmt::format("more than {} entities", kEntityCountMax));
  }
  if (!status.ok()) {
    numbers_.erase(found);
    return status;
  }
  entities_.push_back({.id = id, .name = {}, .type = type, .priority = kPriorityDefault});
  return found->second;
}

absl::Status DictionaryCompiler::SetName(uint32_t entity, std::string_view name) {
  if (absl::Status status = CheckText("the name", name, kAliasBytesMax); !status.ok()) {
    return status;
  }
  entities_[entity].name = name;
  return absl::OkStatus();
}

void DictionaryCompiler::SetPriority(uint32_t entity, uint16_t priority) {
  entities_[entity].priority = priority;
}

absl::Status DictionaryCompiler::SetPartOf(uint32_t entity, std::string_view id) {
  if (absl::Status status = CheckText("the id of part_of", id, kEntityIdBytesMax); !status.ok()) {
    return status;
  }
  if (entities_[entity].type != EntityType::kPlace) return Invalid("only a place has part_of");
  if (entities_[entity].id == id) return Invalid(fmt::format("'{}' is part of itself", id));
  wholes_[entities_[entity].id] = id;
  return absl::OkStatus();
}

absl::Status DictionaryCompiler::AddAlias(uint32_t entity, std::string_view alias, AliasFold fold) {
  alias = Trim(alias);
  if (absl::Status status = CheckText("the alias", alias, kAliasBytesMax); !status.ok()) {
    return status;
  }
  if (entities_[entity].name.empty()) entities_[entity].name = alias;
  std::string_view key = alias;
  if (fold != AliasFold::kExact) {
    std::string folded = FoldTypography(alias);
    if (folded != alias) key = Trim(Keep(std::move(folded)));
    if (fold != AliasFold::kTypographic && BeginsWithMark(key)) {
      return Invalid(fmt::format(
          "the alias '{}' begins with a combining mark, and cannot have case or diacritics folded",
          alias));
    }
    if (key.empty() || key.size() > kAliasBytesMax) {
      return Invalid(fmt::format("the alias '{}' has {} bytes once it is folded, 1 to {} are taken",
                                 alias, key.size(), kAliasBytesMax));
    }
  }
  AddKey(entity, key, fold, false);
  return absl::OkStatus();
}

absl::Status DictionaryCompiler::AddPattern(uint32_t entity, std::string_view pattern,
                                            AliasFold fold) {
  absl::Status status = CheckText("the pattern", pattern, kAliasBytesMax);
  if (!status.ok()) return status;
  if (status = CheckRegex(pattern, fold); !status.ok()) return status;
  if (fold == AliasFold::kExact || fold == AliasFold::kTypographic) {
    if (const auto strings = StringsOfPattern(pattern, kPatternStringsMax)) {
      for (const std::string& text : *strings) {
        if (!text.empty()) AddKey(entity, Keep(text), fold, true);
      }
      return absl::OkStatus();
    }
  }
  patterns_.push_back({pattern, entity, fold});
  return absl::OkStatus();
}

absl::Status DictionaryCompiler::SetRules(uint32_t entity, std::string_view json) {
  const absl::StatusOr<EntityRules> rules = EntityRules::Parse(json);
  if (rules.ok()) rules_[entity] = json;
  return rules.status();
}

absl::Status DictionaryCompiler::Deny(std::string_view alias, std::string_view id) {
  alias = Trim(alias);
  if (alias.empty() && id.empty()) return Invalid("what to deny is missing: an alias or an id");
  absl::Status status = absl::OkStatus();
  if (!alias.empty()) status = CheckText("the alias", alias, kAliasBytesMax);
  if (status.ok() && !id.empty()) status = CheckText("the id", id, kEntityIdBytesMax);
  if (status.ok()) deny_.Add(alias, id);
  return status;
}

void DictionaryCompiler::AddKey(uint32_t entity, std::string_view text, AliasFold fold,
                                bool is_pattern) {
  claims_.push_back({0, text.data(), static_cast<uint32_t>(text.size()),
                     ClaimWord::One(entity, fold, is_pattern)});
}

// Entities that are denied, or got no name, leave no number behind: the image is that of sources
// without them.
void DictionaryCompiler::RemoveDenied() {
  const auto is_nameless = [](const Entity& entity) { return entity.name.empty(); };
  if (deny_.empty() && std::none_of(entities_.begin(), entities_.end(), is_nameless)) return;
  constexpr uint32_t kGone = UINT32_MAX;
  std::vector<uint32_t> number_of(entities_.size(), kGone);
  std::vector<Entity> left;
  for (size_t i = 0; i < entities_.size(); ++i) {
    if (is_nameless(entities_[i]) || deny_.DeniesEntity(entities_[i].id)) continue;
    number_of[i] = static_cast<uint32_t>(left.size());
    left.push_back(entities_[i]);
  }
  std::erase_if(claims_, [&](const Claim& claim) {
    const uint32_t entity = claim.word.entity();
    return number_of[entity] == kGone ||
           deny_.DeniesAlias(claim.view(), claim.word.fold(), entities_[entity].id);
  });
  for (Claim& claim : claims_) {
    claim.word =
        ClaimWord::One(number_of[claim.word.entity()], claim.word.fold(), claim.word.is_pattern());
  }
  std::erase_if(patterns_, [&](const NewPattern& pattern) {
    return number_of[pattern.entity] == kGone ||
           deny_.DeniesPattern(pattern.text, entities_[pattern.entity].id);
  });
  for (NewPattern& pattern : patterns_) pattern.entity = number_of[pattern.entity];
  std::map<uint32_t, std::string_view> rules;
  for (const auto& [entity, json] : rules_) {
    if (number_of[entity] != kGone) rules[number_of[entity]] = json;
  }
  rules_ = std::move(rules);
  entities_ = std::move(left);
}

// By key, then the best claim first; an entity's claims to one key that differ in nothing are one.
void DictionaryCompiler::SortClaims() {
  KeyHasher hasher;
  for (Claim& claim : claims_) claim.hash = hasher.Hash(claim.view()).back();
  const auto rank = [&](const Claim& claim) {
    const uint32_t entity = claim.word.entity();
    return std::tuple(kPriorityMax - entities_[entity].priority, entity, claim.word.is_pattern(),
                      claim.word.fold());
  };
  std::sort(claims_.begin(), claims_.end(), [&](const Claim& a, const Claim& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    if (const int order = a.view().compare(b.view()); order != 0) return order < 0;
    return rank(a) < rank(b);
  });
  const auto same = [](const Claim& a, const Claim& b) {
    return a.hash == b.hash && a.word.bits == b.word.bits && a.view() == b.view();
  };
  claims_.erase(std::unique(claims_.begin(), claims_.end(), same), claims_.end());
}

// Lays the sections of an image one behind the other.
struct DictionaryCompiler::Layout {
  ImageHeader header{};
  std::array<std::string_view, kImageSections> sections;

  template <typename Values>
  void Set(uint32_t section, const Values& values) {
    sections[section] = {reinterpret_cast<const char*>(values.data()),
                         values.size() * sizeof(*values.data())};
  }
  void SetIndex(uint32_t index, const IndexBuilder& builder) {
    const uint32_t base = kIndexSections + index * kSectionsOfIndex;
    Set(base + kFirstFilterSection, builder.first_filter);
    Set(base + kPrefixFilterSection, builder.prefix_filter);
    Set(base + kBucketSection, builder.buckets);
    Set(base + kSlotSection, builder.slots);
    Set(base + kBeginSection, std::span(&builder.begins, 1));
    Set(base + kSieveSection, builder.sieve);
    Set(base + kHeadSection, builder.heads);
    Set(base + kFewHeadSection, builder.few_heads);
    Set(base + kBeginCharSection, builder.begin_chars);
  }

  absl::StatusOr<ImageMemory> Write() {
    const auto align = [](uint64_t at) { return (at + 63) / 64 * 64; };
    uint64_t end = sizeof(ImageHeader);
    for (uint32_t i = 0; i < kImageSections; ++i) {
      header.section_at[i] = align(end);
      header.section_size[i] = sections[i].size();
      end = header.section_at[i] + header.section_size[i];
    }
    header.magic = kImageMagic;
    header.version = kImageVersion;
    header.endian = 0x01020304;
    header.size = end;
    absl::StatusOr<ImageMemory> memory = ImageMemory::Allocate(end);
    if (!memory.ok()) return memory.status();
    char* const data = memory->data();
    std::memcpy(data, &header, sizeof(header));
    for (uint32_t i = 0; i < kImageSections; ++i) {
      if (sections[i].empty()) continue;
      std::memcpy(data + header.section_at[i], sections[i].data(), sections[i].size());
    }
    constexpr size_t kCheckedFrom = offsetof(ImageHeader, claims_of_fold);
    header.checksum = XXH3_64bits(data + kCheckedFrom, end - kCheckedFrom);
    std::memcpy(data + offsetof(ImageHeader, checksum), &header.checksum, sizeof(uint64_t));
    return memory;
  }
};

// The sections while they are made.
struct DictionaryCompiler::Tables {
  std::string text;
  std::vector<ClaimWord> claims;
  std::vector<ClaimWord> claim_lists;
  std::vector<EntityRecord> entities;
  std::vector<PatternRecord> patterns;
  std::vector<RuleRecord> rules;
  std::array<IndexBuilder, kImageIndexes> indexes;
  std::vector<uint32_t> name_at;  // by entity: where a key is its name, or UINT32_MAX
  Squasher squasher;
  std::string squashed;

  uint32_t Append(std::string_view added) {
    const size_t at = text.size();
    text.append(added);
    return static_cast<uint32_t>(at);
  }
};

// Adds the key that `claims`, all of one text, are for.
void DictionaryCompiler::AddKeyTo(Tables* tables, std::span<const Claim> claims) const {
  const std::string_view key = claims[0].view();
  const auto number = static_cast<uint32_t>(tables->claims.size());
  const uint32_t key_at = tables->Append(key);
  tables->indexes[kMainIndex].Add(key, key_at);
  const bool is_list = claims.size() > 1;
  if (is_list) {
    tables->claims.push_back(ClaimWord::List(static_cast<uint32_t>(tables->claim_lists.size())));
    tables->claim_lists.push_back({static_cast<uint32_t>(claims.size())});
  }
  bool is_squashed = false;
  bool is_capitals = false;
  for (const Claim& claim : claims) {
    (is_list ? tables->claim_lists : tables->claims).push_back(claim.word);
    const uint32_t entity = claim.word.entity();
    if (entities_[entity].name == key) tables->name_at[entity] = key_at;
    is_squashed = is_squashed || IsSquashedFold(claim.word);
    is_capitals = is_capitals || IsCapitalsFold(claim.word);
  }
  is_capitals = is_capitals && HasOtherCapitals(key) && !BeginsWithMark(key);
  if (!is_squashed && !is_capitals) return;
  tables->squasher.Squash(key, &tables->squashed, nullptr);
  if (is_squashed) tables->indexes[kSquashedIndex].Add(tables->squashed, number);
  if (is_capitals) tables->indexes[kCapitalsIndex].Add(tables->squashed, number);
}

absl::Status DictionaryCompiler::AddRecordsTo(Tables* tables) const {
  tables->entities.reserve(entities_.size());
  absl::flat_hash_map<std::string_view, uint32_t> places;
  for (size_t i = 0; i < entities_.size() && !wholes_.empty(); ++i) {
    if (entities_[i].type == EntityType::kPlace) places[entities_[i].id] = static_cast<uint32_t>(i);
  }
  const auto part_of = [&](const Entity& entity) {
    if (entity.type != EntityType::kPlace) return kNoEntity;
    const auto whole = wholes_.find(entity.id);
    if (whole == wholes_.end()) return kNoEntity;
    const auto place = places.find(whole->second);
    return place == places.end() ? kNoEntity : place->second;
  };
  for (size_t i = 0; i < entities_.size(); ++i) {
    const Entity& entity = entities_[i];
    const uint32_t id_at = tables->Append(entity.id);
    uint32_t name_at = tables->name_at[i];
    if (name_at == UINT32_MAX) name_at = tables->Append(entity.name);
    tables->entities.push_back({.id_at = id_at,
                                .name_at = name_at,
                                .id_size = static_cast<uint16_t>(entity.id.size()),
                                .name_size = static_cast<uint16_t>(entity.name.size()),
                                .priority = entity.priority,
                                .type = static_cast<uint16_t>(entity.type),
                                .part_of = part_of(entity)});
  }
  // From each place on, up to where an earlier walk came by.
  std::vector<uint32_t> walks(entities_.size(), kNoEntity);
  for (uint32_t i = 0; i < entities_.size(); ++i) {
    uint32_t at = i;
    for (; at != kNoEntity && walks[at] == kNoEntity; at = tables->entities[at].part_of) {
      walks[at] = i;
    }
    if (at != kNoEntity && walks[at] == i) {
      return Invalid(fmt::format("'{}' is part of a place that is part of it", entities_[at].id));
    }
  }
  for (const NewPattern& pattern : patterns_) {
    tables->patterns.push_back({tables->Append(pattern.text),
                                static_cast<uint32_t>(pattern.text.size()), pattern.entity,
                                static_cast<uint32_t>(pattern.fold)});
  }
  for (const auto& [entity, json] : rules_) {
    tables->rules.push_back({tables->Append(json), static_cast<uint32_t>(json.size()), entity});
  }
  if (tables->text.size() > UINT32_MAX) return Invalid("more than 4 GB of aliases, names and ids");
  return absl::OkStatus();
}

absl::StatusOr<ImageMemory> DictionaryCompiler::Finish(std::string_view name) {
  RemoveDenied();
  SortClaims();
  Tables tables;
  tables.name_at.assign(entities_.size(), UINT32_MAX);
  for (size_t begin = 0, end; begin < claims_.size(); begin = end) {
    for (end = begin + 1; end < claims_.size() && claims_[end].view() == claims_[begin].view();) {
      ++end;
    }
    AddKeyTo(&tables, std::span(claims_).subspan(begin, end - begin));
  }
  for (IndexBuilder& index : tables.indexes) index.Build();
  tables.indexes[kMainIndex].slots.push_back({0, static_cast<uint32_t>(tables.text.size())});
  if (absl::Status status = AddRecordsTo(&tables); !status.ok()) return status;

  Layout layout;
  layout.Set(kNameSection, name);
  layout.Set(kTextSection, tables.text);
  layout.Set(kClaimSection, tables.claims);
  layout.Set(kClaimListSection, tables.claim_lists);
  layout.Set(kEntitySection, tables.entities);
  layout.Set(kPatternSection, tables.patterns);
  layout.Set(kRuleSection, tables.rules);
  for (uint32_t i = 0; i < kImageIndexes; ++i) layout.SetIndex(i, tables.indexes[i]);
  for (const Claim& claim : claims_) {
    ++layout.header.claims_of_fold[static_cast<uint32_t>(claim.word.fold())];
  }
  absl::StatusOr<ImageMemory> memory = layout.Write();
  std::vector<std::string> idle = deny_.Idle();
  *this = DictionaryCompiler();
  idle_denials_ = std::move(idle);
  return memory;
}

}  // namespace copydesk
