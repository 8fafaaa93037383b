#include "stages/dictionary/source.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

using simdjson::dom::element;

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(std::move(message)); }

constexpr std::string_view kTypesExpected = "expected person, organisation, place, event or object";

// Walks the lines of a text that are not comments.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (rest_.substr(0, 3) == kByteOrderMark) rest_.remove_prefix(3);
  }
  bool Next(std::string_view* line) {
    while (!rest_.empty()) {
      const size_t end = rest_.find('\n');
      *line = rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++number_;
      if (!line->empty() && line->back() == '\r') line->remove_suffix(1);
      const bool is_comment =
          line->empty() || (line->front() == '#' && line->find('\t') == std::string_view::npos);
      if (!is_comment) return true;
    }
    return false;
  }
  size_t number() const { return number_; }

 private:
  std::string_view rest_;
  size_t number_ = 0;
};

// Gives each line to `read`. Its errors get their place; with a report they are kept there.
template <typename Read>
absl::Status ReadLines(std::string_view text, const std::string& file, const SourceOptions& options,
                       Read read) {
  constexpr size_t kLinesPerReport = 4096;
  LineReader lines(text);
  for (std::string_view line; lines.Next(&line);) {
    if (lines.number() % kLinesPerReport == 0 && options.progress) {
      options.progress(static_cast<size_t>(line.data() - text.data()));
    }
    const absl::Status status = read(line, lines.number());
    if (status.ok()) continue;
    absl::Status placed(status.code(), fmt::format("{}:{}: {}", file, lines.number(),
                                                   std::string_view(status.message().data(),
                                                                    status.message().size())));
    if (options.report == nullptr) return placed;
    options.report->errors.push_back(std::move(placed));
  }
  return absl::OkStatus();
}

absl::Status ReadRow(std::string_view line, DictionaryCompiler* compiler) {
  const size_t first = line.find('\t');
  const size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
  if (second == std::string_view::npos) {
    return Invalid("expected three columns with tabs between them: alias, type, id");
  }
  const std::string_view type_name = line.substr(first + 1, second - first - 1);
  const std::string_view id = line.substr(second + 1);
  if (id.find('\t') != std::string_view::npos) {
    return Invalid("expected three columns with tabs between them, found more");
  }
  if (type_name == "deny") return compiler->Deny(line.substr(0, first), id);
  const std::optional<EntityType> type = EntityTypeFromName(type_name);
  if (!type) return Invalid(fmt::format("unknown type '{}'; {}", type_name, kTypesExpected));
  const absl::StatusOr<uint32_t> entity = compiler->AddEntity(id, *type);
  if (!entity.ok()) return entity.status();
  return compiler->AddAlias(*entity, line.substr(0, first), AliasFold::kTypographic);
}

// One line of JSON. What is given to the compiler is kept by it, as the parser is used again.
class JsonEntity {
 public:
  JsonEntity(simdjson::dom::parser* parser, DictionaryCompiler* compiler)
      : parser_(*parser), compiler_(*compiler) {}

  absl::Status Read(std::string_view line) {
    element root;
    if (const auto error = parser_.parse(line.data(), line.size()).get(root)) {
      return Invalid(fmt::format("not JSON: {}", simdjson::error_message(error)));
    }
    simdjson::dom::object object;
    if (root.get(object)) return Invalid("expected a JSON object");
    element deny;
    if (object["deny"].get(deny) == simdjson::SUCCESS) {
      if (object.size() == 1) return Deny(deny);
      return Invalid("'deny' stands alone");
    }
    for (const auto& [key, value] : object) {
      if (absl::Status status = Take(std::string_view(key), value); !status.ok()) return status;
    }
    return Add();
  }
  // The entity's id; empty when the line only denies. Valid as long as the line's parser is.
  std::string_view id() const { return id_; }

 private:
  static absl::Status GetText(std::string_view key, element value, std::string_view* out) {
    std::string_view text;
    if (value.get(text)) return Invalid(fmt::format("'{}': expected a string", key));
    *out = text;
    return absl::OkStatus();
  }
  static absl::Status GetArray(std::string_view key, element value,
                               std::optional<simdjson::dom::array>* out) {
    simdjson::dom::array array;
    if (value.get(array)) return Invalid(fmt::format("'{}': expected a list", key));
    *out = array;
    return absl::OkStatus();
  }

  absl::Status Deny(element value) {
    simdjson::dom::object object;
    if (value.get(object)) return Invalid("'deny': expected an object with alias, id or both");
    std::string_view alias;
    std::string_view id;
    for (const auto& [key, text] : object) {
      const std::string_view member(key);
      absl::Status status =
          member == "alias" ? GetText(member, text, &alias)
          : member == "id"  ? GetText(member, text, &id)
                            : Invalid(fmt::format("unknown member '{}' of 'deny'; expected alias "
                                                   "or id",
                                                  member));
      if (!status.ok()) return status;
    }
    return compiler_.Deny(alias, id);
  }

  absl::Status Take(std::string_view key, element value) {
    if (key == "id") return GetText(key, value, &id_);
    if (key == "type") return GetText(key, value, &type_);
    if (key == "name") return GetText(key, value, &name_);
    if (key == "aliases") return GetArray(key, value, &aliases_);
    if (key == "patterns") return GetArray(key, value, &patterns_);
    if (key == "fold") return ReadFold(value, &fold_);
    if (key == "rules") {
      rules_ = simdjson::minify(value);
      return absl::OkStatus();
    }
    if (key == "part_of") return GetText(key, value, &part_of_);
    if (key == "priority") {
      int64_t priority;
      if (value.get(priority) || priority < 0 || priority > kPriorityMax) {
        return Invalid(
            fmt::format("'priority': expected a whole number from 0 to {}", kPriorityMax));
      }
      priority_ = static_cast<uint16_t>(priority);
      return absl::OkStatus();
    }
    return Invalid(fmt::format(
        "unknown member '{}'; expected id, type, name, aliases, patterns, fold, priority, "
        "part_of or rules",
        key));
  }

  static absl::Status ReadFold(element value, AliasFold* fold) {
    std::optional<simdjson::dom::array> words;
    if (absl::Status status = GetArray("fold", value, &words); !status.ok()) return status;
    bool is_exact = false;
    bool takes_case = false;
    bool takes_diacritics = false;
    for (const element item : *words) {
      std::string_view word;
      if (item.get(word)) return Invalid("'fold': expected a list of strings");
      if (word == "exact") {
        is_exact = true;
      } else if (word == "case") {
        takes_case = true;
      } else if (word == "diacritics") {
        takes_diacritics = true;
      } else if (word != "typographic") {
        return Invalid(fmt::format(
            "unknown fold '{}'; expected exact, typographic, case or diacritics", word));
      }
    }
    if (is_exact && words->size() > 1) return Invalid("'fold': exact stands alone");
    *fold = is_exact                         ? AliasFold::kExact
            : takes_case && takes_diacritics ? AliasFold::kCaseAndDiacritics
            : takes_case                     ? AliasFold::kCase
            : takes_diacritics               ? AliasFold::kDiacritics
                                             : AliasFold::kTypographic;
    return absl::OkStatus();
  }

  absl::Status Add() {
    if (id_.empty()) return Invalid("'id' is missing");
    if (type_.empty()) return Invalid(fmt::format("'type' is missing; {}", kTypesExpected));
    if (name_.empty()) return Invalid("'name' is missing");
    const std::optional<EntityType> type = EntityTypeFromName(type_);
    if (!type) return Invalid(fmt::format("unknown type '{}'; {}", type_, kTypesExpected));
    const absl::StatusOr<uint32_t> entity =
        compiler_.AddEntity(compiler_.Keep(std::string(id_)), *type);
    if (!entity.ok()) return entity.status();
    name_ = compiler_.Keep(std::string(name_));
    absl::Status status = compiler_.SetName(*entity, name_);
    if (status.ok()) status = compiler_.AddAlias(*entity, name_, fold_);
    if (status.ok()) status = AddAliases(*entity);
    if (status.ok()) status = AddPatterns(*entity);
    if (status.ok() && !part_of_.empty()) {
      status = compiler_.SetPartOf(*entity, compiler_.Keep(std::string(part_of_)));
    }
    if (status.ok() && !rules_.empty()) {
      status = compiler_.SetRules(*entity, compiler_.Keep(std::move(rules_)));
    }
    if (priority_) compiler_.SetPriority(*entity, *priority_);
    return status;
  }

  absl::Status AddAliases(uint32_t entity) {
    if (!aliases_) return absl::OkStatus();
    for (const element item : *aliases_) {
      std::string_view text;
      AliasFold fold = fold_;
      if (item.get(text)) {
        simdjson::dom::object object;
        if (item.get(object)) return Invalid("'aliases': expected strings or objects");
        for (const auto& [key, value] : object) {
          const std::string_view member(key);
          absl::Status status = member == "text" ? GetText(member, value, &text)
                                : member == "fold"
                                    ? ReadFold(value, &fold)
                                    : Invalid(fmt::format("unknown member '{}' of an alias; "
                                                          "expected text or fold",
                                                          member));
          if (!status.ok()) return status;
        }
      }
      if (absl::Status status = compiler_.AddAlias(entity, compiler_.Keep(std::string(text)), fold);
          !status.ok()) {
        return status;
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddPatterns(uint32_t entity) {
    if (!patterns_) return absl::OkStatus();
    for (const element item : *patterns_) {
      std::string_view text;
      if (item.get(text)) return Invalid("'patterns': expected strings");
      if (absl::Status status =
              compiler_.AddPattern(entity, compiler_.Keep(std::string(text)), fold_);
          !status.ok()) {
        return status;
      }
    }
    return absl::OkStatus();
  }

  simdjson::dom::parser& parser_;
  DictionaryCompiler& compiler_;
  std::string_view id_;
  std::string_view type_;
  std::string_view name_;
  std::string_view part_of_;
  std::string rules_;  // as JSON
  std::optional<simdjson::dom::array> aliases_;
  std::optional<simdjson::dom::array> patterns_;
  AliasFold fold_ = AliasFold::kTypographic;
  std::optional<uint16_t> priority_;
};

}  // namespace

absl::Status ReadTsvSource(std::string_view text, const std::string& file,
                           DictionaryCompiler* compiler, const SourceOptions& options) {
  return ReadLines(text, file, options,
                   [&](std::string_view line, size_t) { return ReadRow(line, compiler); });
}

absl::Status ReadJsonSource(std::string_view text, const std::string& file,
                            DictionaryCompiler* compiler, const SourceOptions& options) {
  simdjson::dom::parser parser;
  absl::flat_hash_map<std::string, size_t> line_of;
  return ReadLines(text, file, options, [&](std::string_view line, size_t number) {
    JsonEntity entity(&parser, compiler);
    absl::Status status = entity.Read(line);
    if (options.report != nullptr && !entity.id().empty()) {
      const auto [first, is_new] = line_of.try_emplace(std::string(entity.id()), number);
      if (!is_new) {
        options.report->repeats.push_back(
            fmt::format("{}:{}: the id '{}' was given in line {} already", file, number,
                        entity.id(), first->second));
      }
    }
    return status;
  });
}

}  // namespace copydesk
