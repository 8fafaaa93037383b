#include "stages/dictionary/entity_rules.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/stringpiece.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "stages/text/boundary.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

using simdjson::dom::element;

constexpr size_t kItemsMax = 64;
constexpr size_t kItemBytesMax = 256;
constexpr uint32_t kWithin = 10;
constexpr uint32_t kWithinMax = 100;
constexpr uint32_t kCountMax = 1000;
constexpr int64_t kPatternMemory = 1 << 20;

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(std::move(message)); }

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

absl::Status ReadList(std::string_view key, element value, bool is_folded,
                      std::vector<std::string>* out) {
  simdjson::dom::array items;
  if (value.get(items) || items.size() == 0 || items.size() > kItemsMax) {
    return Invalid(
        fmt::format("'rules': '{}': expected a list of 1 to {} strings", key, kItemsMax));
  }
  for (const element item : items) {
    std::string_view text;
    if (item.get(text) || text.empty() || text.size() > kItemBytesMax) {
      return Invalid(
          fmt::format("'rules': '{}': expected strings of 1 to {} bytes", key, kItemBytesMax));
    }
    out->push_back(is_folded ? FoldCase(text) : std::string(text));
  }
  return absl::OkStatus();
}

absl::Status ReadNumber(std::string_view key, element value, uint32_t max, uint32_t* out) {
  int64_t number;
  if (value.get(number) || number < 1 || number > max) {
    return Invalid(fmt::format("'rules': '{}': expected a whole number from 1 to {}", key, max));
  }
  *out = static_cast<uint32_t>(number);
  return absl::OkStatus();
}

// Goes back over `words` words from `at`.
size_t WordsBefore(std::string_view text, size_t at, uint32_t words) {
  bool is_inside = false;
  while (at > 0) {
    size_t before = at;
    const WordClass kind = ClassOf(PreviousCodePoint(text, &before));
    const bool begins = kind == WordClass::kUnspaced || (kind == WordClass::kWord && !is_inside);
    if (begins && words-- == 0) break;
    is_inside = kind == WordClass::kWord;
    at = before;
  }
  return at;
}

size_t WordsBehind(std::string_view text, size_t at, uint32_t words) {
  bool is_inside = false;
  while (at < text.size()) {
    size_t next = at;
    const WordClass kind = ClassOf(NextCodePoint(text, &next));
    const bool begins = kind == WordClass::kUnspaced || (kind == WordClass::kWord && !is_inside);
    if (begins && words-- == 0) break;
    is_inside = kind == WordClass::kWord;
    at = next;
  }
  return at;
}

// Whether one of the phrases, in folded case, stands in `folded` as whole words.
bool HasOne(std::string_view folded, const std::vector<std::string>& phrases) {
  for (const std::string& phrase : phrases) {
    for (size_t at = folded.find(phrase); at != std::string_view::npos;
         at = folded.find(phrase, at + 1)) {
      if (IsWordBoundary(folded, at) && IsWordBoundary(folded, at + phrase.size())) return true;
    }
  }
  return false;
}

bool IsLike(std::string_view subject, std::string_view wanted) {
  if (wanted.back() != '*') return subject == wanted;
  wanted.remove_suffix(1);
  return subject.substr(0, wanted.size()) == wanted;
}

}  // namespace

struct EntityRules::Impl {
  absl::Status Take(std::string_view key, element value);
  bool IsNear(const RuleContext& context, const std::vector<std::string>& phrases) const;
  bool IsInPattern(const RuleContext& context) const;
  bool IsInSection(const RuleContext& context) const;
  bool IsInLanguage(const RuleContext& context) const;

  std::vector<std::string> near;
  std::vector<std::string> not_near;
  std::vector<std::unique_ptr<RE2>> not_in;
  std::vector<std::string> sections;
  std::vector<std::string> languages;
  uint32_t within = kWithin;
  uint32_t count_min = 1;
};

absl::Status EntityRules::Impl::Take(std::string_view key, element value) {
  if (key == "near") return ReadList(key, value, true, &near);
  if (key == "not_near") return ReadList(key, value, true, &not_near);
  if (key == "sections") return ReadList(key, value, true, &sections);
  if (key == "languages") return ReadList(key, value, true, &languages);
  if (key == "within") return ReadNumber(key, value, kWithinMax, &within);
  if (key == "count") return ReadNumber(key, value, kCountMax, &count_min);
  if (key != "not_in") {
    return Invalid(
        fmt::format("'rules': unknown member '{}'; expected near, not_near, within, "
                    "not_in, sections, languages or count",
                    key));
  }
  std::vector<std::string> patterns;
  if (absl::Status status = ReadList(key, value, false, &patterns); !status.ok()) return status;
  for (const std::string& text : patterns) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemory);
    auto pattern = std::make_unique<RE2>(Piece(text), options);
    if (!pattern->ok()) return Invalid(fmt::format("'rules': 'not_in': {}", pattern->error()));
    not_in.push_back(std::move(pattern));
  }
  return absl::OkStatus();
}

bool EntityRules::Impl::IsNear(const RuleContext& context,
                               const std::vector<std::string>& phrases) const {
  const std::string_view text = context.text;
  const size_t begin = WordsBefore(text, context.span.begin, within);
  const size_t end = WordsBehind(text, context.span.end, within);
  return HasOne(FoldCase(text.substr(begin, context.span.begin - begin)), phrases) ||
         HasOne(FoldCase(text.substr(context.span.end, end - context.span.end)), phrases);
}

bool EntityRules::Impl::IsInPattern(const RuleContext& context) const {
  const auto is_inside = [&](size_t at) { return (context.text[at] & 0xC0) == 0x80; };
  size_t first = context.span.begin - std::min(context.span.begin, kPatternBytes);
  size_t last = std::min<size_t>(context.text.size(), context.span.end + kPatternBytes);
  while (first < context.span.begin && is_inside(first)) ++first;
  while (last < context.text.size() && is_inside(last)) --last;
  const std::string_view part = context.text.substr(0, last);
  for (const std::unique_ptr<RE2>& pattern : not_in) {
    re2::StringPiece found;
    for (size_t at = first; at <= context.span.begin; ++at) {
      if (!pattern->Match(Piece(part), at, last, RE2::UNANCHORED, &found, 1)) break;
      at = static_cast<size_t>(found.data() - part.data());
      if (at <= context.span.begin && at + found.size() >= context.span.end) return true;
    }
  }
  return false;
}

bool EntityRules::Impl::IsInSection(const RuleContext& context) const {
  return std::any_of(context.subjects.begin(), context.subjects.end(), [&](const auto& subject) {
    const std::string folded = FoldCase(subject);
    return std::any_of(sections.begin(), sections.end(),
                       [&](const std::string& wanted) { return IsLike(folded, wanted); });
  });
}

bool EntityRules::Impl::IsInLanguage(const RuleContext& context) const {
  const std::string language = FoldCase(context.language);
  return std::any_of(languages.begin(), languages.end(), [&](const std::string& wanted) {
    return language == wanted || language.starts_with(wanted + "-");
  });
}

EntityRules::EntityRules(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EntityRules::EntityRules(EntityRules&&) noexcept = default;
EntityRules& EntityRules::operator=(EntityRules&&) noexcept = default;
EntityRules::~EntityRules() = default;

absl::StatusOr<EntityRules> EntityRules::Parse(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(object)) {
    return Invalid("'rules': expected an object");
  }
  auto impl = std::make_unique<Impl>();
  for (const auto& [key, value] : object) {
    if (absl::Status status = impl->Take(std::string_view(key), value); !status.ok()) return status;
  }
  return EntityRules(std::move(impl));
}

EntityRule EntityRules::Check(const RuleContext& context) const {
  const Impl& rules = *impl_;
  if (!rules.languages.empty() && !context.language.empty() && !rules.IsInLanguage(context)) {
    return EntityRule::kLanguages;
  }
  if (!rules.sections.empty() && !context.subjects.empty() && !rules.IsInSection(context)) {
    return EntityRule::kSections;
  }
  if (!rules.near.empty() && !rules.IsNear(context, rules.near)) return EntityRule::kNear;
  if (!rules.not_near.empty() && rules.IsNear(context, rules.not_near)) return EntityRule::kNotNear;
  if (rules.IsInPattern(context)) return EntityRule::kNotIn;
  return EntityRule::kNone;
}

bool EntityRules::IsExpected(const RuleContext& context) const {
  return impl_->IsInLanguage(context) || impl_->IsInSection(context);
}

uint32_t EntityRules::count_min() const { return impl_->count_min; }

absl::StatusOr<RuleBook> RuleBook::Make(const Image& image) {
  RuleBook book;
  for (const RuleRecord& record : image.rules()) {
    absl::StatusOr<EntityRules> rules = EntityRules::Parse(image.RuleText(record));
    if (!rules.ok()) return rules.status();
    book.has_counts_ |= rules->count_min() > 1;
    book.rules_.emplace(record.entity, *std::move(rules));
  }
  return book;
}

std::string_view NameOf(EntityRule rule) {
  switch (rule) {
    case EntityRule::kNone:
      return "";
    case EntityRule::kNear:
      return "near";
    case EntityRule::kNotNear:
      return "not_near";
    case EntityRule::kNotIn:
      return "not_in";
    case EntityRule::kSections:
      return "sections";
    case EntityRule::kLanguages:
      return "languages";
    case EntityRule::kCount:
      return "count";
  }
  return "";
}

}  // namespace copydesk
