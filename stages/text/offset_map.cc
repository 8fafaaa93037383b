#include "stages/text/offset_map.h"

#include <algorithm>

namespace copydesk {

void OffsetMap::Append(Span derived, Span original) {
  if (derived.begin == derived.end) return;
  if (derived.end - derived.begin != original.end - original.begin) {
    AppendAtomic(derived, original);
    return;
  }
  if (!pieces_.empty()) {
    Piece& last = pieces_.back();
    if (!last.is_atomic && last.derived.end == derived.begin &&
        last.original.end == original.begin) {
      last.derived.end = derived.end;
      last.original.end = original.end;
      return;
    }
  }
  pieces_.push_back({derived, original, false});
}

void OffsetMap::AppendAtomic(Span derived, Span original) {
  if (derived.begin == derived.end) return;
  pieces_.push_back({derived, original, true});
}

void OffsetMap::DropAll(uint32_t bytes) { pieces_.assign(1, {{0, 0}, {0, bytes}, true}); }

Span OffsetMap::ToOriginal(Span derived) const {
  if (pieces_.empty()) return derived;
  // The piece that holds the byte at `derived.begin`.
  const auto first = std::partition_point(pieces_.begin(), pieces_.end(), [&](const Piece& piece) {
    return piece.derived.end <= derived.begin;
  });
  if (first == pieces_.end()) {
    const uint32_t end = pieces_.back().original.end;
    return {end, end};
  }
  const uint32_t begin = first->is_atomic
                             ? first->original.begin
                             : first->original.begin + (derived.begin - first->derived.begin);
  if (derived.begin == derived.end) return {begin, begin};
  // The piece that holds the byte before `derived.end`; often the same one.
  auto last = first;
  if (last->derived.end < derived.end) {
    last = std::partition_point(
        first, pieces_.end(), [&](const Piece& piece) { return piece.derived.end < derived.end; });
    if (last == pieces_.end()) return {begin, pieces_.back().original.end};
  }
  const uint32_t end = last->is_atomic ? last->original.end
                                       : last->original.begin + (derived.end - last->derived.begin);
  return {begin, end};
}

Span OffsetMap::ToDerived(Span original) const {
  if (pieces_.empty()) return original;
  const auto first = std::partition_point(pieces_.begin(), pieces_.end(), [&](const Piece& piece) {
    return piece.original.end <= original.begin;
  });
  if (first == pieces_.end()) {
    const uint32_t end = pieces_.back().derived.end;
    return {end, end};
  }
  uint32_t begin = first->derived.begin;
  if (!first->is_atomic && original.begin > first->original.begin) {
    begin += original.begin - first->original.begin;
  }
  // Behind the last piece that begins before `original.end`.
  const auto behind = std::partition_point(first, pieces_.end(), [&](const Piece& piece) {
    return piece.original.begin < original.end;
  });
  if (behind == first || original.begin == original.end) return {begin, begin};
  const Piece& last = *(behind - 1);
  uint32_t end = last.derived.end;
  if (!last.is_atomic && original.end < last.original.end) {
    end = last.derived.begin + (original.end - last.original.begin);
  }
  return {begin, end};
}

}  // namespace copydesk
