// How the mark-up is taken out: one pass from '<' or '&' to the next.
//
// Linear on any input: what a construct's end is searched for, and not found, is not searched for
// again (`Search`), because from a later place it would not be found either.

#include "stages/text/markup.h"

#include <algorithm>
#include <array>

#include "stages/text/character_references.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// Sorted. HTML's block elements and NITF's.
constexpr auto kBlockElements = std::to_array<std::string_view>({"address",
                                                                 "article",
                                                                 "aside",
                                                                 "block",
                                                                 "blockquote",
                                                                 "body",
                                                                 "body.content",
                                                                 "body.end",
                                                                 "body.head",
                                                                 "bq",
                                                                 "br",
                                                                 "byline",
                                                                 "caption",
                                                                 "center",
                                                                 "dateline",
                                                                 "dd",
                                                                 "details",
                                                                 "dialog",
                                                                 "distributor",
                                                                 "div",
                                                                 "dl",
                                                                 "dt",
                                                                 "fieldset",
                                                                 "figcaption",
                                                                 "figure",
                                                                 "fn",
                                                                 "footer",
                                                                 "form",
                                                                 "h1",
                                                                 "h2",
                                                                 "h3",
                                                                 "h4",
                                                                 "h5",
                                                                 "h6",
                                                                 "head",
                                                                 "header",
                                                                 "hedline",
                                                                 "hgroup",
                                                                 "hl1",
                                                                 "hl2",
                                                                 "hr",
                                                                 "html",
                                                                 "legend",
                                                                 "li",
                                                                 "main",
                                                                 "media",
                                                                 "media-caption",
                                                                 "nav",
                                                                 "nitf",
                                                                 "note",
                                                                 "ol",
                                                                 "option",
                                                                 "p",
                                                                 "pre",
                                                                 "section",
                                                                 "summary",
                                                                 "table",
                                                                 "tagline",
                                                                 "tbody",
                                                                 "td",
                                                                 "tfoot",
                                                                 "th",
                                                                 "thead",
                                                                 "title",
                                                                 "tr",
                                                                 "ul"});

constexpr size_t kElementNameMax = 16;

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsLetter(char c) { return ToLower(c) >= 'a' && ToLower(c) <= 'z'; }

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool IsNameEnd(char c) { return IsSpace(c) || c == '/' || c == '>'; }

// Looks for one string from rising places, and gives up for good when it is not there.
class Search {
 public:
  explicit Search(std::string_view what) : what_(what) {}

  // Behind the first occurrence at or after `at`, or npos.
  size_t Behind(std::string_view text, size_t at) {
    if (is_exhausted_) return std::string_view::npos;
    const size_t found = text.find(what_, at);
    is_exhausted_ = found == std::string_view::npos;
    return is_exhausted_ ? found : found + what_.size();
  }

 private:
  const std::string_view what_;
  bool is_exhausted_ = false;
};

class Stripper {
 public:
  Stripper(std::string_view in, std::string* out, OffsetMap* map)
      : in_(in), out_(*out), map_(*map) {}

  void Run() {
    while (at_ < in_.size()) {
      size_t next = at_;
      while (next < in_.size() && in_[next] != '<' && in_[next] != '&') ++next;
      CopyText(next);
      if (next == in_.size()) break;
      const bool is_taken = in_[at_] == '<' ? TakeAngle() : TakeReference();
      if (!is_taken) CopyText(at_ + 1);
    }
    if (out_ == in_) map_.Clear();
    if (out_.empty() && !in_.empty()) map_.DropAll(static_cast<uint32_t>(in_.size()));
  }

 private:
  static Span Range(size_t begin, size_t end) {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  }

  void Append(size_t derived_begin, size_t original_begin, size_t original_end) {
    map_.Append(Range(derived_begin, out_.size()), Range(original_begin, original_end));
  }

  // Copies in_[at_, end). A line end in mark-up is only white space, but in <pre>.
  void CopyText(size_t end) {
    if (end == at_) return;
    const size_t begin = out_.size();
    out_.append(in_, at_, end - at_);
    if (!is_preformatted_) {
      std::replace_if(
          out_.begin() + static_cast<std::ptrdiff_t>(begin), out_.end(),
          [](char c) { return c == '\n' || c == '\r'; }, ' ');
    }
    Append(begin, at_, end);
    at_ = end;
  }

  bool TakeReference() {
    char32_t code_point;
    const size_t length = ReadCharacterReference(in_.substr(at_), &code_point);
    if (length == 0) return false;
    const size_t begin = out_.size();
    AppendUtf8(code_point, &out_);
    // Never byte for byte: no byte of the reference is the character's.
    map_.AppendAtomic(Range(begin, out_.size()), Range(at_, at_ + length));
    at_ += length;
    return true;
  }

  // Takes what begins with the '<' at at_; returns false when it is a stray one.
  bool TakeAngle() {
    const std::string_view rest = in_.substr(at_);
    if (rest.size() < 2) return false;
    if (rest.starts_with("<!--")) return TakeUntil(&comment_end_, 4);
    if (rest.starts_with("<![CDATA[")) return TakeCdata();
    if (rest[1] == '!') return TakeUntil(&angle_, 2);
    if (rest[1] == '?') return TakeUntil(&instruction_end_, 2);
    const bool is_closing = rest[1] == '/';
    const size_t name_begin = is_closing ? 2 : 1;
    if (rest.size() <= name_begin || !IsLetter(rest[name_begin])) return false;
    return TakeTag(at_ + name_begin, is_closing);
  }

  // Drops a comment, instruction or declaration; up to the next '>' when it is not closed.
  bool TakeUntil(Search* end, size_t opening_size) {
    size_t behind = end->Behind(in_, at_ + opening_size);
    if (behind == std::string_view::npos) behind = angle_.Behind(in_, at_);
    if (behind == std::string_view::npos) return false;
    at_ = behind;
    return true;
  }

  bool TakeCdata() {
    constexpr size_t kOpening = std::string_view("<![CDATA[").size();
    const size_t behind = cdata_end_.Behind(in_, at_ + kOpening);
    if (behind == std::string_view::npos) return TakeUntil(&angle_, kOpening);
    at_ += kOpening;
    CopyText(behind - 3);
    at_ = behind;
    return true;
  }

  bool TakeTag(size_t name_begin, bool is_closing) {
    const size_t behind = BehindTag(name_begin);
    if (behind == std::string_view::npos) return false;
    std::array<char, kElementNameMax> buffer;
    size_t size = 0;
    while (size < buffer.size() && !IsNameEnd(in_[name_begin + size])) {
      buffer[size] = ToLower(in_[name_begin + size]);
      ++size;
    }
    const std::string_view name(buffer.data(), size);
    const size_t begin = at_;
    at_ = behind;
    if (std::binary_search(kBlockElements.begin(), kBlockElements.end(), name)) EndLine(begin);
    if (name == "pre") is_preformatted_ = !is_closing;
    const bool is_empty = in_[behind - 2] == '/';
    if (!is_closing && !is_empty) {
      if (name == "script") SkipContents(name, &has_script_end_);
      if (name == "style") SkipContents(name, &has_style_end_);
    }
    return true;
  }

  // Behind the '>' that ends the tag: not one in an attribute's quotes. Once quotes turned out not
  // to be closed, they are not heeded any more.
  size_t BehindTag(size_t at) {
    if (heeds_quotes_) {
      char quote = 0;
      bool is_value = false;
      for (size_t i = at; i < in_.size(); ++i) {
        const char c = in_[i];
        if (quote != 0) {
          if (c == quote) quote = 0;
        } else if (c == '>') {
          return i + 1;
        } else if (is_value && (c == '"' || c == '\'')) {
          quote = c;
          is_value = false;
        } else if (!IsSpace(c)) {
          is_value = c == '=';
        }
      }
      heeds_quotes_ = false;
    }
    return angle_.Behind(in_, at);
  }

  // A line end for the tag [begin, at_), but not at the text's begin nor twice.
  void EndLine(size_t begin) {
    if (out_.empty() || out_.back() == '\n') return;
    out_.push_back('\n');
    map_.AppendAtomic(Range(out_.size() - 1, out_.size()), Range(begin, at_));
  }

  // Drops everything up to the closing tag of `name`, which is dropped like any tag. Without one
  // the contents are read as text: better some code in the text than no text.
  void SkipContents(std::string_view name, bool* has_end) {
    if (!*has_end) return;
    for (size_t at = in_.find("</", at_); at != std::string_view::npos;
         at = in_.find("</", at + 2)) {
      const std::string_view found = in_.substr(at + 2, name.size());
      if (std::equal(found.begin(), found.end(), name.begin(), name.end(),
                     [](char a, char b) { return ToLower(a) == b; })) {
        at_ = at;
        return;
      }
    }
    *has_end = false;
  }

  const std::string_view in_;
  std::string& out_;
  OffsetMap& map_;
  size_t at_ = 0;
  bool is_preformatted_ = false;
  bool heeds_quotes_ = true;
  bool has_script_end_ = true;
  bool has_style_end_ = true;
  Search angle_{">"};
  Search comment_end_{"-->"};
  Search cdata_end_{"]]>"};
  Search instruction_end_{"?>"};
};

}  // namespace

void StripMarkup(std::string_view markup, std::string* text, OffsetMap* map) {
  text->clear();
  map->Clear();
  text->reserve(markup.size());
  Stripper(markup, text, map).Run();
}

}  // namespace copydesk
