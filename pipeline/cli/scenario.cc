#include "pipeline/cli/scenario.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "pipeline/cli/dry_run.h"
#include "pipeline/files.h"
#include "stages/story/decode.h"
#include "stages/story/iso_time.h"
#include "stages/story/json_out.h"

namespace copydesk {
namespace {

constexpr int64_t kHourZeroMs = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
constexpr std::string_view kNone = "none";
// Aspects that are one word, compared as it stands.
constexpr std::string_view kWords[] = {"outcome", "relation", "late",  "lead",
                                       "rule",    "notice",   "error", "key"};

std::string IsoTime(int64_t ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(ms / 1000), ms % 1000);
}

constexpr std::string_view kShares[] = {"similarity", "containment"};

std::string ShareText(int hundredths) { return fmt::format("{:.2f}", hundredths / 100.0); }

// A set of words as one: sorted, so that their order does not matter.
std::string Joined(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return words.empty() ? std::string(kNone) : fmt::format("{}", fmt::join(words, ", "));
}

bool IsInteger(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

absl::Status WriteJson(const ConfigNode& node, bool is_number, JsonOut* json) {
  if (node.is_list()) {
    json->BeginArray();
    for (const ConfigNode& item : node.items()) {
      if (absl::Status status = WriteJson(item, false, json); !status.ok()) return status;
    }
    json->EndArray();
    return absl::OkStatus();
  }
  if (node.is_map()) {
    json->BeginObject();
    for (const auto& [key, value] : node.entries()) {
      if (key.find_first_of("\"\\\n") != std::string::npos) {
        return value.Error(fmt::format("'{}' is no name of a member", key));
      }
      json->Key(key);
      if (absl::Status status = WriteJson(value, key == "urgency", json); !status.ok()) {
        return status;
      }
    }
    json->EndObject();
    return absl::OkStatus();
  }
  if (node.is_null()) {
    json->Value("");
    return absl::OkStatus();
  }
  const absl::StatusOr<std::string> text = node.text();
  if (!text.ok()) return text.status();
  int64_t number = 0;
  if (is_number && IsInteger(*text)) {
    std::from_chars(text->data(), text->data() + text->size(), number);
    json->Value(number);
  } else {
    json->Value(*text);
  }
  return absl::OkStatus();
}

// The object of a `story` mapping; it gets `at_ms` where it has no time of its own.
absl::StatusOr<std::string> StoryJson(const ConfigNode& node, int64_t at_ms) {
  if (!node.is_map()) return node.Error("story: expected a mapping of the record's members");
  std::string text;
  JsonOut json(&text);
  if (absl::Status status = WriteJson(node, false, &json); !status.ok()) return status;
  const auto entries = node.entries();
  const bool has_time = std::any_of(entries.begin(), entries.end(), [](const auto& entry) {
    return entry.first == "versioncreated" || entry.first == "versionCreated";
  });
  if (has_time) return text;
  text.pop_back();
  return fmt::format("{}{}\"versioncreated\":\"{}\"}}", text, entries.empty() ? "" : ",",
                     IsoTime(at_ms));
}

// Line `line` of a file of records: "samples/10-newswire.jsonl:12".
absl::StatusOr<std::string> ReadSample(const ConfigNode& node, const std::string& place) {
  const size_t colon = place.rfind(':');
  const bool has_line = colon != std::string::npos && IsInteger(place.substr(colon + 1));
  if (!has_line) return node.Error("sample: expected file:line");
  const std::string path = node.ResolvePath(place.substr(0, colon));
  absl::StatusOr<std::unique_ptr<RecordReader>> reader = RecordReader::Open({path});
  if (!reader.ok()) return node.Error(std::string(reader.status().message()));
  const std::string wanted = fmt::format("{}:{}", path, place.substr(colon + 1));
  Record record;
  while (true) {
    const absl::StatusOr<bool> found = (*reader)->Next(&record);
    if (!found.ok()) return found.status();
    if (!*found) return node.Error(fmt::format("sample: {} has no record there", place));
    if ((*reader)->place() == wanted) return record.value;
  }
}

absl::Status ReadHeaders(const ConfigNode& node, Record* record) {
  if (!node.is_map()) return node.Error("headers: expected a mapping of names to values");
  for (const auto& [name, value_node] : node.entries()) {
    absl::StatusOr<std::string> value = value_node.text();
    if (!value.ok()) return value.status();
    record->headers.push_back({name, *std::move(value)});
  }
  return absl::OkStatus();
}

absl::Status ReadMentions(const ConfigNode& node, ScenarioStory* story) {
  if (!node.is_map()) {
    return node.Error("mentions: expected a mapping of surface forms to entity ids");
  }
  for (const auto& [surface, id_node] : node.entries()) {
    absl::StatusOr<std::string> id = id_node.text();
    if (!id.ok()) return id.status();
    story->expected.push_back({fmt::format("mention of {}", surface), *std::move(id)});
  }
  return absl::OkStatus();
}

// "none", a share, or the least and the most it may be.
void ReadShare(std::string_view aspect, ConfigMap& map, ScenarioStory* story) {
  std::vector<std::string> texts;
  map.Strings(aspect, &texts);
  if (texts.empty()) return;
  if (texts.size() == 1 && texts[0] == kNone) {
    story->expected.push_back({std::string(aspect), std::string(kNone)});
    return;
  }
  std::vector<int> hundredths;
  for (const std::string& text : texts) {
    double share = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
    if (error != std::errc() || end != text.data() + text.size() || !(share >= 0 && share <= 1)) {
      map.Fail(aspect, fmt::format("'{}' is no share from 0 to 1", text));
      return;
    }
    hundredths.push_back(static_cast<int>(std::lround(share * 100)));
  }
  if (hundredths.size() > 2 || hundredths.front() > hundredths.back()) {
    map.Fail(aspect, "expected a share, the least and the most it may be, or none");
    return;
  }
  std::string words = ShareText(hundredths.front());
  if (hundredths.size() == 2) words += " to " + ShareText(hundredths.back());
  story->expected.push_back(
      {std::string(aspect), std::move(words), std::pair(hundredths.front(), hundredths.back())});
}

absl::Status ReadExpected(const ConfigNode& node, const std::set<std::string>& earlier,
                          ScenarioStory* story) {
  ConfigMap map(node);
  for (const std::string_view aspect : kWords) {
    std::string word;
    map.String(aspect, &word);
    if (!map.Has(aspect)) continue;
    if (aspect == "relation" && !RelationKindFromName(word)) {
      map.Fail(aspect, fmt::format("'{}' is no relation", word));
    }
    if (aspect == "lead" && word != kNone && earlier.count(word) == 0) {
      map.Fail(aspect, fmt::format("'{}' is no id of an earlier story", word));
    }
    story->expected.push_back({std::string(aspect), word});
  }
  for (const std::string_view aspect : kShares) ReadShare(aspect, map, story);
  std::vector<std::string> topics;
  map.Strings("topics", &topics);
  if (map.Has("topics")) story->expected.push_back({"topics", Joined(topics)});
  std::vector<std::string> recalls;
  map.Strings("recalls", &recalls);
  for (const std::string& id : recalls) {
    if (earlier.count(id) == 0 && id != story->id) {
      map.Fail("recalls", fmt::format("'{}' is no id of an earlier story", id));
    }
  }
  story->expected.push_back({"recalls", Joined(recalls)});
  ConfigNode mentions = ConfigNode::Null(node);
  if (map.Node("mentions", &mentions)) map.Fail(ReadMentions(mentions, story));
  return map.Finish();
}

absl::Status ReadRecord(const ConfigNode& node, ConfigMap& map, Record* record) {
  std::chrono::milliseconds at{0};
  map.Duration("at", &at);
  record->timestamp_ms = kHourZeroMs + at.count();
  int forms = 0;
  for (const std::string_view form : {"story", "text", "record", "sample"}) forms += map.Has(form);
  if (forms != 1) return node.Error("expected one of story, text, record, sample");
  ConfigNode child = ConfigNode::Null(node);
  map.String("text", &record->value);
  map.String("record", &record->value);
  if (map.Node("story", &child)) {
    absl::StatusOr<std::string> json = StoryJson(child, record->timestamp_ms);
    if (!json.ok()) return json.status();
    record->value = *std::move(json);
  }
  std::string place;
  map.String("sample", &place);
  if (!place.empty()) {
    absl::StatusOr<std::string> value = ReadSample(node, place);
    if (!value.ok()) return value.status();
    record->value = *std::move(value);
  }
  record->has_key = map.Has("key");
  map.String("key", &record->key);
  if (map.Node("headers", &child)) return ReadHeaders(child, record);
  return absl::OkStatus();
}

absl::StatusOr<Scenario> ReadScenario(const ConfigNode& node) {
  Scenario scenario;
  ConfigMap map(node);
  map.String("name", &scenario.name);
  if (scenario.name.empty()) map.Fail("name", "expected what the scenario shows");
  ConfigNode stories = ConfigNode::Null(node);
  if (!map.Node("stories", &stories)) map.Fail("stories", "expected a list of stories");
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  std::set<std::string> ids;
  for (const ConfigNode& item : stories.items()) {
    ScenarioStory story;
    story.line = item.line();
    story.id = fmt::format("#{}", scenario.stories.size() + 1);
    ConfigMap fields(item);
    fields.String("id", &story.id);
    if (ids.count(story.id) != 0) fields.Fail("id", fmt::format("'{}' twice", story.id));
    if (absl::Status status = ReadRecord(item, fields, &story.record); !status.ok()) return status;
    ConfigNode expect = ConfigNode::Null(item);
    fields.Node("expect", &expect);
    if (absl::Status status = ReadExpected(expect, ids, &story); !status.ok()) return status;
    if (absl::Status status = fields.Finish(); !status.ok()) return status;
    ids.insert(story.id);
    scenario.stories.push_back(std::move(story));
  }
  if (scenario.stories.empty()) return node.Error("stories: expected at least one");
  return scenario;
}

// What was found of each aspect that may be expected, in the same words.
class Findings {
 public:
  Findings(const Scenario& scenario, std::string_view topic) : scenario_(scenario), topic_(topic) {}

  bool IsAsExpected(const Expectation& expected, const Decision& decision,
                    const std::string& found) const {
    if (!expected.hundredths) return found == expected.words;
    if (decision.story == nullptr || !decision.story->relation) return false;
    const int share = ShareOf(expected.aspect, *decision.story->relation);
    return share >= expected.hundredths->first && share <= expected.hundredths->second;
  }

  std::string Of(const std::string& aspect, const Decision& decision) const {
    if (aspect == "outcome") return std::string(decision.outcome);
    if (aspect == "topics") {
      std::vector<std::string> topics;
      for (const Decision::Sent& sent : decision.sent) topics.push_back(sent.topic);
      return Joined(topics);
    }
    if (aspect == "recalls") return Recalls(decision);
    if (aspect == "key") return decision.sent.empty() ? "" : decision.sent[0].record.key;
    if (aspect == "error") {
      return decision.story == nullptr ? std::string(decision.item->failure.code)
                                       : std::string(kNone);
    }
    if (decision.story == nullptr)
      return fmt::format("(no story: {})", decision.item->failure.code);
    return OfStory(aspect, *decision.story);
  }

 private:
  // In hundredths; -1 where words were not compared.
  static int ShareOf(std::string_view aspect, const Relation& relation) {
    return aspect == "similarity" ? relation.similarity
                                  : std::max(relation.in_lead, relation.of_lead);
  }

  std::string OfStory(const std::string& aspect, const Story& story) const {
    constexpr std::string_view kMentionOf = "mention of ";
    if (aspect.compare(0, kMentionOf.size(), kMentionOf) == 0) {
      std::set<std::string> ids;
      for (const Mention& mention : story.mentions) {
        if (mention.surface == aspect.substr(kMentionOf.size())) ids.insert(mention.id);
      }
      return Joined({ids.begin(), ids.end()});
    }
    if (aspect == "notice") {
      return story.notice == Notice::kNone ? std::string(kNone) : std::string(NameOf(story.notice));
    }
    if (!story.relation) return "(not decided)";
    const Relation& relation = *story.relation;
    if (aspect == "relation") return std::string(NameOf(relation.kind));
    if (aspect == "late") return relation.is_late ? "true" : "false";
    if (aspect == "rule") return relation.rule;
    if (aspect == "similarity" || aspect == "containment") {
      const int share = ShareOf(aspect, relation);
      return share < 0 ? std::string(kNone) : ShareText(share);
    }
    // aspect == "lead"
    return relation.lead ? IdOf(relation.lead->topic, relation.lead->offset) : std::string(kNone);
  }

  std::string Recalls(const Decision& decision) const {
    std::vector<std::string> ids;
    for (const Decision::Sent& sent : decision.emitted) {
      const std::string& value = sent.record.value;
      // {"recall":{...,"offset":N},"by":...
      constexpr std::string_view kOffset = "\"offset\":";
      const size_t at = value.find(kOffset, value.find("\"recall\""));
      int64_t offset = -1;
      if (at != std::string::npos) {
        std::from_chars(value.data() + at + kOffset.size(), value.data() + value.size(), offset);
      }
      ids.push_back(IdOf(topic_, offset));
    }
    return Joined(ids);
  }

  std::string IdOf(std::string_view topic, int64_t offset) const {
    const bool is_known =
        topic == topic_ && offset >= 0 && offset < static_cast<int64_t>(scenario_.stories.size());
    return is_known ? scenario_.stories[static_cast<size_t>(offset)].id
                    : fmt::format("{} at {}", topic, offset);
  }

  const Scenario& scenario_;
  const std::string_view topic_;
};

}  // namespace

absl::StatusOr<ScenarioFile> ReadScenarios(const std::string& path) {
  const absl::StatusOr<ConfigNode> node = ConfigNode::FromFile(path);
  if (!node.ok()) return node.status();
  absl::StatusOr<ScenarioFile> file = ReadScenarios(*node);
  if (file.ok()) file->path = path;
  return file;
}

absl::StatusOr<ScenarioFile> ReadScenarios(const ConfigNode& node) {
  ScenarioFile file;
  ConfigMap map(node);
  map.String("config", &file.config);
  if (file.config.empty()) map.Fail("config", "expected the path of a topology's YAML file");
  file.config = node.ResolvePath(file.config);
  ConfigNode scenarios = ConfigNode::Null(node);
  if (!map.Node("scenarios", &scenarios) || scenarios.items().empty()) {
    map.Fail("scenarios", "expected a list of scenarios");
  }
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  for (const ConfigNode& item : scenarios.items()) {
    absl::StatusOr<Scenario> scenario = ReadScenario(item);
    if (!scenario.ok()) return scenario.status();
    file.scenarios.push_back(*std::move(scenario));
  }
  return file;
}

std::vector<Difference> RunScenario(const Scenario& scenario, ChainPlan& plan,
                                    std::string_view topic) {
  std::vector<Difference> differences;
  DryRun run(plan);
  const Findings findings(scenario, topic);
  int64_t offset = 0;
  for (const ScenarioStory& story : scenario.stories) {
    Record record = story.record;
    record.topic = topic;
    record.partition = 0;
    record.offset = offset++;
    run.Run(std::move(record), [&](const Decision& decision) {
      for (const Expectation& expected : story.expected) {
        std::string found = findings.Of(expected.aspect, decision);
        if (findings.IsAsExpected(expected, decision, found)) continue;
        differences.push_back(
            {story.id, story.line, expected.aspect, expected.words, std::move(found)});
      }
    });
  }
  return differences;
}

}  // namespace copydesk
