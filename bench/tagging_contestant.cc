// copydesk as a contestant of a tagging benchmark: one dictionary, one corpus, one JSON line.
//
//   tagging_contestant DICT.tsv CORPUS.txt [--threads N] [--passes P] [--max-seconds S]
//                      [--max-lines L] [--dump FILE] [--fold exact|typographic]
//
// DICT.tsv has an alias a row, in the first of its tab-separated columns; an alias's number is its
// place among the distinct aliases. CORPUS.txt has a story a line. Every pass finds all mentions of
// all lines and adds up: how many, the checksum sum(31 begin + length) and the sum of alias numbers
// plus one. Rates are in 10^6 corpus bytes a second, line ends counted.
//
// Aliases are taken as exact ones, which is what the benchmark asks for: literal bytes. With
// --fold typographic every line is folded too, within the time, and white space and quotes match
// as they do in the pipeline.

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "stages/dictionary/compile.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/matcher.h"
#include "stages/text/fold.h"

namespace copydesk {
namespace {

struct Totals {
  uint64_t mentions = 0;
  uint64_t checksum = 0;
  uint64_t id_sum = 0;
  void Add(const Totals& other) {
    mentions += other.mentions;
    checksum += other.checksum;
    id_sum += other.id_sum;
  }
  friend bool operator==(const Totals&, const Totals&) = default;
};

[[noreturn]] void Fail(const std::string& message) {
  fmt::print(stderr, "tagging_contestant: {}\n", message);
  std::exit(2);
}

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double MegabytesOf(const char* key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::atof(line.c_str() + std::string_view(key).size()) / 1024;
  }
  return 0;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Fail(path + ": cannot read");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

template <typename Take>
void ForEachLine(std::string_view text, Take take) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<std::string> ReadAliases(const std::string& path) {
  const std::string text = ReadFile(path);
  std::vector<std::string> aliases;
  std::unordered_set<std::string_view> seen;
  ForEachLine(text, [&](std::string_view row) {
    const std::string_view alias = row.substr(0, row.find('\t'));
    if (!alias.empty() && seen.insert(alias).second) aliases.emplace_back(alias);
  });
  return aliases;
}

// Entity i is alias i, so that a mention's entity is its alias's number.
std::shared_ptr<const Dictionary> Build(const std::vector<std::string>& aliases, AliasFold fold) {
  DictionaryCompiler compiler;
  for (size_t i = 0; i < aliases.size(); ++i) {
    const auto entity = compiler.AddEntity(compiler.Keep(std::to_string(i)), EntityType::kObject);
    if (!entity.ok()) Fail(entity.status().ToString());
    const absl::Status status = compiler.AddAlias(*entity, aliases[i], fold);
    if (!status.ok()) Fail(aliases[i] + ": " + status.ToString());
  }
  auto memory = compiler.Finish("contestant");
  if (!memory.ok()) Fail(memory.status().ToString());
  auto dictionary = Dictionary::FromImage(*std::move(memory), "contestant");
  if (!dictionary.ok()) Fail(dictionary.status().ToString());
  return *std::move(dictionary);
}

struct Options {
  std::string dictionary;
  std::string corpus;
  std::map<std::string, std::string> named;
  double Number(const std::string& name, double otherwise) const {
    const auto found = named.find(name);
    return found == named.end() ? otherwise : std::atof(found->second.c_str());
  }
};

Options Parse(int argc, char** argv) {
  Options options;
  std::vector<std::string> paths;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    if (word.starts_with("--") && i + 1 < argc) {
      options.named[std::string(word.substr(2))] = argv[++i];
    } else {
      paths.emplace_back(word);
    }
  }
  if (paths.size() != 2) Fail("usage: tagging_contestant DICT.tsv CORPUS.txt [--passes P] ...");
  options.dictionary = paths[0];
  options.corpus = paths[1];
  return options;
}

// One thread's share of the lines.
class Worker {
 public:
  Worker(std::shared_ptr<const Dictionary> dictionary, AliasFold fold)
      : matcher_(std::move(dictionary)), folds_(fold != AliasFold::kExact) {}

  Totals Run(std::span<const std::string_view> lines, size_t first_line, std::FILE* dump) {
    Totals totals;
    for (size_t i = 0; i < lines.size(); ++i) {
      if (folds_) folded_.Assign(lines[i]);
      for (const Match& match : matcher_.Find(lines[i], folds_ ? &folded_ : nullptr)) {
        const uint32_t alias = matcher_.candidates(match)[0].entity;
        const uint32_t size = match.span.end - match.span.begin;
        ++totals.mentions;
        totals.checksum += uint64_t{match.span.begin} * 31 + size;
        totals.id_sum += alias + 1;
        if (dump != nullptr) {
          fmt::print(dump, "{}\t{}\t{}\t{}\n", first_line + i, match.span.begin, size, alias);
        }
      }
    }
    return totals;
  }

 private:
  Matcher matcher_;
  const bool folds_;
  FoldedText folded_;
};

class Contest {
 public:
  Contest(const Options& options, std::shared_ptr<const Dictionary> dictionary, AliasFold fold)
      : corpus_(ReadFile(options.corpus)) {
    const double lines_max = options.Number("max-lines", 4e9);
    ForEachLine(corpus_, [&](std::string_view line) {
      if (static_cast<double>(lines_.size()) >= lines_max) return;
      lines_.push_back(line);
      bytes_ += line.size() + 1;
    });
    const auto threads = static_cast<size_t>(std::max(1.0, options.Number("threads", 1)));
    cuts_.push_back(0);
    uint64_t bytes = 0;
    for (size_t i = 0; i < lines_.size(); ++i) {
      bytes += lines_[i].size() + 1;
      if (bytes * threads >= bytes_ * cuts_.size() && cuts_.size() < threads)
        cuts_.push_back(i + 1);
    }
    while (cuts_.size() <= threads) cuts_.push_back(lines_.size());
    for (size_t i = 0; i < threads; ++i) workers_.emplace_back(dictionary, fold);
  }

  Totals Pass(std::FILE* dump) {
    std::vector<Totals> totals(workers_.size());
    const auto run = [&](size_t i) {
      const std::span<const std::string_view> lines(lines_);
      totals[i] = workers_[i].Run(lines.subspan(cuts_[i], cuts_[i + 1] - cuts_[i]), cuts_[i], dump);
    };
    std::vector<std::thread> threads;
    for (size_t i = 1; i < workers_.size(); ++i) threads.emplace_back(run, i);
    run(0);
    for (std::thread& thread : threads) thread.join();
    for (size_t i = 1; i < totals.size(); ++i) totals[0].Add(totals[i]);
    return totals[0];
  }

  uint64_t bytes() const { return bytes_; }
  size_t line_count() const { return lines_.size(); }
  size_t thread_count() const { return workers_.size(); }

 private:
  const std::string corpus_;
  std::vector<std::string_view> lines_;
  std::vector<size_t> cuts_;  // of lines_, one range a worker
  std::vector<Worker> workers_;
  uint64_t bytes_ = 0;
};

int Run(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  const auto fold_option = options.named.find("fold");
  const bool is_exact = fold_option == options.named.end() || fold_option->second == "exact";
  const AliasFold fold = is_exact ? AliasFold::kExact : AliasFold::kTypographic;
  double build_seconds = 0;
  std::shared_ptr<const Dictionary> dictionary;
  size_t alias_count = 0;
  {
    const std::vector<std::string> aliases = ReadAliases(options.dictionary);
    alias_count = aliases.size();
    malloc_trim(0);
    const double begin = Now();
    dictionary = Build(aliases, fold);
    build_seconds = Now() - begin;
  }
  malloc_trim(0);
  const double rss = MegabytesOf("VmRSS:");
  const double rss_peak = MegabytesOf("VmHWM:");
  Contest contest(options, dictionary, fold);
  if (const auto dump = options.named.find("dump"); dump != options.named.end()) {
    std::FILE* const file = std::fopen(dump->second.c_str(), "w");
    if (file == nullptr) Fail(dump->second + ": cannot write");
    contest.Pass(file);
    std::fclose(file);
  }
  std::vector<double> rates;
  Totals first;
  bool is_stable = true;
  const double begin = Now();
  const double seconds_max = options.Number("max-seconds", 120);
  const auto passes = static_cast<size_t>(options.Number("passes", 5));
  while (rates.size() < passes && (rates.empty() || Now() - begin < seconds_max)) {
    const double pass_begin = Now();
    const Totals totals = contest.Pass(nullptr);
    rates.push_back(static_cast<double>(contest.bytes()) / 1e6 / (Now() - pass_begin));
    if (rates.size() == 1) first = totals;
    is_stable = is_stable && totals == first;
  }
  std::vector<double> sorted = rates;
  std::sort(sorted.begin(), sorted.end());
  const size_t half = sorted.size() / 2;
  const double median =
      sorted.size() % 2 != 0 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  fmt::print(
      "{{\"name\":\"copydesk/{}\",\"version\":\"1\",\"n_aliases\":{},\"build_ms\":{:.1f},"
      "\"index_bytes\":{},\"rss_mb\":{:.1f},\"rss_peak_build_mb\":{:.1f},"
      "\"rss_after_scan_mb\":{:.1f},\"threads\":{},\"passes\":{},\"corpus_bytes\":{},\"lines\":{},"
      "\"mb_per_s_best\":{:.3f},\"mb_per_s_median\":{:.3f},\"mb_per_s_first\":{:.3f},"
      "\"mentions\":{},\"checksum\":{},\"idsum\":{},\"stable\":{}}}\n",
      is_exact ? "exact" : "typographic", alias_count, build_seconds * 1e3,
      dictionary->image().index_bytes(), rss, rss_peak, MegabytesOf("VmRSS:"),
      contest.thread_count(), rates.size(), contest.bytes(), contest.line_count(), sorted.back(),
      median, rates.front(), first.mentions, first.checksum, first.id_sum, is_stable);
  return 0;
}

}  // namespace
}  // namespace copydesk

int main(int argc, char** argv) { return copydesk::Run(argc, argv); }
