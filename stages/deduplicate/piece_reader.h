// Reads the fields of a piece of deduplicate's log in turn (story_codec.h).
//
// Threads: one task thread.
// Errors:  after the first field that is wrong or missing is_ok() is false, and all are zero.
// Limits:  takes no more memory than the piece's bytes can fill.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "stages/deduplicate/story_codec.h"

namespace copydesk {

class PieceReader {
 public:
  static constexpr size_t kKeyBytes = 16;
  // Chains are numbered as they are needed: more than this no budget holds.
  static constexpr uint64_t kChainIdMax = uint64_t{1} << 26;

  explicit PieceReader(std::string_view in) : in_(in) {}

  uint64_t Number(uint64_t max = UINT64_MAX) {
    uint64_t number = 0;
    if (is_ok_) is_ok_ = TakeNumber(&in_, &number) && number <= max;
    return is_ok_ ? number : 0;
  }
  // Of things of which each takes at least a byte.
  size_t Count() { return static_cast<size_t>(Number(in_.size())); }
  int64_t Signed() {
    const uint64_t number = Number();
    return static_cast<int64_t>(number >> 1) ^ -static_cast<int64_t>(number & 1);
  }
  std::string Text(size_t bytes_max) {
    const size_t size = static_cast<size_t>(Number(std::min(bytes_max, in_.size())));
    if (size > in_.size()) is_ok_ = false;
    if (!is_ok_) return "";
    std::string text(in_.substr(0, size));
    in_.remove_prefix(size);
    return text;
  }
  Key ReadKey() {
    Key key;
    if (in_.size() < kKeyBytes) is_ok_ = false;
    if (!is_ok_) return key;
    std::memcpy(&key.high, in_.data(), sizeof(key.high));
    std::memcpy(&key.low, in_.data() + sizeof(key.high), sizeof(key.low));
    in_.remove_prefix(kKeyBytes);
    return key;
  }
  ChainId ReadChainId() {
    const uint64_t id = Number(kChainIdMax);
    is_ok_ &= id > 0;
    return static_cast<ChainId>(id);
  }
  // An enumerator up to `max`.
  template <typename E>
  E Enum(E max) {
    if (in_.empty() || static_cast<uint8_t>(in_[0]) > static_cast<uint8_t>(max)) is_ok_ = false;
    if (!is_ok_) return E{};
    const E value = static_cast<E>(in_[0]);
    in_.remove_prefix(1);
    return value;
  }
  // Rising ones where they are kept so.
  template <typename T>
  void Hashes(size_t max, bool is_rising, std::vector<T>* hashes) {
    const size_t count = static_cast<size_t>(Number(max));
    if (in_.size() / sizeof(T) < count) is_ok_ = false;
    if (!is_ok_) return;
    hashes->resize(count);
    static_assert(std::endian::native == std::endian::little, "as they are written");
    if (count > 0) std::memcpy(hashes->data(), in_.data(), count * sizeof(T));
    in_.remove_prefix(count * sizeof(T));
    if (is_rising) is_ok_ = std::is_sorted(hashes->begin(), hashes->end());
  }
  int8_t Hundredths() {
    const int64_t number = Signed();
    is_ok_ &= number >= -1 && number <= 100;
    return static_cast<int8_t>(is_ok_ ? number : -1);
  }
  bool Flag() { return Enum<uint8_t>(1) != 0; }
  void Fail() { is_ok_ = false; }
  bool is_ok() const { return is_ok_; }
  size_t left() const { return in_.size(); }

 private:
  std::string_view in_;
  bool is_ok_ = true;
};

}  // namespace copydesk
