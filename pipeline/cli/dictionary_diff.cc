// copydesk dictionary diff: what a new dictionary finds, in a sample of stories, that an old one
// did not, and the other way round.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "pipeline/cli/dictionary.h"
#include "pipeline/cli/plan.h"
#include "pipeline/files.h"
#include "stages/dictionary/matcher.h"
#include "stages/story_payload.h"

namespace copydesk {
namespace {

struct Options {
  std::string old_dictionary;
  std::string new_dictionary;
  std::vector<std::string> stories = {"configs/samples"};
  std::string config = "configs/newswire.yaml";
  size_t shown_max = 20;
};

constexpr size_t kStoriesShown = 1000;

// What one dictionary finds at one place.
struct Found {
  std::string surface;
  std::string id;
  std::string name;
  auto operator<=>(const Found&) const = default;
  std::string Text() const { return fmt::format("'{}' {} ({})", surface, id, name); }
};
using FoundAt = std::map<std::pair<uint32_t, uint32_t>, Found>;

FoundAt FindIn(const TextField& field, Matcher& matcher) {
  FoundAt found;
  for (const Match& match : matcher.Find(field.reading.plain(), &field.reading.folded())) {
    const Entity entity = matcher.dictionary().entity(matcher.candidates(match).front().entity);
    found[{match.span.begin, match.span.end}] = {
        std::string(
            field.reading.plain().substr(match.span.begin, match.span.end - match.span.begin)),
        std::string(entity.id), std::string(entity.name)};
  }
  return found;
}

class Comparison {
 public:
  Comparison(std::shared_ptr<const Dictionary> before, std::shared_ptr<const Dictionary> after)
      : before_(std::move(before)), after_(std::move(after)) {}

  void Add(Story& story) {
    story.ReadFields();
    bool differs = false;
    for (const TextField& field : story.fields) {
      const FoundAt before = FindIn(field, before_);
      const FoundAt after = FindIn(field, after_);
      mentions_before_ += before.size();
      mentions_after_ += after.size();
      for (const auto& [place, found] : before) {
        const auto same = after.find(place);
        if (same != after.end() && same->second == found) continue;
        differs = true;
        if (same == after.end()) {
          ++lost_[found];
        } else {
          ++changed_[{found, same->second}];
        }
      }
      for (const auto& [place, found] : after) {
        if (before.contains(place)) continue;
        differs = true;
        ++gained_[found];
      }
    }
    stories_changed_ += differs;
    if (++stories_ % kStoriesShown == 0) ShowProgress(fmt::format("{} stories", stories_));
  }

  void Show(size_t shown_max) const {
    ShowRows("gone", lost_, shown_max, [](const Found& found) { return "- " + found.Text(); });
    ShowRows("new", gained_, shown_max, [](const Found& found) { return "+ " + found.Text(); });
    ShowRows("other entity", changed_, shown_max, [](const auto& change) {
      return fmt::format("~ {} is now {} ({})", change.first.Text(), change.second.id,
                         change.second.name);
    });
    fmt::print("{} of {} stories change; {} mentions before, {} after\n", stories_changed_,
               stories_, mentions_before_, mentions_after_);
  }

 private:
  // The most frequent first.
  template <typename Row, typename Text>
  static void ShowRows(std::string_view title, const std::map<Row, size_t>& rows, size_t shown_max,
                       Text text) {
    if (rows.empty()) return;
    std::vector<std::pair<size_t, const Row*>> sorted;
    size_t total = 0;
    for (const auto& [row, count] : rows) {
      sorted.emplace_back(count, &row);
      total += count;
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    fmt::print("{}: {} mentions, {} kinds\n", title, total, rows.size());
    for (size_t i = 0; i < std::min(shown_max, sorted.size()); ++i) {
      fmt::print("{:>6} {}\n", sorted[i].first, text(*sorted[i].second));
    }
  }

  Matcher before_;
  Matcher after_;
  std::map<Found, size_t> lost_;
  std::map<Found, size_t> gained_;
  std::map<std::pair<Found, Found>, size_t> changed_;
  size_t stories_ = 0;
  size_t stories_changed_ = 0;
  size_t mentions_before_ = 0;
  size_t mentions_after_ = 0;
};

void CompareEntities(const Dictionary& before, const Dictionary& after) {
  const auto ids = [](const Dictionary& dictionary) {
    std::set<std::string_view> all;
    for (uint32_t i = 0; i < dictionary.entity_count(); ++i) all.insert(dictionary.entity(i).id);
    return all;
  };
  const std::set<std::string_view> old_ids = ids(before);
  const std::set<std::string_view> new_ids = ids(after);
  const auto missing = [](const auto& from, const auto& in) {
    return std::count_if(from.begin(), from.end(), [&](auto id) { return !in.contains(id); });
  };
  fmt::print("{} to {}: {} ids gone, {} new; {} aliases before, {} after\n", before.version(),
             after.version(), missing(old_ids, new_ids), missing(new_ids, old_ids),
             before.key_count(), after.key_count());
}

absl::Status Diff(const Options& options) {
  const auto before = LoadDictionary({options.old_dictionary});
  if (!before.ok()) return before.status();
  const auto after = LoadDictionary({options.new_dictionary});
  if (!after.ok()) return after.status();
  const absl::StatusOr<LoadedTopology> loaded = LoadTopology(options.config);
  if (!loaded.ok()) return loaded.status();
  const absl::StatusOr<std::unique_ptr<CodecFactory>> codecs =
      MakeStoryCodec(loaded->topology.input);
  if (!codecs.ok()) return codecs.status();
  absl::StatusOr<std::unique_ptr<RecordReader>> reader = RecordReader::Open(options.stories);
  if (!reader.ok()) return reader.status();

  CompareEntities(**before, **after);
  Comparison comparison(*before, *after);
  const std::unique_ptr<Codec> codec = (*codecs)->Make();
  size_t unread = 0;
  while (true) {
    Item item;
    const absl::StatusOr<bool> is_there = (*reader)->Next(&item.record);
    if (!is_there.ok()) return is_there.status();
    if (!*is_there) break;
    item.payload = codec->MakePayload();
    if (codec->Decode(item)) {
      comparison.Add(StoryOf(item));
    } else {
      ++unread;
    }
  }
  ClearProgress();
  comparison.Show(options.shown_max);
  if (unread != 0) fmt::print("{} records are no story and were passed over\n", unread);
  return absl::OkStatus();
}

}  // namespace

void AddDictionaryDiff(CLI::App& group, Command* command) {
  CLI::App* sub = group.add_subcommand(
      "diff", "What changes in a sample of stories from one dictionary to another");
  auto options = std::make_shared<Options>();
  sub->add_option("old", options->old_dictionary, "An image, a source, or a glob of sources")
      ->required();
  sub->add_option("new", options->new_dictionary, "The same of the new one")->required();
  sub->add_option("-s,--stories", options->stories, "The sample: files and folders of stories")
      ->capture_default_str();
  sub->add_option("-c,--config", options->config, "The topology that says how stories are read")
      ->capture_default_str();
  sub->add_option("--max", options->shown_max, "How many of a kind are shown")
      ->capture_default_str();
  sub->callback([options, command] { *command = [options] { return Diff(*options); }; });
}

}  // namespace copydesk
