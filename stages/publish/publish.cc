#include "stages/publish/publish.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "stages/story_payload.h"

namespace copydesk {
namespace {

struct Route {
  std::string topic;
  std::vector<std::string> types;
  std::vector<std::string> entities;
  std::vector<std::string> languages;  // lower case
  std::vector<RelationKind> relations;
  int32_t urgency_min = 0;  // 0: any urgency
  int32_t urgency_max = 9;
};

bool Contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Whether `language` is `range` or a regional or other narrower form of it (RFC 4647, basic).
bool IsInLanguage(std::string_view language, std::string_view range) {
  if (language.size() < range.size()) return false;
  for (size_t i = 0; i < range.size(); ++i) {
    if (absl::ascii_tolower(static_cast<unsigned char>(language[i])) != range[i]) return false;
  }
  return language.size() == range.size() || language[range.size()] == '-';
}

bool Meets(const Story& story, const Route& route) {
  const auto& mentions = story.mentions;
  if (!route.types.empty() && std::none_of(mentions.begin(), mentions.end(), [&](const Mention& m) {
        return Contains(route.types, m.type);
      })) {
    return false;
  }
  if (!route.entities.empty() &&
      std::none_of(mentions.begin(), mentions.end(),
                   [&](const Mention& m) { return Contains(route.entities, m.id); })) {
    return false;
  }
  if (!route.languages.empty() &&
      std::none_of(route.languages.begin(), route.languages.end(),
                   [&](const std::string& range) { return IsInLanguage(story.language, range); })) {
    return false;
  }
  if (!route.relations.empty() &&
      (!story.relation || std::find(route.relations.begin(), route.relations.end(),
                                    story.relation->kind) == route.relations.end())) {
    return false;
  }
  return story.urgency >= route.urgency_min && story.urgency <= route.urgency_max;
}

// By the places of their names in MakePublish().
enum class KeyBy : size_t { kUri, kLanguage, kKeep };

// An empty key would be spread over all partitions.
std::string LanguageKey(std::string_view language) {
  constexpr std::string_view kUndetermined = "und";
  const std::string_view first = language.substr(0, language.find_first_of("-_"));
  return first.empty() ? std::string(kUndetermined)
                       : absl::AsciiStrToLower({first.data(), first.size()});
}

class Publish : public Stage {
 public:
  Publish(const std::vector<Route>& routes, KeyBy key) : routes_(routes), key_(key) {}

  void Process(std::span<Item* const> items, StageContext& context) override {
    uint64_t routed = 0;
    for (Item* const item : items) {
      const Story& story = StoryOf(*item);
      item->has_new_key = key_ != KeyBy::kKeep;
      if (key_ == KeyBy::kUri) item->new_key = story.uri;
      if (key_ == KeyBy::kLanguage) item->new_key = LanguageKey(story.language);
      item->routes.clear();
      for (const Route& route : routes_) {
        if (!Meets(story, route)) continue;
        const std::string_view topic = route.topic;
        if (std::find(item->routes.begin(), item->routes.end(), topic) == item->routes.end()) {
          item->routes.push_back(topic);
        }
      }
      if (!item->routes.empty()) ++routed;
    }
    if (routed != 0) context.Count("routed", routed);
  }

 private:
  const std::vector<Route>& routes_;
  const KeyBy key_;
};

class PublishFactory : public StageFactory {
 public:
  PublishFactory(std::vector<Route> routes, KeyBy key) : routes_(std::move(routes)), key_(key) {}

  std::unique_ptr<Stage> Make() const override { return std::make_unique<Publish>(routes_, key_); }
  std::vector<std::string_view> topics() const override {
    std::vector<std::string_view> topics;
    for (const Route& route : routes_) {
      if (std::find(topics.begin(), topics.end(), route.topic) == topics.end()) {
        topics.push_back(route.topic);
      }
    }
    return topics;
  }

 private:
  const std::vector<Route> routes_;
  const KeyBy key_;
};

// Kafka's own rule.
bool IsTopicName(std::string_view topic) {
  constexpr std::string_view kSigns = "._-";
  return !topic.empty() && topic.size() <= 249 && topic != "." && topic != ".." &&
         std::all_of(topic.begin(), topic.end(), [&](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  kSigns.find(c) != std::string_view::npos;
         });
}

// "2" or "1-3".
bool ReadUrgency(std::string_view text, Route* route) {
  const auto is_urgency = [](char c) { return c >= '1' && c <= '9'; };
  const bool is_range = text.size() == 3 && text[1] == '-';
  if ((text.size() != 1 && !is_range) || !is_urgency(text.front()) || !is_urgency(text.back())) {
    return false;
  }
  route->urgency_min = text.front() - '0';
  route->urgency_max = text.back() - '0';
  return route->urgency_min <= route->urgency_max;
}

absl::Status ReadWhen(const ConfigNode& node, Route* route) {
  ConfigMap map(node);
  map.Strings("type", &route->types);
  for (const std::string& type : route->types) {
    if (std::find(std::begin(kEntityTypeNames), std::end(kEntityTypeNames), type) ==
        std::end(kEntityTypeNames)) {
      map.Fail("type", fmt::format("found '{}', expected person, organisation, place, event or "
                                   "object",
                                   type));
    }
  }
  map.Strings("entity", &route->entities);
  map.Strings("language", &route->languages);
  for (std::string& language : route->languages) absl::AsciiStrToLower(&language);
  std::string urgency;
  map.String("urgency", &urgency);
  if (!urgency.empty() && !ReadUrgency(urgency, route)) {
    map.Fail("urgency", fmt::format("found '{}', expected 1 to 9 or a range like 1-3", urgency));
  }
  std::vector<std::string> relations;
  map.Strings("relation", &relations);
  for (const std::string& name : relations) {
    if (const std::optional<RelationKind> kind = RelationKindFromName(name)) {
      route->relations.push_back(*kind);
    } else {
      map.Fail("relation",
               fmt::format("found '{}', expected original, repeat, near-duplicate, excerpt, "
                           "revision, correction, refile, kill or withhold",
                           name));
    }
  }
  return map.Finish();
}

absl::StatusOr<Route> ReadRoute(const ConfigNode& node) {
  Route route;
  ConfigMap map(node);
  map.String("topic", &route.topic);
  ConfigNode when = ConfigNode::Null(node);
  if (map.Node("when", &when)) map.Fail(ReadWhen(when, &route));
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  if (!IsTopicName(route.topic)) {
    return node.Error(fmt::format(
        "topic: found '{}', expected up to 249 letters, digits, dots, lines and hyphens",
        route.topic));
  }
  return route;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StageFactory>> MakePublish(const ConfigNode& config) {
  ConfigMap map(config);
  size_t key = 0;
  map.Choice("key", {"uri", "language", "keep"}, &key);
  std::vector<Route> routes;
  ConfigNode list = ConfigNode::Null(config);
  if (map.Node("routes", &list)) {
    if (!list.is_list() && !list.is_null()) map.Fail("routes", "expected a list");
    for (const ConfigNode& node : list.items()) {
      absl::StatusOr<Route> route = ReadRoute(node);
      if (!route.ok()) return route.status();
      routes.push_back(*std::move(route));
    }
  }
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  return std::make_unique<PublishFactory>(std::move(routes), static_cast<KeyBy>(key));
}

}  // namespace copydesk
