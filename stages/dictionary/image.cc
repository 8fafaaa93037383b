#include "stages/dictionary/image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

namespace copydesk {
namespace {

constexpr uint32_t kEndianMark = 0x01020304;
constexpr uint32_t kForeignEndianMark = 0x04030201;
constexpr size_t kSectionAlignment = 64;
constexpr size_t kCheckedFrom = offsetof(ImageHeader, claims_of_fold);

absl::Status BadImage(std::string_view source, std::string_view what) {
  return absl::InvalidArgumentError(
      fmt::format("{}: {}; compile the dictionary again", source, what));
}

// A sieve has a power of two of bits; a 32-bit hash is shifted down to one of them.
bool IsSieveSize(size_t words) { return std::has_single_bit(words) && words <= size_t{1} << 20; }

uint32_t SieveShift(size_t words) {
  return words == 0 ? 0 : 32 - static_cast<uint32_t>(std::countr_zero(words * 64));
}

bool Rises(std::span<const uint32_t> values, uint32_t max) {
  uint32_t before = 0;
  bool rises = true;
  for (const uint32_t value : values) {
    rises &= value >= before;
    before = value;
  }
  return rises && before <= max;
}

// Look-ups go anywhere: with large pages they need fewer translations. Where the kernel has none to
// give (for most file systems), nothing is lost.
void AskForHugePages(void* data, size_t size) { (void)madvise(data, size, MADV_HUGEPAGE); }

}  // namespace

absl::StatusOr<ImageMemory> ImageMemory::Map(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return absl::ErrnoToStatus(errno, fmt::format("{}: cannot open", path));
  struct stat status;
  if (fstat(file, &status) != 0) {
    const int error = errno;
    close(file);
    return absl::ErrnoToStatus(error, fmt::format("{}: cannot stat", path));
  }
  if (!S_ISREG(status.st_mode)) {
    close(file);
    return absl::InvalidArgumentError(fmt::format("{}: not a file", path));
  }
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) {
    close(file);
    return absl::InvalidArgumentError(fmt::format("{}: the file is empty", path));
  }
  void* const data = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
  const int error = errno;
  close(file);
  if (data == MAP_FAILED) return absl::ErrnoToStatus(error, fmt::format("{}: cannot map", path));
  AskForHugePages(data, size);
  return ImageMemory(static_cast<char*>(data), size);
}

absl::StatusOr<ImageMemory> ImageMemory::Allocate(size_t size) {
  void* const data =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    return absl::ErrnoToStatus(errno, fmt::format("cannot allocate {} bytes", size));
  }
  AskForHugePages(data, size);
  return ImageMemory(static_cast<char*>(data), size);
}

ImageMemory::ImageMemory(ImageMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

ImageMemory& ImageMemory::operator=(ImageMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

ImageMemory::~ImageMemory() {
  if (data_ != nullptr) munmap(data_, size_);
}

bool Image::HasMagic(std::string_view bytes) {
  return bytes.size() >= kImageMagic.size() &&
         std::memcmp(bytes.data(), kImageMagic.data(), kImageMagic.size()) == 0;
}

absl::StatusOr<std::unique_ptr<const Image>> Image::Open(ImageMemory memory,
                                                         std::string_view source) {
  std::unique_ptr<Image> image(new Image(std::move(memory)));
  if (absl::Status status = image->CheckHeader(source); !status.ok()) return status;
  if (absl::Status status = image->ViewSections(source); !status.ok()) return status;
  return image;
}

absl::Status Image::CheckHeader(std::string_view source) {
  const std::string_view bytes = memory_.bytes();
  if (!HasMagic(bytes)) return BadImage(source, "not a dictionary image");
  if (bytes.size() < sizeof(ImageHeader)) return BadImage(source, "the image is cut short");
  header_ = reinterpret_cast<const ImageHeader*>(bytes.data());
  if (header_->endian == kForeignEndianMark) {
    return BadImage(source, "the image is of a machine with the other byte order");
  }
  if (header_->endian != kEndianMark) return BadImage(source, "the image's header is damaged");
  if (header_->version != kImageVersion) {
    return BadImage(source, fmt::format("the image has version {}, this copydesk reads version {}",
                                        header_->version, kImageVersion));
  }
  if (header_->size != bytes.size()) {
    return BadImage(source, fmt::format("the image has {} bytes, its header says {}", bytes.size(),
                                        header_->size));
  }
  checksum_ = header_->checksum;
  if (XXH3_64bits(bytes.data() + kCheckedFrom, bytes.size() - kCheckedFrom) != checksum_) {
    return BadImage(source, "the image is damaged: its checksum does not match");
  }
  return absl::OkStatus();
}

template <typename T>
bool Image::View(uint32_t section, std::span<const T>* out) const {
  const uint64_t at = header_->section_at[section];
  const uint64_t size = header_->section_size[section];
  const uint64_t total = memory_.bytes().size();
  if (at % kSectionAlignment != 0 || at > total || size > total - at || size % sizeof(T) != 0) {
    return false;
  }
  *out = {reinterpret_cast<const T*>(memory_.bytes().data() + at), size / sizeof(T)};
  return true;
}

bool Image::ViewIndex(ImageIndex i) {
  const uint32_t base = kIndexSections + uint32_t{i} * kSectionsOfIndex;
  std::span<const uint64_t> first;
  std::span<const uint64_t> prefix;
  std::span<const uint32_t> buckets;
  std::span<const Slot> slots;
  std::span<const KeyBegins> begins;
  std::span<const uint64_t> sieve;
  std::span<const uint64_t> heads;
  std::span<const FewHeads> few_heads;
  std::span<const uint64_t> begin_chars;
  if (!View(base + kFirstFilterSection, &first) || !View(base + kPrefixFilterSection, &prefix) ||
      !View(base + kBucketSection, &buckets) || !View(base + kSlotSection, &slots) ||
      !View(base + kBeginSection, &begins) || !View(base + kSieveSection, &sieve) ||
      !View(base + kHeadSection, &heads) || !View(base + kFewHeadSection, &few_heads) ||
      !View(base + kBeginCharSection, &begin_chars)) {
    return false;
  }
  // A main index has one slot more than keys, to say where the last key ends.
  const size_t sentinels = i == kMainIndex ? 1 : 0;
  if (first.empty() || prefix.empty() || buckets.size() < 2 || begins.size() != 1 ||
      (!sieve.empty() && !IsSieveSize(sieve.size())) ||
      (!heads.empty() && !IsSieveSize(heads.size())) || few_heads.size() > 1 ||
      (!begin_chars.empty() && begin_chars.size() != kBeginCharWords) || slots.size() < sentinels ||
      slots.size() > UINT32_MAX || first.size() > UINT32_MAX || prefix.size() > UINT32_MAX ||
      buckets.size() > UINT32_MAX) {
    return false;
  }
  indexes_[i] = {.first_filter = first.data(),
                 .prefix_filter = prefix.data(),
                 .buckets = buckets.data(),
                 .slots = slots.data(),
                 .begins = begins.data(),
                 .sieve = sieve.empty() ? nullptr : sieve.data(),
                 .sieve_shift = SieveShift(sieve.size()),
                 .heads = heads.empty() ? nullptr : heads.data(),
                 .head_shift = SieveShift(heads.size()),
                 .few_heads = few_heads.empty() ? nullptr : few_heads.data(),
                 .begin_chars = begin_chars.empty() ? nullptr : begin_chars.data(),
                 .first_words = static_cast<uint32_t>(first.size()),
                 .prefix_words = static_cast<uint32_t>(prefix.size()),
                 .bucket_count = static_cast<uint32_t>(buckets.size() - 1),
                 .key_count = static_cast<uint32_t>(slots.size() - sentinels)};
  index_bytes_ += first.size_bytes() + prefix.size_bytes() + buckets.size_bytes() +
                  slots.size_bytes() + begins.size_bytes() + sieve.size_bytes() +
                  heads.size_bytes() + few_heads.size_bytes() + begin_chars.size_bytes();
  return Rises(buckets, indexes_[i].key_count);
}

bool Image::HasValidSlots(ImageIndex i) const {
  const IndexView& index = indexes_[i];
  if (i != kMainIndex) {
    uint32_t max = 0;
    for (uint32_t k = 0; k < index.key_count; ++k) max = std::max(max, index.slots[k].ref);
    return index.key_count == 0 || max < key_count();
  }
  bool rises = true;
  for (uint32_t k = 0; k < index.key_count; ++k) {
    rises &= index.slots[k].ref <= index.slots[k + 1].ref;
  }
  return rises && index.slots[index.key_count].ref <= text_.size();
}

bool Image::HasValidClaims() const {
  const auto is_one = [&](ClaimWord claim) {
    return !claim.is_list() && claim.entity() < entities_.size() &&
           static_cast<uint32_t>(claim.fold()) < kAliasFolds;
  };
  std::vector<bool> begins_list(claim_lists_.size());
  for (size_t at = 0; at < claim_lists_.size();) {
    const uint32_t count = claim_lists_[at].bits;
    if (count == 0 || count >= claim_lists_.size() - at) return false;
    for (const ClaimWord claim : claim_lists_.subspan(at + 1, count)) {
      if (!is_one(claim)) return false;
    }
    begins_list[at] = true;
    at += 1 + count;
  }
  for (const ClaimWord claim : claims_) {
    const bool is_valid = claim.is_list()
                              ? claim.place() < begins_list.size() && begins_list[claim.place()]
                              : is_one(claim);
    if (!is_valid) return false;
  }
  return claims_.size() == key_count();
}

bool Image::HasValidRecords() const {
  const auto is_inside = [&](uint64_t at, uint64_t size) { return at + size <= text_.size(); };
  for (const EntityRecord& entity : entities_) {
    if (!is_inside(entity.id_at, entity.id_size) || !is_inside(entity.name_at, entity.name_size) ||
        entity.type >= kEntityTypeCount ||
        (entity.part_of != kNoEntity && entity.part_of >= entities_.size())) {
      return false;
    }
  }
  for (const PatternRecord& pattern : patterns_) {
    if (!is_inside(pattern.text_at, pattern.text_size) || pattern.entity >= entities_.size() ||
        pattern.fold >= kAliasFolds) {
      return false;
    }
  }
  return std::all_of(rules_.begin(), rules_.end(), [&](const RuleRecord& rule) {
    return is_inside(rule.text_at, rule.text_size) && rule.entity < entities_.size();
  });
}

absl::Status Image::ViewSections(std::string_view source) {
  std::span<const char> name;
  std::span<const char> text;
  bool is_valid = View(kNameSection, &name) && View(kTextSection, &text) &&
                  View(kClaimSection, &claims_) && View(kClaimListSection, &claim_lists_) &&
                  View(kEntitySection, &entities_) && View(kPatternSection, &patterns_) &&
                  View(kRuleSection, &rules_);
  if (is_valid) {
    name_ = {name.data(), name.size()};
    text_ = {text.data(), text.size()};
  }
  for (uint32_t i = 0; i < kImageIndexes && is_valid; ++i) {
    is_valid = ViewIndex(static_cast<ImageIndex>(i)) && HasValidSlots(static_cast<ImageIndex>(i));
  }
  indexes_[kMainIndex].text = text_.data();
  indexes_[kMainIndex].claims = reinterpret_cast<const uint32_t*>(claims_.data());
  is_valid = is_valid && HasValidClaims() && HasValidRecords();
  if (!is_valid) return BadImage(source, "the image's tables contradict each other");
  index_bytes_ += indexes_[kMainIndex].slots[key_count()].ref;
  return absl::OkStatus();
}

Entity Image::entity(uint32_t i) const {
  const EntityRecord& record = entities_[i];
  return {.id = text_.substr(record.id_at, record.id_size),
          .name = text_.substr(record.name_at, record.name_size),
          .type = static_cast<EntityType>(record.type),
          .priority = record.priority,
          .part_of = record.part_of};
}

}  // namespace copydesk
