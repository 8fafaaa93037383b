// A log of small values under consecutive numbers: grows at its end, is cut at both ends.
//
// Numbers are of 32 bits and go round; they are compared by their distance.
//
// Threads: one task thread. Errors: none; misuse is a programmer error.
// Limits:  less than 2^32 - 2^kPieceBits values at a time.
// Memory:  whole pieces of 2^kPieceBits values. Of those that are cut off one is kept for what
//          comes, so that a log that goes on as fast as it is cut off asks for none.
// Cost:    O(1) each; a value is two reads away.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "stages/similarity/large_pages.h"

namespace copydesk {

template <typename T, unsigned kPieceBits = 14>
class NumberedLog {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  static constexpr uint32_t kPiece = uint32_t{1} << kPieceBits;

  // `first` will be the number of the first value.
  explicit NumberedLog(uint32_t first = 0) : first_(first) {}

  // Of the first value, and the one behind the last.
  uint32_t first() const { return first_; }
  uint32_t end() const { return first_ + size_; }
  uint32_t size() const { return size_; }
  bool Has(uint32_t number) const { return number - first_ < size_; }

  // REQUIRES: Has(number). The reference is valid until the value is cut off.
  T& operator[](uint32_t number) {
    const uint32_t place = number - first_ + skipped_;
    return pieces_[place >> kPieceBits][place & (kPiece - 1)];
  }
  const T& operator[](uint32_t number) const { return const_cast<NumberedLog&>(*this)[number]; }

  void PushBack(const T& value) {
    const uint32_t place = skipped_ + size_;
    if (place >> kPieceBits == pieces_.size()) AddPiece();
    pieces_[place >> kPieceBits][place & (kPiece - 1)] = value;
    ++size_;
  }
  // `values` are the bytes of so many, wherever they stand.
  void Append(const void* values, size_t count) {
    const char* bytes = static_cast<const char*>(values);
    while (count > 0) {
      const uint32_t place = skipped_ + size_;
      if (place >> kPieceBits == pieces_.size()) AddPiece();
      const uint32_t in_piece = place & (kPiece - 1);
      const size_t run = std::min<size_t>(count, kPiece - in_piece);
      std::memcpy(pieces_[place >> kPieceBits].data() + in_piece, bytes, run * sizeof(T));
      size_ += static_cast<uint32_t>(run);
      bytes += run * sizeof(T);
      count -= run;
    }
  }
  // REQUIRES: size() > 0.
  void PopBack() { --size_; }
  // Cuts off the values before `number`. REQUIRES: it is one of them, or end().
  void DropBefore(uint32_t number) {
    const uint32_t dropped = number - first_;
    first_ = number;
    size_ -= dropped;
    skipped_ += dropped;
    const size_t pieces = skipped_ >> kPieceBits;
    if (pieces == 0) return;
    spare_ = std::move(pieces_.front());
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<ptrdiff_t>(pieces));
    skipped_ &= kPiece - 1;
  }
  // Shows all values in their order, as many at a time as stand side by side.
  template <typename Visit>
  void VisitRuns(Visit visit) const {
    for (uint32_t number = first_, left = size_; left > 0;) {
      const uint32_t room = kPiece - ((number - first_ + skipped_) & (kPiece - 1));
      const uint32_t run = std::min(left, room);
      visit(&(*this)[number], size_t{run});
      number += run;
      left -= run;
    }
  }
  void Clear(uint32_t first) { *this = NumberedLog(first); }

 private:
  void AddPiece() {
    if (spare_.empty()) spare_.resize(kPiece);
    pieces_.push_back(std::exchange(spare_, {}));
  }

  using Piece = std::vector<T, LargePageAllocator<T>>;

  std::vector<Piece> pieces_;
  Piece spare_;
  uint32_t first_;
  uint32_t skipped_ = 0;  // places of the first piece that were cut off
  uint32_t size_ = 0;
};

}  // namespace copydesk
