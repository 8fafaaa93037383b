#include "stages/similarity/content_hash.h"

#include <cstring>
// Shows the state's layout, so that it can be a member; `new` gives it its 64-byte alignment.
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

namespace copydesk {
namespace {

// Never a byte of UTF-8, so that no text can hold what closes a piece.
constexpr char kPieceEnd = '\xFF';

constexpr size_t kHalfDigits = ContentHash::kDigits / 2;

void WriteHalf(uint64_t half, char* digits) {
  constexpr char kHex[] = "0123456789abcdef";
  for (size_t i = kHalfDigits; i-- > 0; half >>= 4) digits[i] = kHex[half & 15];
}

bool ReadHalf(std::string_view digits, uint64_t* half) {
  uint64_t value = 0;
  for (const char digit : digits) {
    if (digit >= '0' && digit <= '9') {
      value = value << 4 | static_cast<uint64_t>(digit - '0');
    } else if (digit >= 'a' && digit <= 'f') {
      value = value << 4 | static_cast<uint64_t>(digit - 'a' + 10);
    } else {
      return false;
    }
  }
  *half = value;
  return true;
}

}  // namespace

std::array<char, ContentHash::kDigits> ContentHash::ToDigits() const {
  std::array<char, kDigits> digits;
  WriteHalf(high, digits.data());
  WriteHalf(low, digits.data() + kHalfDigits);
  return digits;
}

std::string ContentHash::ToHex() const {
  const std::array<char, kDigits> digits = ToDigits();
  return {digits.data(), digits.size()};
}

bool ContentHash::FromHex(std::string_view hex, ContentHash* hash) {
  ContentHash read;
  if (hex.size() != kDigits || !ReadHalf(hex.substr(0, kHalfDigits), &read.high) ||
      !ReadHalf(hex.substr(kHalfDigits), &read.low)) {
    return false;
  }
  *hash = read;
  return true;
}

struct ContentHasher::State {
  XXH3_state_t xxh;
};

ContentHasher::ContentHasher() : state_(new State) {}

ContentHasher::~ContentHasher() { delete state_; }

void ContentHasher::Reset() {
  has_begun_ = false;
  size_ = 0;
}

void ContentHasher::Append(std::string_view bytes) {
  if (!has_begun_) {
    if (bytes.size() <= kTogetherMax - size_) {
      std::memcpy(together_.data() + size_, bytes.data(), bytes.size());
      size_ += bytes.size();
      return;
    }
    has_begun_ = true;
    XXH3_128bits_reset(&state_->xxh);
    XXH3_128bits_update(&state_->xxh, together_.data(), size_);
  }
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
}

void ContentHasher::Add(std::string_view text, bool end_of_piece) {
  if (!text.empty()) Append(text);
  if (end_of_piece) Append({&kPieceEnd, 1});
}

ContentHash ContentHasher::Finish() const {
  const XXH128_hash_t hash =
      has_begun_ ? XXH3_128bits_digest(&state_->xxh) : XXH3_128bits(together_.data(), size_);
  return {hash.high64, hash.low64};
}

}  // namespace copydesk
