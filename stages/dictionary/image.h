// The image: a compiled dictionary as one block of bytes that is mapped and used as it lies.
//
// The block is a header, then sections, each at a multiple of 64 bytes:
//
//   name           the dictionary's name
//   text           the keys' text in the order of the main index, then ids, names and patterns
//   claims         for each key who claims it: a ClaimWord, or a place in claim lists
//   claim lists    a count, then that many ClaimWords, best first
//   entities       EntityRecord
//   patterns       PatternRecord
//   rules          RuleRecord
//   3 indexes      first filter, prefix filter, buckets, slots, KeyBegins, sieve, heads,
//                  few heads, begin chars
//
// A *key* is a text that is looked for: an alias, folded as its fold says; aliases that fold to the
// same bytes share it. The main index finds keys byte for byte (slot.ref is where the key's text
// begins; the next slot says where it ends). The squashed index finds those claimed with case or
// diacritics folded, the capitals index those that a text in capitals may spell otherwise, both in
// squashed text (slot.ref is the key's number in the main index).
//
// Versions: kImageVersion changes with every change of layout, hash or fold; an image of another
//           version is refused. All numbers are little-endian; a machine that is not is refused.
// Errors:   Open() checks header, checksum and every offset that is followed later, so that no
//           image, cut, altered or forged, makes a reader leave its bytes.
// Threads:  immutable (share freely); one mapping is shared by all.
// Cost:     opening reads every byte once, for the checksum (XXH3).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stages/dictionary/entity.h"
#include "stages/dictionary/kernel.h"

namespace copydesk {

inline constexpr uint32_t kImageVersion = 4;
inline constexpr std::array<char, 8> kImageMagic = {'c', 'p', 'y', 'd', 'i', 'c', 't', '\n'};

// Who claims a key, and how: bit 31 set and a place in claim lists; or the entity in bits 0 to 26,
// the fold in bits 27 to 29, and bit 30 set when the key was expanded from a pattern.
struct ClaimWord {
  uint32_t bits;

  static constexpr ClaimWord One(uint32_t entity, AliasFold fold, bool is_pattern) {
    return {entity | static_cast<uint32_t>(fold) << 27 | (is_pattern ? 1u << 30 : 0u)};
  }
  static constexpr ClaimWord List(uint32_t place) { return {place | 1u << 31}; }
  constexpr bool is_list() const { return bits >> 31 != 0; }
  constexpr uint32_t place() const { return bits & ~(1u << 31); }
  constexpr uint32_t entity() const { return bits & (kEntityCountMax - 1); }
  constexpr AliasFold fold() const { return static_cast<AliasFold>(bits >> 27 & 7); }
  constexpr bool is_pattern() const { return (bits >> 30 & 1) != 0; }
};
static_assert(sizeof(ClaimWord) == 4);

// Places and sizes are bytes of the text section.
struct EntityRecord {
  uint32_t id_at;
  uint32_t name_at;
  uint16_t id_size;
  uint16_t name_size;
  uint16_t priority;
  uint16_t type;
  uint32_t part_of;  // an entity's number, or kNoEntity
};
static_assert(sizeof(EntityRecord) == 20);

struct PatternRecord {
  uint32_t text_at;
  uint32_t text_size;
  uint32_t entity;
  uint32_t fold;
};
static_assert(sizeof(PatternRecord) == 16);

// What entity_rules.h reads, of an entity that has rules.
struct RuleRecord {
  uint32_t text_at;
  uint32_t text_size;
  uint32_t entity;
};
static_assert(sizeof(RuleRecord) == 12);

enum ImageIndex : uint32_t { kMainIndex, kSquashedIndex, kCapitalsIndex };
inline constexpr uint32_t kImageIndexes = 3;

// The sections; those of index i begin at kIndexSections + i * kSectionsOfIndex.
enum ImageSection : uint32_t {
  kNameSection,
  kTextSection,
  kClaimSection,
  kClaimListSection,
  kEntitySection,
  kPatternSection,
  kRuleSection,
  kIndexSections,
};
enum IndexSection : uint32_t {
  kFirstFilterSection,
  kPrefixFilterSection,
  kBucketSection,
  kSlotSection,
  kBeginSection,
  kSieveSection,
  kHeadSection,
  kFewHeadSection,
  kBeginCharSection,
};
inline constexpr uint32_t kSectionsOfIndex = 9;
inline constexpr uint32_t kImageSections =
    uint32_t{kIndexSections} + kImageIndexes * kSectionsOfIndex;

struct ImageHeader {
  std::array<char, 8> magic;
  uint32_t version;
  uint32_t endian;                         // 0x01020304 as the writer saw it
  uint64_t size;                           // of the whole image
  uint64_t checksum;                       // XXH3 of everything behind this member
  std::array<uint32_t, 6> claims_of_fold;  // how many claims have which AliasFold
  std::array<uint64_t, kImageSections> section_at;
  std::array<uint64_t, kImageSections> section_size;
};

// A block of memory: mapped from a file, or anonymous.
class ImageMemory {
 public:
  static absl::StatusOr<ImageMemory> Map(const std::string& path);
  static absl::StatusOr<ImageMemory> Allocate(size_t size);
  ImageMemory(ImageMemory&& other) noexcept;
  ImageMemory& operator=(ImageMemory&& other) noexcept;
  ~ImageMemory();

  std::string_view bytes() const { return {data_, size_}; }
  // REQUIRES: made by Allocate().
  char* data() { return data_; }

 private:
  ImageMemory(char* data, size_t size) : data_(data), size_(size) {}
  char* data_ = nullptr;
  size_t size_ = 0;
};

class Image {
 public:
  // Checks and opens. `source` names the image in errors.
  static absl::StatusOr<std::unique_ptr<const Image>> Open(ImageMemory memory,
                                                           std::string_view source);
  // True when `bytes` begin as an image does.
  static bool HasMagic(std::string_view bytes);

  std::string_view name() const { return name_; }
  uint64_t checksum() const { return checksum_; }
  std::string_view bytes() const { return memory_.bytes(); }

  const IndexView& index(ImageIndex i) const { return indexes_[i]; }
  // What the main index and the text it verifies against take, and all three indexes with it.
  size_t index_bytes() const { return index_bytes_; }

  uint32_t key_count() const { return indexes_[kMainIndex].key_count; }
  std::string_view KeyText(uint32_t key) const {
    const Slot* const slot = indexes_[kMainIndex].slots + key;
    return text_.substr(slot[0].ref, slot[1].ref - slot[0].ref);
  }
  // The claims of a key, best first.
  std::span<const ClaimWord> Claims(uint32_t key) const {
    const ClaimWord& claim = claims_[key];
    if (!claim.is_list()) return {&claim, 1};
    const ClaimWord* const list = claim_lists_.data() + claim.place();
    return {list + 1, list->bits};
  }

  // How many aliases have that fold. Keys claimed twice count twice.
  uint32_t alias_count(AliasFold fold) const {
    return header_->claims_of_fold[static_cast<uint32_t>(fold)];
  }

  uint32_t entity_count() const { return static_cast<uint32_t>(entities_.size()); }
  Entity entity(uint32_t i) const;
  // Asks for what entity() will read.
  void PrefetchEntity(uint32_t i) const { __builtin_prefetch(&entities_[i]); }
  std::span<const PatternRecord> patterns() const { return patterns_; }
  std::string_view PatternText(const PatternRecord& pattern) const {
    return text_.substr(pattern.text_at, pattern.text_size);
  }
  std::span<const RuleRecord> rules() const { return rules_; }
  std::string_view RuleText(const RuleRecord& rule) const {
    return text_.substr(rule.text_at, rule.text_size);
  }

 private:
  explicit Image(ImageMemory memory) : memory_(std::move(memory)) {}
  absl::Status CheckHeader(std::string_view source);
  absl::Status ViewSections(std::string_view source);
  template <typename T>
  bool View(uint32_t section, std::span<const T>* out) const;
  bool ViewIndex(ImageIndex i);
  bool HasValidSlots(ImageIndex i) const;
  bool HasValidClaims() const;
  bool HasValidRecords() const;

  ImageMemory memory_;
  const ImageHeader* header_ = nullptr;
  std::string_view name_;
  std::string_view text_;
  uint64_t checksum_ = 0;
  std::span<const ClaimWord> claims_;
  std::span<const ClaimWord> claim_lists_;
  std::span<const EntityRecord> entities_;
  std::span<const PatternRecord> patterns_;
  std::span<const RuleRecord> rules_;
  std::array<IndexView, kImageIndexes> indexes_;
  size_t index_bytes_ = 0;
};

}  // namespace copydesk
