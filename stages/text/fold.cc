// How the fold works.
//
// A two-stage table gives each code point a class. Plain ones (the vast majority) are passed over;
// what was passed over is copied in one piece when something has to change, and never when nothing
// does. A line end, or any control character that stands alone, is passed over with them and
// becomes a space in the copy. Everything is local but NFC, where a mark or a Hangul vowel may
// change what stands before it: there the segment from the last code point that nothing composes
// with, up to the next one, is given to ICU and becomes one atomic piece of the map.
//
// What is dropped goes before NFC looks, and white space swallows what is dropped inside it, so
// that folding twice is folding once.

#include "stages/text/fold.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "stages/text/fold_class.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// A segment longer than this stays as it stands: ICU sorts marks in quadratic time.
constexpr size_t kSegmentCodePointsMax = 128;

using Bytes = unsigned char __attribute__((vector_size(16)));
using Halves = uint64_t __attribute__((vector_size(16)));
static_assert(std::endian::native == std::endian::little);

Bytes Load(const char* at) {
  Bytes bytes;
  std::memcpy(&bytes, at, sizeof(bytes));
  return bytes;
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20; }
// ASCII's white space with all control characters.
bool IsBlank(char c) { return static_cast<unsigned char>(c) <= 0x20; }

// 0xFF for each of 16 bytes that is the first of two blanks. Reads 17 bytes.
auto FirstsOfBlanks(const char* at) { return (Load(at) <= 0x20) & (Load(at + 1) <= 0x20); }

// Where plain ASCII ends: 0xFF for each of 16 bytes that is not ASCII or the first of two blanks.
// Notes in *controls where control characters stand. Reads 17 bytes.
Halves EndsOfAscii(const char* at, Halves* controls) {
  const Bytes bytes = Load(at);
  *controls |= reinterpret_cast<Halves>(bytes < 0x20);
  return reinterpret_cast<Halves>((bytes >= 0x80) | FirstsOfBlanks(at));
}

// Lead bytes of nothing but plain code points: U+00C0 to U+027F (Latin), U+0400 to U+047F
// (Cyrillic), U+4000 to U+9FFF (Han). Their tails need no look.
constexpr unsigned char kLead = 0xC0;
constexpr unsigned char kLatin = 0xC3;
constexpr unsigned char kLatinEnd = 0xCA;
constexpr unsigned char kCyrillic = 0xD0;
constexpr unsigned char kCyrillicEnd = 0xD2;
constexpr unsigned char kHan = 0xE4;
constexpr unsigned char kHanEnd = 0xEA;

// True for a lead byte of code points that may have to be folded.
template <typename T>
auto IsFoldingLead(T byte) {
  return (byte >= kLead) & ((byte < kLatin) | (byte >= kLatinEnd)) &
         ((byte < kCyrillic) | (byte >= kCyrillicEnd)) & ((byte < kHan) | (byte >= kHanEnd));
}

// Where something may have to be folded: 0xFF for each of 16 bytes that is the first of two blanks,
// or such a lead byte. Reads 17 bytes.
Halves MayFold(const char* at) {
  return reinterpret_cast<Halves>(FirstsOfBlanks(at) | IsFoldingLead(Load(at)));
}

constexpr size_t kNone = 16;

// The first byte of a vector that is 0xFF, or kNone.
size_t FirstOf(Halves found) {
  if (found[0] != 0) return static_cast<size_t>(std::countr_zero(found[0])) / 8;
  if (found[1] != 0) return 8 + static_cast<size_t>(std::countr_zero(found[1])) / 8;
  return kNone;
}

// The first byte from `at` on that may have to be folded, but for control characters that stand
// alone. Sets *has_controls where there are any in what was looked at. Looks at 16 bytes at a time,
// and at 64 where 64 bytes of ASCII went before.
size_t SkipPlainBytes(std::string_view text, size_t at, bool* has_controls) {
  const char* const data = text.data();
  Halves controls = {0, 0};
  size_t end = kNone;
  size_t wide_from = at + 64;
  while (at + 17 <= text.size()) {
    end = FirstOf(EndsOfAscii(data + at, &controls));
    if (end != kNone) {
      if (static_cast<unsigned char>(data[at + end]) < 0x80) break;
      end = FirstOf(MayFold(data + at));
      if (end != kNone) break;
      wide_from = at + 80;
    }
    at += 16;
    if (at < wide_from) continue;
    while (at + 65 <= text.size() &&
           FirstOf(EndsOfAscii(data + at, &controls) | EndsOfAscii(data + at + 16, &controls) |
                   EndsOfAscii(data + at + 32, &controls) |
                   EndsOfAscii(data + at + 48, &controls)) == kNone) {
      at += 64;
    }
    wide_from = at + 64;
  }
  *has_controls |= (controls[0] | controls[1]) != 0;
  if (end != kNone) return at + end;
  for (; at < text.size(); ++at) {
    if (IsFoldingLead(static_cast<unsigned char>(data[at]))) break;
    if (!IsBlank(data[at])) continue;
    if (at + 1 < text.size() && IsBlank(data[at + 1])) break;
    *has_controls |= IsControl(data[at]);
  }
  return at;
}

// The first code point from `at` on that is not plain.
size_t SkipPlain(std::string_view text, const CodePointTable& classes, size_t at,
                 bool* has_controls) {
  while (true) {
    while (at < text.size() && IsFoldingLead(static_cast<unsigned char>(text[at]))) {
      size_t behind = at;
      if (classes[NextCodePoint(text, &behind)] != kPlain) return at;
      at = behind;
    }
    const size_t begin = at;
    at = SkipPlainBytes(text, at, has_controls);
    if (at == begin) return at;
  }
}

// Looks at all of it, so that the compiler can look at many bytes at a time.
bool IsAscii(std::string_view text) {
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80;
}

void ToNfc(std::string_view in, std::string* out) {
  UErrorCode error = U_ZERO_ERROR;
  out->clear();
  icu::StringByteSink<std::string> sink(out);
  icu::Normalizer2::getNFCInstance(error)->normalizeUTF8(
      0, icu::StringPiece(in.data(), static_cast<int32_t>(in.size())), sink, nullptr, error);
  if (U_FAILURE(error)) out->assign(in);
}

// One fold of one text.
class Folder {
 public:
  Folder(std::string_view in, std::string* out, OffsetMap* map)
      : in_(in), out_(*out), map_(map), classes_(FoldClasses()) {}

  // Returns false, with *out empty, when nothing changes.
  bool Run() {
    while (true) {
      const size_t end = SkipPlain(in_, classes_, at_, &has_controls_);
      if (end != at_) {
        // What becomes a space is in no segment.
        size_t last = end;
        if (!IsControl(in_[end - 1])) PreviousCodePoint(in_, &last);
        StartSegment(last);
        at_ = end;
      }
      if (at_ == in_.size()) break;
      FoldOne();
    }
    if (!is_changed_ && !has_controls_) return false;
    Flush(in_.size());
    return true;
  }

 private:
  uint8_t ClassAt(size_t at, size_t* behind) const {
    *behind = at;
    return classes_[NextCodePoint(in_, behind)];
  }

  void StartSegment(size_t at) {
    segment_begin_ = at;
    combining_class_ = 0;
  }

  // Copies what was passed over up to `end`.
  void Flush(size_t end) {
    is_changed_ = true;
    if (run_begin_ == end) return;
    if (out_.capacity() < in_.size()) out_.reserve(in_.size());
    const size_t begin = out_.size();
    Emit(in_.substr(run_begin_, end - run_begin_), run_begin_, end, false);
    if (!has_controls_) return;
    // Of locals, so that the compiler can take many at a time.
    auto* const bytes = reinterpret_cast<unsigned char*>(out_.data());
    const size_t size = out_.size();
    for (size_t i = begin; i < size; ++i) bytes[i] = std::max<unsigned char>(bytes[i], ' ');
  }

  // Adds `text` for in_[begin, end).
  void Emit(std::string_view text, size_t begin, size_t end, bool is_atomic) {
    const auto size = static_cast<uint32_t>(out_.size());
    out_.append(text);
    if (map_ == nullptr) return;
    const Span derived{size, static_cast<uint32_t>(out_.size())};
    const Span original{static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
    if (is_atomic) {
      map_->AppendAtomic(derived, original);
    } else {
      map_->Append(derived, original);
    }
  }

  // Goes on at `at`, everything before it being emitted or dropped.
  void ContinueAt(size_t at) {
    at_ = run_begin_ = at;
    StartSegment(at);
  }

  bool IsAfterSpace() const { return at_ > run_begin_ && IsBlank(in_[at_ - 1]); }

  // Whether a joiner at at_ stays: the letter before it, or one of the letter's marks, is of a
  // script that needs it.
  bool KeepsJoiner() const {
    size_t at = at_;
    for (size_t i = 0; at > 0 && i < kSegmentCodePointsMax; ++i) {
      const char32_t code_point = PreviousCodePoint(in_, &at);
      const uint8_t found = classes_[code_point];
      if (found == kDropped || found == kJoiner) continue;
      if (NeedsJoiner(code_point)) return true;
      if (found < kNfcJoining) break;
    }
    return false;
  }

  // A run of white space, with what is dropped in it, becomes one space.
  void FoldSpace() {
    const size_t begin = IsAfterSpace() ? at_ - 1 : at_;
    size_t end = begin + 1;
    size_t at = begin;
    while (at < in_.size()) {
      if (IsBlank(in_[at])) {
        end = ++at;
        continue;
      }
      size_t behind;
      const uint8_t found = ClassAt(at, &behind);
      if (found == kSpace) {
        end = behind;
      } else if (found != kDropped && found != kJoiner) {
        break;
      }
      at = behind;
    }
    Flush(begin);
    Emit(" ", begin, end, false);
    ContinueAt(at);
  }

  // Folds what stands at at_: no plain code point.
  void FoldOne() {
    size_t behind;
    const uint8_t found = ClassAt(at_, &behind);
    if (found > kMark && found - kMark >= combining_class_) {
      combining_class_ = found - kMark;
      at_ = behind;
    } else if (found == kJoiner && KeepsJoiner()) {
      StartSegment(at_);
      at_ = behind;
    } else if (found == kSpace) {
      FoldSpace();
    } else if (found == kDropped || found == kJoiner) {
      Drop();
    } else if (const std::string_view ascii = FoldReplacement(found); !ascii.empty()) {
      Flush(at_);
      Emit(ascii, at_, behind, true);
      ContinueAt(behind);
    } else {
      Normalize(found == kNfcAlone ? at_ : segment_begin_);
    }
  }

  // The end of the run of dropped code points at `at`. `needs_joiner` says whether a joiner would
  // be kept there.
  size_t BehindDropped(size_t at, bool needs_joiner) const {
    while (at < in_.size()) {
      size_t behind;
      const uint8_t found = ClassAt(at, &behind);
      if (found != kDropped && (found != kJoiner || needs_joiner)) break;
      at = behind;
    }
    return at;
  }

  // True when the code point at `at` may compose or be reordered with what stands before it.
  bool JoinsBackward(size_t at) const {
    if (at == in_.size()) return false;
    size_t behind;
    const uint8_t found = ClassAt(at, &behind);
    return found == kNfcJoining || found > kMark;
  }

  void Drop() {
    if (IsAfterSpace()) {
      FoldSpace();
      return;
    }
    const size_t end = BehindDropped(at_, KeepsJoiner());
    if (JoinsBackward(end)) {
      Normalize(segment_begin_);
      return;
    }
    Flush(at_);
    ContinueAt(end);
  }

  // Brings the segment from `begin` into NFC.
  void Normalize(size_t begin) {
    segment_.clear();
    size_t code_points = 0;
    size_t end = begin;
    bool needs_joiner = false;
    while (end < in_.size()) {
      size_t behind = end;
      const char32_t code_point = NextCodePoint(in_, &behind);
      const uint8_t found = classes_[code_point];
      // A joiner that begins the segment, and was passed over, is one that stays.
      if (found == kJoiner && end == begin && begin < at_) needs_joiner = true;
      if (found == kDropped || (found == kJoiner && !needs_joiner)) {
        const size_t resumed = BehindDropped(end, needs_joiner);
        if (!JoinsBackward(resumed)) break;
        code_points += resumed - end;
        end = resumed;
        continue;
      }
      if (end > begin && found != kNfcJoining && found <= kMark) break;
      if (code_points < kSegmentCodePointsMax) segment_.append(in_, end, behind - end);
      needs_joiner = needs_joiner || NeedsJoiner(code_point);
      ++code_points;
      end = behind;
    }
    if (code_points <= kSegmentCodePointsMax) {
      ToNfc(segment_, &composed_);
      ReplaceTypography();
      if (segment_ != in_.substr(begin, end - begin)) {
        Flush(begin);
        Emit(segment_, begin, end, true);
        run_begin_ = end;
      }
    }
    at_ = end;
    StartSegment(end);
  }

  // composed_ to segment_: a singleton such as the Greek numeral sign becomes a prime in NFC.
  void ReplaceTypography() {
    segment_.clear();
    size_t at = 0;
    while (at < composed_.size()) {
      const size_t begin = at;
      const std::string_view ascii = FoldReplacement(classes_[NextCodePoint(composed_, &at)]);
      if (ascii.empty()) {
        segment_.append(composed_, begin, at - begin);
      } else {
        segment_.append(ascii);
      }
    }
  }

  const std::string_view in_;
  std::string& out_;
  OffsetMap* const map_;
  const CodePointTable& classes_;
  size_t at_ = 0;
  size_t run_begin_ = 0;      // from here to at_: passed over, not yet copied
  size_t segment_begin_ = 0;  // the last code point that composes with nothing before it
  int combining_class_ = 0;   // of the mark before at_
  bool is_changed_ = false;
  bool has_controls_ = false;  // up to at_ and maybe a little beyond
  std::string segment_;
  std::string composed_;
};

}  // namespace

void FoldedText::Assign(std::string_view in) {
  in_ = in;
  buffer_.clear();
  map_.Clear();
  is_changed_ = Folder(in, &buffer_, &map_).Run();
  if (is_changed_ && buffer_.empty()) map_.DropAll(static_cast<uint32_t>(in.size()));
}

std::string FoldTypography(std::string_view in) {
  std::string out;
  if (!Folder(in, &out, nullptr).Run()) out.assign(in);
  return out;
}

std::string FoldCase(std::string_view in) {
  std::string out;
  if (IsAscii(in)) {
    out.assign(in);
    for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    return out;
  }
  UErrorCode error = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out);
  icu::CaseMap::utf8Fold(0, icu::StringPiece(in.data(), static_cast<int32_t>(in.size())), sink,
                         nullptr, error);
  return out;
}

std::string StripDiacritics(std::string_view in) {
  UErrorCode error = U_ZERO_ERROR;
  std::string decomposed;
  icu::StringByteSink<std::string> sink(&decomposed);
  icu::Normalizer2::getNFDInstance(error)->normalizeUTF8(
      0, icu::StringPiece(in.data(), static_cast<int32_t>(in.size())), sink, nullptr, error);
  std::string bare;
  size_t at = 0;
  while (at < decomposed.size()) {
    const size_t begin = at;
    const char32_t code_point = NextCodePoint(decomposed, &at);
    if (u_charType(static_cast<UChar32>(code_point)) == U_NON_SPACING_MARK) continue;
    bare.append(decomposed, begin, at - begin);
  }
  std::string out;
  ToNfc(bare, &out);
  return out;
}

}  // namespace copydesk
