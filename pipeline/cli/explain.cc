// copydesk explain: why a story's mentions and its relation are what they are.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/default_path.h"
#include "pipeline/cli/dry_run.h"
#include "pipeline/cli/plan.h"
#include "pipeline/cli/render.h"
#include "pipeline/files.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/inspect.h"
#include "stages/dictionary/matcher.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr size_t kRunWords = 5;
constexpr size_t kExamplesMax = 3;

struct Options {
  std::string config;
  std::string story;
  std::vector<std::string> after;
};

// What two texts share, by runs of kRunWords words.
class WordRuns {
 public:
  explicit WordRuns(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : FoldCase(text) + " ") {
      if (c != ' ' && c != '\n') {
        word += c;
      } else if (!word.empty()) {
        words.push_back(std::move(word));
        word.clear();
      }
    }
    for (size_t i = 0; i + kRunWords <= words.size(); ++i) {
      const auto from = words.begin() + static_cast<std::ptrdiff_t>(i);
      std::string run = fmt::format("{}", fmt::join(from, from + kRunWords, " "));
      if (runs_.insert(run).second) in_order_.push_back(std::move(run));
    }
  }

  size_t size() const { return runs_.size(); }
  // Those of this text that the other has not, in order.
  std::vector<std::string> Without(const WordRuns& other) const {
    std::vector<std::string> missing;
    for (const std::string& run : in_order_) {
      if (other.runs_.count(run) == 0) missing.push_back(run);
    }
    return missing;
  }

 private:
  std::set<std::string> runs_;
  std::vector<std::string> in_order_;
};

std::string TextOf(Story& story) {
  story.ReadFields();
  std::string text;
  for (const TextField& field : story.fields) {
    text += std::string(field.reading.text()) + "\n";
  }
  return text;
}

// The character beside a mention, in words.
std::string Neighbour(std::string_view text, size_t at, bool is_left) {
  if (is_left ? at == 0 : at == text.size()) return is_left ? "the beginning" : "the end";
  size_t begin = at, end = at;
  if (is_left) {
    PreviousCodePoint(text, &begin);
  } else {
    NextCodePoint(text, &end);
  }
  const std::string_view shown = text.substr(begin, end - begin);
  return shown == "\n" ? "a line end" : fmt::format("'{}'", Harmless(shown));
}

class Explainer {
 public:
  explicit Explainer(std::shared_ptr<const Dictionary> dictionary)
      : dictionary_(std::move(dictionary)) {}

  // Remembers what stories said, for the leads of later ones.
  void Remember(const Decision& decision) {
    if (decision.story != nullptr) {
      texts_[decision.item->record.offset] = TextOf(*decision.story);
    }
  }

  void Explain(const Decision& decision) {
    if (decision.story == nullptr) {
      const Failure& failure = decision.item->failure;
      fmt::print("dead letter: {}: {}: {}\n", Harmless(decision.item->failed_stage), failure.code,
                 Harmless(failure.message));
      return;
    }
    Story& story = *decision.story;
    story.ReadFields();
    fmt::print("{} {}: {}\n", Harmless(story.uri), Harmless(story.version), decision.outcome);
    if (story.notice != Notice::kNone) fmt::print("the wire's words: {}\n", NameOf(story.notice));
    ExplainRelation(story, decision);
    ExplainNotStory(story);
    for (uint32_t field = 0; field < story.fields.size(); ++field) ExplainField(story, field);
  }

 private:
  void ExplainRelation(Story& story, const Decision& decision) {
    if (!story.relation) return;
    const Relation& relation = *story.relation;
    fmt::print("\nRELATION {}{}\n  because: {}\n", NameOf(relation.kind),
               relation.is_late ? ", late" : "", Harmless(relation.rule));
    for (const Decision::Sent& recall : decision.emitted) {
      fmt::print("  recalls {}\n", Harmless(recall.record.key));
    }
    if (!relation.lead) return;
    const Lead& lead = *relation.lead;
    fmt::print("  lead: {} {} ({} [{}] at {})\n", Harmless(lead.uri), Harmless(lead.version),
               Harmless(lead.topic), lead.partition, lead.offset);
    const auto text = texts_.find(lead.offset);
    if (text == texts_.end()) return;
    const WordRuns own(TextOf(story)), other(text->second);
    const std::vector<std::string> only_here = own.Without(other), only_there = other.Without(own);
    const size_t shared = own.size() - only_here.size();
    const auto of = [&](size_t whole) {
      return whole == 0 ? 0 : 100.0 * static_cast<double>(shared) / static_cast<double>(whole);
    };
    fmt::print(
        "  runs of {} words: {} shared, {:.0f} % of this story's, {:.0f} % of the lead's, {:.0f} % "
        "of all\n",
        kRunWords, shared, of(own.size()), of(other.size()), of(own.size() + only_there.size()));
    ShowRuns("only in this story", only_here);
    ShowRuns("only in the lead", only_there);
  }

  static void ShowRuns(std::string_view what, const std::vector<std::string>& runs) {
    for (size_t i = 0; i < std::min(kExamplesMax, runs.size()); ++i) {
      fmt::print("    {}: {}\n", what, Harmless(runs[i]));
    }
    if (runs.size() > kExamplesMax) fmt::print("    and {} more\n", runs.size() - kExamplesMax);
  }

  static void ExplainNotStory(const Story& story) {
    if (!story.not_story.empty()) fmt::print("\nNOT THE STORY\n");
    for (const NotStory& part : story.not_story) {
      const std::string_view value = story.fields[part.field].value;
      fmt::print("  {} {}-{} {}: \"{}\"\n", Harmless(story.fields[part.field].name),
                 part.bytes.begin, part.bytes.end, Harmless(part.why),
                 Harmless(value.substr(part.bytes.begin, part.bytes.end - part.bytes.begin)));
    }
  }

  void ExplainField(const Story& story, uint32_t number) {
    if (dictionary_ == nullptr) return;
    const TextField& field = story.fields[number];
    Matcher matcher(dictionary_);
    const std::string_view plain = field.reading.plain();
    bool has_title = false;
    for (const Match& match : matcher.Find(plain, &field.reading.folded())) {
      if (!has_title) fmt::print("\nMENTIONS in {}\n", Harmless(field.name));
      has_title = true;
      const Span bytes = field.reading.PlainToValue(match.span);
      const std::string_view surface =
          plain.substr(match.span.begin, match.span.end - match.span.begin);
      fmt::print("  {}-{} \"{}\" between {} and {}\n", bytes.begin, bytes.end, Harmless(surface),
                 Neighbour(plain, match.span.begin, true), Neighbour(plain, match.span.end, false));
      ShowCandidates(matcher.candidates(match), surface);
      ShowFate(story, number, bytes);
      ShowInside(surface);
    }
    for (const Mention& mention : story.mentions) {
      if (mention.field != number || seen_.count({number, mention.bytes.begin}) > 0) continue;
      fmt::print("  {}-{} \"{}\" is {} {}, {}\n", mention.bytes.begin, mention.bytes.end,
                 Harmless(mention.surface), Harmless(mention.id), Harmless(mention.name),
                 mention.by);
    }
  }

  void ShowCandidates(std::span<const Candidacy> candidates, std::string_view surface) {
    for (size_t i = 0; i < candidates.size(); ++i) {
      const Entity entity = dictionary_->entity(candidates[i].entity);
      fmt::print("    {} {} {} ({}), priority {}, {}\n",
                 i == 0 ? "best:" : "runner-up:", Harmless(entity.id), Harmless(entity.name),
                 NameOf(entity.type), entity.priority, AliasOf(candidates[i], surface));
    }
  }

  // By which of the entity's aliases, and how that is compared.
  std::string AliasOf(const Candidacy& candidacy, std::string_view surface) {
    const auto [names, is_new] = names_.try_emplace(candidacy.entity);
    if (is_new) names->second = NamesOf(*dictionary_, candidacy.entity);
    if (candidacy.is_pattern) {
      std::string patterns;
      for (const std::string& name : names->second) {
        if (name[0] == '/') patterns += " " + Harmless(name);
      }
      return "by pattern" + patterns;
    }
    const std::string folded = FoldTypography(surface);
    for (const std::string& name : names->second) {
      if (name == surface) return fmt::format("by alias \"{}\", letter by letter", Harmless(name));
    }
    for (const std::string& name : names->second) {
      if (name == folded) {
        return fmt::format("by alias \"{}\", its typography folded", Harmless(name));
      }
    }
    const std::string bare = StripDiacritics(FoldCase(folded));
    for (const std::string& name : names->second) {
      if (StripDiacritics(FoldCase(name)).compare(0, bare.size(), bare) == 0) {
        return fmt::format("by alias \"{}\", case or diacritics folded", Harmless(name));
      }
    }
    return "by an alias";
  }

  // What became of a match: which mention, or why none.
  void ShowFate(const Story& story, uint32_t number, Span bytes) {
    for (const Mention& mention : story.mentions) {
      if (mention.field != number || mention.bytes.begin != bytes.begin) continue;
      seen_.insert({number, bytes.begin});
      fmt::print("    tagged: {} {} by {}\n", Harmless(mention.id), Harmless(mention.name),
                 mention.by);
      return;
    }
    for (const NotStory& part : story.not_story) {
      if (part.field != number || part.bytes.begin >= bytes.end || bytes.begin >= part.bytes.end) {
        continue;
      }
      fmt::print("    not tagged: it stands in what is not the story ({})\n", Harmless(part.why));
      return;
    }
    fmt::print("    not tagged: the stage decided against it\n");
  }

  // Shorter mentions that this one suppressed: those that end with it, and those that begin it.
  void ShowInside(std::string_view surface) {
    const size_t first = surface.find(' '), last = surface.rfind(' ');
    if (first == surface.npos) return;
    std::set<std::string> shown;
    for (const std::string_view part : {surface.substr(first + 1), surface.substr(0, last)}) {
      Matcher matcher(dictionary_);
      FoldedText folded;
      folded.Assign(part);
      for (const Match& match : matcher.Find(part, &folded)) {
        const Entity entity = dictionary_->entity(matcher.candidates(match).front().entity);
        const std::string_view text =
            part.substr(match.span.begin, match.span.end - match.span.begin);
        const std::string line = fmt::format("    suppressed by it: \"{}\" {} {}\n", Harmless(text),
                                             Harmless(entity.id), Harmless(entity.name));
        if (shown.insert(line).second) fmt::print("{}", line);
      }
    }
  }

  const std::shared_ptr<const Dictionary> dictionary_;
  std::map<int64_t, std::string> texts_;  // by offset
  std::map<uint32_t, std::vector<std::string>> names_;
  std::set<std::pair<uint32_t, uint32_t>> seen_;  // field and begin of mentions told of
};

// The dictionary of the topology's tag stage; null when it has none.
absl::StatusOr<std::shared_ptr<const Dictionary>> LoadDictionary(const Topology& topology) {
  for (const Topology::StageConfig& stage : topology.stages) {
    if (stage.name != "tag") continue;
    ConfigMap map(stage.config);
    std::vector<std::string> patterns;
    map.Strings("dictionary", &patterns);
    for (std::string& pattern : patterns) pattern = stage.config.ResolvePath(pattern);
    const absl::StatusOr<std::vector<std::string>> paths = ResolveDictionaryPaths(patterns);
    if (!paths.ok()) return paths.status();
    return Dictionary::Load(*paths);
  }
  return std::shared_ptr<const Dictionary>();
}

// All records up to the one to explain, which is the last.
absl::StatusOr<std::vector<Record>> ReadRecords(const Options& options) {
  std::string path = options.story;
  int64_t line = 0;
  if (const size_t colon = path.rfind(':'); colon != path.npos) {
    const auto [end, error] =
        std::from_chars(path.data() + colon + 1, path.data() + path.size(), line);
    if (error == std::errc() && end == path.data() + path.size()) {
      path.resize(colon);
    } else {
      line = 0;
    }
  }
  std::vector<std::string> paths = options.after;
  paths.push_back(path);
  absl::StatusOr<std::unique_ptr<RecordReader>> reader = RecordReader::Open(paths);
  if (!reader.ok()) return reader.status();
  std::vector<Record> records;
  const std::string wanted = fmt::format("{}:{}", path, line);
  while (true) {
    Record record;
    const absl::StatusOr<bool> found = (*reader)->Next(&record);
    if (!found.ok()) return found.status();
    if (!*found) break;
    records.push_back(std::move(record));
    if (line > 0 && (*reader)->place() == wanted) return records;
  }
  if (line > 0) return absl::NotFoundError(fmt::format("{}: there is no such record", wanted));
  if (records.empty()) return absl::NotFoundError(fmt::format("{}: holds no record", path));
  return records;
}

absl::Status Explain(const Options& options) {
  const absl::StatusOr<LoadedTopology> loaded = LoadTopology(options.config);
  if (!loaded.ok()) return loaded.status();
  const Topology& topology = loaded->topology;
  absl::StatusOr<ChainPlan> plan = MakePlan(topology, loaded->config);
  if (!plan.ok()) return plan.status();
  const absl::StatusOr<std::shared_ptr<const Dictionary>> dictionary = LoadDictionary(topology);
  if (!dictionary.ok()) return dictionary.status();
  absl::StatusOr<std::vector<Record>> records = ReadRecords(options);
  if (!records.ok()) return records.status();
  const std::string topic = topology.reads_kafka() ? topology.topics.front() : "files";
  Explainer explainer(*dictionary);
  DryRun run(*plan);
  for (size_t i = 0; i < records->size(); ++i) {
    Record& record = (*records)[i];
    record.topic = topic;
    record.partition = 0;
    record.offset = static_cast<int64_t>(i);
    const bool is_last = i + 1 == records->size();
    run.Run(std::move(record), [&](const Decision& decision) {
      is_last ? explainer.Explain(decision) : explainer.Remember(decision);
    });
  }
  return absl::OkStatus();
}

}  // namespace

void AddExplain(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand(
      "explain", "Say why a story's mentions and its relation are what they are");
  sub->footer(
      "Of stories.jsonl:12 the eleven lines before it are what came before; of stories.jsonl the\n"
      "last line is explained. No broker is needed.");
  auto options = std::make_shared<Options>();
  sub->add_option("-c,--config", options->config, "The topology whose chain is run")
      ->default_val(DefaultPath("newswire.yaml"));
  sub->add_option("story", options->story, "A file, or a line of one as FILE:LINE")->required();
  sub->add_option("--after", options->after, "Files or folders of stories that came before it");
  sub->callback([options, command] { *command = [options] { return Explain(*options); }; });
}

}  // namespace copydesk
