// How a sketch is written in a record.
#include <absl/strings/escaping.h>

#include <algorithm>
#include <functional>

#include "stages/similarity/sketch.h"

namespace copydesk {
namespace {

constexpr unsigned char kFormat = 6;
constexpr unsigned char kFormatMax = 32;  // there will hardly be more of them: other bytes are none

template <typename T>
void Write(T value, std::string* out) {
  for (size_t i = 0; i < sizeof(T); ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

// Reads little-endian integers from the front of a text.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  bool Read(T* value) {
    if (bytes_.size() < sizeof(T)) return false;
    *value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      *value =
          static_cast<T>(*value | static_cast<T>(static_cast<unsigned char>(bytes_[i])) << (8 * i));
    }
    bytes_.remove_prefix(sizeof(T));
    return true;
  }

  template <typename T>
  bool ReadMany(size_t max, std::vector<T>* values) {
    uint16_t count = 0;
    if (!Read(&count) || count > max) return false;
    values->resize(count);
    for (T& value : *values) {
      if (!Read(&value)) return false;
    }
    return true;
  }

  bool is_at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

template <typename T>
void WriteMany(const std::vector<T>& values, std::string* out) {
  Write(static_cast<uint16_t>(values.size()), out);
  for (const T value : values) Write(value, out);
}

void WriteFirstTokens(const FirstTokens& first, std::string* out) {
  out->push_back(static_cast<char>(first.size));
  out->push_back(static_cast<char>(first.figures));
  out->push_back(static_cast<char>(first.again));
  for (size_t i = 0; i < first.size; ++i) Write(first.tokens[i], out);
}

bool ReadFirstTokens(Input* input, FirstTokens* first) {
  uint8_t size = 0;
  *first = {};
  if (!input->Read(&size) || size > FirstTokens::kTokensMax || !input->Read(&first->figures) ||
      !input->Read(&first->again) || (first->figures | first->again) >> size != 0) {
    return false;
  }
  for (; first->size < size; ++first->size) {
    if (!input->Read(&first->tokens[first->size])) return false;
  }
  return true;
}

template <typename T>
bool IsRising(const std::vector<T>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<T>()) == values.end();
}

// The limit of a longer text is that of the shingles of the whole; those of the lead are besides.
uint32_t ShingleLimitOf(const Sketch& sketch) {
  std::vector<uint32_t> shingles = sketch.shingles;
  if (sketch.shingle_count <= shingles.size() || shingles.size() < Sketch::kSpreadKept) {
    return UINT32_MAX;
  }
  const auto last = shingles.begin() + Sketch::kSpreadKept - 1;
  std::nth_element(shingles.begin(), last, shingles.end());
  return *last;
}

}  // namespace

std::string Sketch::ToText() const {
  std::string bytes;
  bytes.reserve(64 + shingles.size() * 4 + words.size() * 2 + figures.size() * 4);
  bytes.push_back(static_cast<char>(kFormat));
  Write(shingle_count, &bytes);
  Write(word_limit, &bytes);
  Write(figure_limit, &bytes);
  WriteMany(shingles, &bytes);
  WriteMany(words, &bytes);
  WriteMany(figures, &bytes);
  WriteMany(names, &bytes);
  WriteFirstTokens(title, &bytes);
  WriteFirstTokens(subject, &bytes);
  return absl::Base64Escape(bytes);
}

bool Sketch::FromText(std::string_view text, Sketch* sketch) {
  std::string bytes;
  if (!absl::Base64Unescape({text.data(), text.size()}, &bytes)) return false;
  Input input(bytes);
  unsigned char format = 0;
  if (!input.Read(&format)) return false;
  if (format != kFormat) {
    sketch->Clear();
    return format != 0 && format <= kFormatMax;
  }
  if (!input.Read(&sketch->shingle_count) || !input.Read(&sketch->word_limit) ||
      !input.Read(&sketch->figure_limit) || !input.ReadMany(kShinglesMax, &sketch->shingles) ||
      !input.ReadMany(kWordsMax, &sketch->words) ||
      !input.ReadMany(kFiguresMax, &sketch->figures) ||
      !input.ReadMany(Sketch::kNamesMax, &sketch->names) ||
      !ReadFirstTokens(&input, &sketch->title) || !ReadFirstTokens(&input, &sketch->subject) ||
      !input.is_at_end()) {
    return false;
  }
  if (sketch->names.size() > NameReader::kNamesMax && !AreLetters(sketch->names)) return false;
  sketch->shingle_limit = ShingleLimitOf(*sketch);
  return sketch->shingle_count >= sketch->shingles.size() && IsRising(sketch->words) &&
         IsRising(sketch->figures);
}

}  // namespace copydesk
