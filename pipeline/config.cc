#include "pipeline/config.h"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace copydesk {
namespace {

constexpr size_t kFileBytesMax = 1u << 20;

// Fills ${NAME} and ${NAME:-default} from the environment. "$$" is a plain dollar sign.
absl::StatusOr<std::string> FillEnvironment(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "$$") == 0) {
      out += '$';
      ++at;
      continue;
    }
    if (text.compare(at, 2, "${") != 0) {
      out += text[at];
      continue;
    }
    const size_t end = text.find('}', at);
    if (end == std::string::npos) return absl::InvalidArgumentError("'${' without its '}'");
    std::string name = text.substr(at + 2, end - at - 2);
    std::optional<std::string> fallback;
    if (const size_t colon = name.find(":-"); colon != std::string::npos) {
      fallback = name.substr(colon + 2);
      name.resize(colon);
    }
    if (const char* value = std::getenv(name.c_str()); value != nullptr) {
      out += value;
    } else if (fallback) {
      out += *fallback;
    } else {
      return absl::InvalidArgumentError(fmt::format(
          "the environment has no variable {}; set it, or write ${{{}:-default}}", name, name));
    }
    at = end;
  }
  return out;
}

// Splits "250ms" into 250 and "ms". Returns false unless it is a number and a word; "nan" is none.
bool SplitUnit(const std::string& text, double* number, std::string* unit) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  if (error != std::errc() || !(*number >= 0)) return false;
  *unit = std::string(end, text.data() + text.size());
  unit->erase(0,
              unit->find_first_not_of(' ') == std::string::npos ? 0 : unit->find_first_not_of(' '));
  return true;
}

}  // namespace

struct ConfigNode::File {
  std::string name;
  std::string folder;
};

ConfigNode::ConfigNode(std::shared_ptr<const File> file, const YAML::Node& node, int line)
    : file_(std::move(file)), node_(std::make_shared<YAML::Node>(node)), line_(line) {}

ConfigNode::ConfigNode()
    : ConfigNode(std::make_shared<File>(File{"(no configuration)", "."}),
                 YAML::Node(YAML::NodeType::Null), 0) {}

absl::StatusOr<ConfigNode> ConfigNode::FromFile(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return absl::NotFoundError(fmt::format("{}: no such configuration file", path));
  }
  if (std::filesystem::is_directory(status)) {
    return absl::InvalidArgumentError(fmt::format("{}: is a folder, expected a YAML file", path));
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return absl::InvalidArgumentError(fmt::format("{}: cannot be read", path));
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return FromText(text.str(), path, folder.empty() ? "." : folder);
}

absl::StatusOr<ConfigNode> ConfigNode::FromText(std::string_view text, std::string name,
                                                std::string folder) {
  if (text.size() > kFileBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {} bytes, expected at most {}", name, text.size(), kFileBytesMax));
  }
  auto file = std::make_shared<File>(File{std::move(name), std::move(folder)});
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    return ConfigNode(file, root, root.Mark().line + 1);
  } catch (const YAML::DeepRecursion& error) {
    return absl::InvalidArgumentError(fmt::format("{}:{}: nested {} levels deep, expected fewer",
                                                  file->name, error.mark.line + 1, error.depth()));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        fmt::format("{}:{}: not YAML: {}", file->name, error.mark.line + 1, error.msg));
  }
}

ConfigNode ConfigNode::Null(const ConfigNode& node) {
  return ConfigNode(node.file_, YAML::Node(YAML::NodeType::Null), node.line_);
}

bool ConfigNode::is_null() const { return node_->IsNull(); }
bool ConfigNode::is_scalar() const { return node_->IsScalar(); }
bool ConfigNode::is_list() const { return node_->IsSequence(); }
bool ConfigNode::is_map() const { return node_->IsMap(); }

absl::StatusOr<std::string> ConfigNode::text() const {
  if (!is_scalar()) return Error("expected a single value");
  absl::StatusOr<std::string> filled = FillEnvironment(node_->Scalar());
  if (!filled.ok()) return Error(std::string(filled.status().message()));
  return filled;
}

std::vector<ConfigNode> ConfigNode::items() const {
  std::vector<ConfigNode> items;
  if (!is_list()) return items;
  for (const YAML::Node& item : *node_) {
    items.push_back(ConfigNode(file_, item, item.Mark().line + 1));
  }
  return items;
}

std::vector<std::pair<std::string, ConfigNode>> ConfigNode::entries() const {
  std::vector<std::pair<std::string, ConfigNode>> entries;
  if (!is_map()) return entries;
  for (const auto& entry : *node_) {
    entries.emplace_back(entry.first.IsScalar() ? entry.first.Scalar() : "",
                         ConfigNode(file_, entry.second, entry.first.Mark().line + 1));
  }
  return entries;
}

absl::Status ConfigNode::Error(std::string_view what) const {
  return absl::InvalidArgumentError(fmt::format("{}:{}: {}", file_->name, line(), what));
}

std::string ConfigNode::ResolvePath(std::string_view path) const {
  const std::filesystem::path given(path);
  return given.is_absolute() ? given.string()
                             : (std::filesystem::path(file_->folder) / given).string();
}

ConfigMap::ConfigMap(const ConfigNode& node) : node_(node), entries_(node.entries()) {
  if (!node.is_map() && !node.is_null())
    status_ = node.Error("expected a mapping of keys to values");
  for (size_t i = 0; i < entries_.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (entries_[i].first == entries_[j].first && status_.ok()) {
        status_ = entries_[i].second.Error(fmt::format("'{}' is given twice", entries_[i].first));
      }
    }
  }
}

const ConfigNode* ConfigMap::Take(std::string_view key) {
  asked_.emplace_back(key);
  if (!status_.ok()) return nullptr;
  for (const auto& [name, node] : entries_) {
    if (name == key) return &node;
  }
  return nullptr;
}

bool ConfigMap::Has(std::string_view key) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& entry) { return entry.first == key; });
}

bool ConfigMap::Text(std::string_view key, std::string_view expected, std::string* out) {
  const ConfigNode* node = Take(key);
  if (node == nullptr) return false;
  if (!node->is_scalar()) {
    Fail(key, fmt::format("expected {}", expected));
    return false;
  }
  absl::StatusOr<std::string> text = node->text();
  if (!text.ok()) {
    status_ = text.status();
    return false;
  }
  *out = *std::move(text);
  return true;
}

void ConfigMap::String(std::string_view key, std::string* out) { Text(key, "a text", out); }

void ConfigMap::Strings(std::string_view key, std::vector<std::string>* out) {
  const ConfigNode* node = Take(key);
  if (node == nullptr) return;
  std::vector<ConfigNode> items = node->is_scalar() ? std::vector{*node} : node->items();
  if (!node->is_scalar() && !node->is_list())
    return Fail(key, "expected a text or a list of texts");
  out->clear();
  for (const ConfigNode& item : items) {
    absl::StatusOr<std::string> text = item.text();
    if (!text.ok()) {
      status_ = text.status();
      return;
    }
    out->push_back(*std::move(text));
  }
}

void ConfigMap::Bool(std::string_view key, bool* out) {
  std::string text;
  if (!Text(key, "true or false", &text)) return;
  if (text != "true" && text != "false") {
    return Fail(key, fmt::format("'{}', expected true or false", text));
  }
  *out = text == "true";
}

void ConfigMap::Int(std::string_view key, int64_t min, int64_t max, int64_t* out) {
  std::string text;
  const std::string expected = fmt::format("expected a whole number from {} to {}", min, max);
  if (!Text(key, expected, &text)) return;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max) {
    return Fail(key, fmt::format("'{}', {}", text, expected));
  }
  *out = value;
}

void ConfigMap::Bytes(std::string_view key, int64_t min, int64_t max, int64_t* out) {
  static const std::vector<std::pair<std::string_view, int64_t>> kUnits = {
      {"", 1}, {"B", 1}, {"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}};
  std::string text, unit;
  double number = 0;
  if (!Text(key, "a size such as 512KB, 64MB or 2GB", &text)) return;
  if (SplitUnit(text, &number, &unit)) {
    for (const auto& [name, factor] : kUnits) {
      const double bytes = number * static_cast<double>(factor);
      if (unit != name || bytes < static_cast<double>(min) || bytes > static_cast<double>(max)) {
        continue;
      }
      *out = static_cast<int64_t>(bytes);
      return;
    }
  }
  Fail(key, fmt::format("'{}', expected a size from {} to {} bytes, such as 512KB, 64MB or 2GB",
                        text, min, max));
}

void ConfigMap::Duration(std::string_view key, std::chrono::milliseconds* out) {
  static const std::vector<std::pair<std::string_view, double>> kUnits = {
      {"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 24 * 3600e3}};
  constexpr double kTenYearsMs = 10 * 365.25 * 24 * 3600e3;
  std::string text, unit;
  double number = 0;
  if (!Text(key, "a time such as 500ms, 30s, 15m, 72h or 7d", &text)) return;
  if (SplitUnit(text, &number, &unit)) {
    for (const auto& [name, ms] : kUnits) {
      if (unit != name || number * ms > kTenYearsMs) continue;
      *out = std::chrono::milliseconds(static_cast<int64_t>(number * ms));
      return;
    }
  }
  Fail(key, fmt::format("'{}', expected a time such as 500ms, 30s, 15m, 72h or 7d", text));
}

void ConfigMap::Choice(std::string_view key, const std::vector<std::string_view>& choices,
                       size_t* out) {
  std::string text;
  if (!Text(key, fmt::format("one of {}", fmt::join(choices, ", ")), &text)) return;
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found == choices.end()) {
    return Fail(key, fmt::format("'{}', expected one of {}", text, fmt::join(choices, ", ")));
  }
  *out = static_cast<size_t>(found - choices.begin());
}

bool ConfigMap::Node(std::string_view key, ConfigNode* out) {
  const ConfigNode* node = Take(key);
  if (node == nullptr) return false;
  *out = *node;
  return true;
}

void ConfigMap::Fail(std::string_view key, std::string_view what) {
  if (!status_.ok()) return;
  for (const auto& [name, node] : entries_) {
    if (name == key) {
      status_ = node.Error(fmt::format("{}: {}", key, what));
      return;
    }
  }
  status_ = node_.Error(fmt::format("{}: {}", key, what));
}

void ConfigMap::Fail(absl::Status status) {
  if (status_.ok()) status_ = std::move(status);
}

absl::Status ConfigMap::Finish() {
  if (!status_.ok()) return status_;
  for (const auto& [name, node] : entries_) {
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    const std::vector<std::string_view> known(asked_.begin(), asked_.end());
    const std::string_view nearest = Nearest(name, known);
    return node.Error(
        nearest.empty()
            ? fmt::format("unknown key '{}', expected one of {}", name, fmt::join(known, ", "))
            : fmt::format("unknown key '{}', did you mean '{}'?", name, nearest));
  }
  return absl::OkStatus();
}

std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& choices) {
  std::string_view best;
  size_t best_distance = word.size() / 3 + 2;  // farther than this is another word
  for (const std::string_view choice : choices) {
    // Levenshtein distance, one row at a time.
    std::vector<size_t> row(choice.size() + 1);
    for (size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= choice.size(); ++j) {
        const size_t substituted = diagonal + (word[i - 1] == choice[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
      }
    }
    if (row[choice.size()] < best_distance) {
      best_distance = row[choice.size()];
      best = choice;
    }
  }
  return best;
}

}  // namespace copydesk
