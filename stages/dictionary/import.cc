#include "stages/dictionary/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "absl/container/flat_hash_set.h"
#include "stages/dictionary/squash.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// Whether a text may be a name or an alias: valid, neither too long nor empty once it is folded,
// without control characters.
bool IsName(std::string_view text) {
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (has_control || text.size() > kAliasBytesMax || FirstInvalidUtf8(text) != text.size()) {
    return false;
  }
  const std::string folded = FoldTypography(text);
  const size_t begin = folded.find_first_not_of(' ');
  return begin != std::string::npos && folded.size() <= kAliasBytesMax &&
         !BeginsWithMark(std::string_view(folded).substr(begin));
}

// REQUIRES: IsName(text).
void AppendJson(std::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out->push_back('\\');
    out->push_back(c);
  }
  out->push_back('"');
}

class TableImporter : public Importer {
 public:
  bool Read(std::string_view row, const Take& take, absl::Status* status) override {
    const std::vector<std::string_view> columns = SplitColumns(row);
    if (is_first_ && IsHeader(columns)) {
      is_first_ = false;
      names_.assign(columns.begin(), columns.end());
      return true;
    }
    is_first_ = false;
    if (columns.size() != names_.size()) return false;
    ImportedEntity entity;
    std::string_view alias;
    std::optional<EntityType> type;
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string& name = names_[i];
      if (name == "id") entity.id = columns[i];
      if (name == "name") entity.name = columns[i];
      if (name == "alias") alias = columns[i];
      if (name == "type") type = EntityTypeFromName(columns[i]);
      if (name != "priority") continue;
      const std::optional<uint64_t> priority = ToNumber(columns[i]);
      if (!priority || *priority > kPriorityMax) return false;
      entity.priority = static_cast<uint16_t>(*priority);
    }
    if (entity.name.empty()) entity.name = alias;
    if (!type || entity.id.empty() || entity.name.empty()) return false;
    entity.type = *type;
    if (entity.id != kept_.id || entity.type != kept_.type) {
      *status = Finish(take);
      kept_ = entity;
    }
    if (kept_.aliases.size() < kImportAliasesMax) kept_.aliases.emplace_back(alias);
    return true;
  }
  absl::Status Finish(const Take& take) override {
    if (kept_.id.empty()) return absl::OkStatus();
    const ImportedEntity done = std::move(kept_);
    kept_ = {};
    return take(done);
  }

 private:
  static bool IsHeader(const std::vector<std::string_view>& columns) {
    return std::all_of(columns.begin(), columns.end(), [](std::string_view column) {
      return column == "id" || column == "type" || column == "name" || column == "alias" ||
             column == "priority";
    });
  }
  std::vector<std::string> names_ = {"alias", "type", "id"};
  bool is_first_ = true;
  ImportedEntity kept_;
};

}  // namespace

std::string ImportedEntity::ToLine() const {
  if (!IsName(id) || !IsName(name)) return {};
  std::string line = "{\"id\": ";
  AppendJson(id, &line);
  line += fmt::format(", \"type\": \"{}\", \"name\": ", NameOf(type));
  AppendJson(name, &line);
  absl::flat_hash_set<std::string_view> seen;
  seen.insert(name);
  std::string_view separator = ", \"aliases\": [";
  const std::string_view before = separator;
  for (const std::string& alias : aliases) {
    if (!IsName(alias) || seen.size() > kImportAliasesMax || !seen.insert(alias).second) continue;
    line += separator;
    AppendJson(alias, &line);
    separator = ", ";
  }
  for (const std::string& acronym : acronyms) {
    if (!IsName(acronym) || seen.size() > kImportAliasesMax || !seen.insert(acronym).second) {
      continue;
    }
    line += separator;
    line += "{\"text\": ";
    AppendJson(acronym, &line);
    line += ", \"fold\": [\"exact\"]}";
    separator = ", ";
  }
  if (separator != before) line += "]";
  if (folds_case) line += ", \"fold\": [\"case\"]";
  line += fmt::format(", \"priority\": {}}}\n", priority);
  return line;
}

std::vector<std::string_view> SplitColumns(std::string_view row, char separator) {
  std::vector<std::string_view> columns;
  for (size_t at = 0, end; at <= row.size(); at = end + 1) {
    end = std::min(row.find(separator, at), row.size());
    columns.push_back(row.substr(at, end - at));
  }
  return columns;
}

std::optional<uint64_t> ToNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

uint16_t PriorityOfCount(uint64_t count) {
  const double digits = std::log10(static_cast<double>(count) + 1);
  return static_cast<uint16_t>(std::min(900.0, 100 + 100 * digits));
}

std::unique_ptr<Importer> MakeImporter(std::string_view format, const ImportOptions& options) {
  if (format == "geonames") return MakeGeonamesImporter(options);
  if (format == "wikidata") return MakeWikidataImporter(options);
  if (format == "sec") return MakeSecImporter();
  if (format == "ror") return MakeRorImporter();
  if (format == "tsv") return std::make_unique<TableImporter>();
  return nullptr;
}

}  // namespace copydesk
