// Maps byte offsets of a derived text (mark-up stripped, typography folded) back to the text it
// was derived from, so that every span found in the derived text can be given in the original.
//
// The map is a list of pieces in rising order. A piece is read byte for byte where its two sides
// are equally long, or it is atomic (a 3-byte curly quote that became 1 byte, an ellipsis that
// became three dots): a span that touches an atomic piece takes all of it. Original bytes between
// two pieces (a dropped tag) belong to neither: a span ends before them and the next begins after
// them.
//
// Units:   byte offsets into UTF-8; ranges are half-open.
// Threads: immutable once built (share freely); built by one task thread.
// Cost:    one piece per change between the texts, none for a text that was not changed;
//          a look-up is a binary search.
#pragma once

#include <cstdint>
#include <vector>

namespace copydesk {

// A half-open byte range [begin, end).
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

class OffsetMap {
 public:
  // Forgets everything: the map is the identity again. Keeps its memory.
  void Clear() { pieces_.clear(); }

  // Adds the piece derived [derived_begin, derived_end) <- original [original_begin, original_end).
  // Sides of equal length are read byte for byte, others make the piece atomic. Adjacent
  // byte-for-byte pieces are joined. A piece without derived bytes is a gap: nothing is added.
  // REQUIRES: pieces are added in rising order and the derived sides leave no gap.
  void Append(Span derived, Span original);

  // The same for a piece that is atomic whatever its lengths are (marks put into another order).
  void AppendAtomic(Span derived, Span original);

  // Notes that nothing of an original of `bytes` was kept: the derived text is empty.
  void DropAll(uint32_t bytes);

  // The original range of a derived range; an empty range stays empty. With no piece at all the
  // answer is `derived` itself.
  // REQUIRES: derived.begin <= derived.end <= the length of the derived text.
  Span ToOriginal(Span derived) const;

  // The derived range of an original range: the smallest one whose pieces touch `original`; empty
  // when the range holds only dropped bytes.
  Span ToDerived(Span original) const;

  bool is_identity() const { return pieces_.empty(); }

 private:
  struct Piece {
    Span derived;
    Span original;
    bool is_atomic = false;
  };
  std::vector<Piece> pieces_;
};

}  // namespace copydesk
