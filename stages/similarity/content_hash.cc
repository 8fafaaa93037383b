#include "stages/similarity/content_hash.h"

#include <fmt/format.h>
// Shows the state's layout, so that it can be a member; `new` gives it its 64-byte alignment.
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

namespace copydesk {
namespace {

// Never a byte of UTF-8, so that no text can hold what closes a piece.
constexpr char kPieceEnd = '\xFF';

constexpr size_t kHalfDigits = 16;

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

std::string ContentHash::ToHex() const { return fmt::format("{:016x}{:016x}", high, low); }

bool ContentHash::FromHex(std::string_view hex, ContentHash* hash) {
  ContentHash read;
  if (hex.size() != 2 * kHalfDigits || !ReadHalf(hex.substr(0, kHalfDigits), &read.high) ||
      !ReadHalf(hex.substr(kHalfDigits), &read.low)) {
    return false;
  }
  *hash = read;
  return true;
}

struct ContentHasher::State {
  XXH3_state_t xxh;
};

ContentHasher::ContentHasher() : state_(new State) { Reset(); }

ContentHasher::~ContentHasher() { delete state_; }

void ContentHasher::Reset() { XXH3_128bits_reset(&state_->xxh); }

void ContentHasher::Add(std::string_view text, bool end_of_piece) {
  XXH3_128bits_update(&state_->xxh, text.data(), text.size());
  if (end_of_piece) XXH3_128bits_update(&state_->xxh, &kPieceEnd, 1);
}

ContentHash ContentHasher::Finish() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return {hash.high64, hash.low64};
}

}  // namespace copydesk
