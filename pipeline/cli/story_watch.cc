#include "pipeline/cli/story_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pipeline/cli/dry_run.h"  // NameOf(Outcome)
#include "pipeline/cli/render.h"
#include "stages/story/json_out.h"
#include "stages/story_payload.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// At most `bytes_max` of `text`, to a code point's end.
std::string_view CutAt(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (text[bytes_max] & 0xC0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

// What is shown of bytes that may be anything.
std::string Readable(std::string_view bytes) {
  std::string text(CutAt(bytes, 300));
  for (size_t bad; (bad = FirstInvalidUtf8(text)) < text.size();) text[bad] = '?';
  return text;
}

// The entities of a story in the order in which they are first named.
class Entities {
 public:
  explicit Entities(const Story& story) {
    for (const Mention& mention : story.mentions) {
      const size_t i = IndexOf(mention);
      if (i == entities_.size()) entities_.push_back({&mention, 0});
      ++entities_[i].second;
    }
  }

  size_t IndexOf(const Mention& mention) const {
    size_t i = 0;
    while (i < entities_.size() && entities_[i].first->id != mention.id) ++i;
    return i;
  }

  void Write(JsonOut* json) const {
    json->Key("entities");
    json->BeginArray();
    for (const auto& [mention, count] : entities_) {
      json->BeginObject();
      json->Member("id", mention->id);
      json->Member("type", mention->type);
      json->Member("name", mention->name);
      json->Member("count", count);
      json->EndObject();
    }
    json->EndArray();
  }

 private:
  std::vector<std::pair<const Mention*, int64_t>> entities_;
};

// Writes the runs of a field, at most *budget bytes of text, and takes them off *budget.
void WriteRuns(const Story& story, uint32_t field, const Entities& entities, size_t* budget,
               JsonOut* json) {
  for (const Run& run : RunsOf(story, field)) {
    const std::string_view text = CutAt(run.text, *budget);
    if (text.empty()) continue;
    *budget -= text.size();
    if (run.mention == nullptr && run.not_story.empty()) {
      json->Value(text);
      continue;
    }
    json->BeginObject();
    if (run.mention != nullptr) {
      json->Member("m", static_cast<int64_t>(entities.IndexOf(*run.mention)));
    } else {
      json->Member("x", run.not_story);
    }
    json->Member("t", text);
    json->EndObject();
  }
}

void WriteText(const Story& story, const Entities& entities, JsonOut* json) {
  for (const bool is_headline : {true, false}) {
    size_t budget = StoryWatch::kBodyBytesMax;
    size_t bytes = 0;
    json->Key(is_headline ? "headline" : "body");
    json->BeginArray();
    for (uint32_t field = 0; field < story.fields.size(); ++field) {
      if (story.fields[field].is_headline != is_headline) continue;
      bytes += story.fields[field].reading.plain().size();
      WriteRuns(story, field, entities, &budget, json);
    }
    json->EndArray();
    if (is_headline || bytes <= StoryWatch::kBodyBytesMax) continue;
    json->Key("more");
    json->True();
  }
}

void WriteRelation(const Relation& relation, JsonOut* json) {
  json->Key("relation");
  json->BeginObject();
  json->Member("kind", NameOf(relation.kind));
  if (relation.is_late) {
    json->Key("late");
    json->True();
  }
  if (relation.lead) {
    json->Key("lead");
    json->BeginObject();
    json->Member("uri", relation.lead->uri);
    json->Member("version", relation.lead->version);
    json->EndObject();
  }
  json->Member("rule", relation.rule);
  if (relation.similarity >= 0) {
    json->Key("similarity");
    json->Share(relation.similarity);
  }
  json->EndObject();
}

void WriteStory(Story& story, JsonOut* json) {
  story.ReadFields();
  json->Member("uri", story.uri);
  json->Member("version", story.version);
  json->Member("created", story.version_created);
  json->Member("language", story.language);
  if (story.notice != Notice::kNone) json->Member("notice", NameOf(story.notice));
  if (story.relation) WriteRelation(*story.relation, json);
  const Entities entities(story);
  WriteText(story, entities, json);
  entities.Write(json);
}

}  // namespace

void WriteWatched(Item& item, std::string_view stage, std::string* out) {
  JsonOut json(out);
  json.BeginObject();
  json.Member("outcome", NameOf(item.outcome));
  if (item.outcome == Outcome::kDivert) json.Member("output", item.output);
  if (!stage.empty()) json.Member("stage", stage);
  json.Member("topic", item.record.topic);
  json.Member("partition", item.record.partition);
  json.Member("offset", item.record.offset);
  if (item.outcome == Outcome::kDeadLetter) {
    json.Key("error");
    json.BeginObject();
    json.Member("stage", stage.empty() ? item.failed_stage : stage);
    json.Member("code", item.failure.code);
    json.Member("text", Readable(item.failure.message));
    json.EndObject();
  } else {
    WriteStory(StoryOf(item), &json);
  }
  json.EndObject();
}

StoryWatch::StoryWatch(std::vector<std::string> stages, std::function<int64_t()> now_ms)
    : now_ms_(std::move(now_ms)) {
  rings_[""];
  for (std::string& stage : stages) rings_[std::move(stage)];
}

size_t StoryWatch::Admit(size_t n, Ring* ring) {
  const int64_t now_ms = now_ms_();
  ring->allowed +=
      static_cast<double>(now_ms - std::exchange(ring->refilled_ms, now_ms)) / 1000 * kPerSecond;
  ring->allowed = std::min(ring->allowed, kBurst);
  // A part of it at a time, so that the end of a flood is seen as well as its beginning.
  const double share = std::max(std::min(ring->allowed, 1.0), ring->allowed * kShare);
  const size_t count = std::min(n, static_cast<size_t>(share));
  ring->allowed -= static_cast<double>(count);
  return count;
}

void StoryWatch::OnStage(std::string_view stage, std::span<Item* const> items) {
  size_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto ring = rings_.find(stage);
    if (ring == rings_.end() || now_ms_() - ring->second.asked_ms >= kAskedMs) return;
    count = Admit(items.size(), &ring->second);
  }
  Take(stage, items, count);
}

void StoryWatch::OnSent(std::span<Item* const> items) {
  size_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    count = Admit(items.size(), &rings_.find("")->second);
  }
  Take("", items, count);
}

void StoryWatch::Take(std::string_view stage, std::span<Item* const> items, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    std::string story;
    WriteWatched(*items[i * items.size() / count], stage, &story);
    const std::lock_guard lock(mutex_);
    Ring& ring = rings_.find(stage)->second;
    ++ring.last;
    ring.stories.push_back(std::move(story));
    if (ring.stories.size() > kKept) ring.stories.pop_front();
  }
}

std::string StoryWatch::Json(std::string_view stage, int64_t after) {
  const std::lock_guard lock(mutex_);
  const auto found = rings_.find(stage);
  if (found == rings_.end()) {
    std::string error;
    for (const auto& [name, ring] : rings_) {
      if (!name.empty()) error += (error.empty() ? "" : ", ") + name;
    }
    return fmt::format("{{\"error\":\"no such stage; there are {}\"}}", error);
  }
  Ring& ring = found->second;
  ring.asked_ms = now_ms_();
  // A client that saw more than there was is one of an earlier worker.
  if (after < 0 || after > ring.last) after = 0;
  const auto fresh = std::min(static_cast<size_t>(ring.last - after), ring.stories.size());
  return fmt::format(
      "{{\"last\":{},\"stories\":[{}]}}", ring.last,
      fmt::join(ring.stories.end() - static_cast<std::ptrdiff_t>(fresh), ring.stories.end(), ","));
}

}  // namespace copydesk
