#include "pipeline/cli/feed.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <thread>

#include "pipeline/cli/atomic_file.h"

namespace copydesk {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBarCells = 30;
// A reader that finishes nothing for so long is not there.
constexpr std::chrono::seconds kStalledAfter{60};
// How much at most is fed twice after a feeder was killed.
constexpr std::chrono::seconds kMarkEvery{1};

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double ShareOf(int64_t done, int64_t total) {
  return total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0;
}

// Keeps a feeder from running away from its reader.
class Throttle {
 public:
  explicit Throttle(const FeedOptions& options) : options_(options) {}

  // Waits until a record of `bytes` may be sent.
  absl::Status Wait(Sink& sink, int64_t bytes) {
    if (!options_.finished_records) return absl::OkStatus();
    Clock::time_point progressed = Clock::now();
    while (!unread_.empty() && unread_bytes_ + bytes > options_.ahead_bytes_max) {
      if (absl::Status status = sink.Flush(kStalledAfter); !status.ok()) return status;
      const absl::StatusOr<int64_t> finished = options_.finished_records();
      if (!finished.ok()) return finished.status();
      const bool has_progressed = *finished > finished_;
      for (; finished_ < *finished && !unread_.empty(); ++finished_) {
        unread_bytes_ -= unread_.front();
        unread_.pop_front();
      }
      if (has_progressed) progressed = Clock::now();
      if (Clock::now() - progressed > kStalledAfter) {
        return absl::DeadlineExceededError(fmt::format(
            "{}: {} bytes are unread and nobody has read any for {} s; the embedded broker keeps "
            "no more. Is a worker running?",
            options_.topic, unread_bytes_, kStalledAfter.count()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    unread_.push_back(bytes);
    unread_bytes_ += bytes;
    return absl::OkStatus();
  }

 private:
  const FeedOptions& options_;
  std::deque<int64_t> unread_;  // sizes of records sent and not known to be finished
  int64_t unread_bytes_ = 0;
  int64_t finished_ = 0;
};

// How far a feed has come, in a file: "<records> <what is fed>".
class Bookmark {
 public:
  Bookmark(std::string path, std::string of) : path_(std::move(path)), of_(std::move(of)) {}

  // The records an earlier run fed. Fails when it fed something else.
  absl::StatusOr<int64_t> Read() const {
    std::ifstream in(path_);
    int64_t records = 0;
    std::string of;
    if (path_.empty() || !in) return 0;
    if (!(in >> records) || records < 0 || !std::getline(in >> std::ws, of) || of != of_) {
      return absl::InvalidArgumentError(fmt::format(
          "{}: remembers another feed ({}), expected {}; remove it to begin anew", path_, of, of_));
    }
    return records;
  }

  absl::Status Write(int64_t records) const {
    if (path_.empty()) return absl::OkStatus();
    absl::StatusOr<AtomicFile> file = AtomicFile::Create(path_);
    if (!file.ok()) return file.status();
    absl::Status status = file->Write(fmt::format("{} {}\n", records, of_));
    return status.ok() ? file->Commit() : status;
  }

  void Remove() const {
    if (!path_.empty()) std::remove(path_.c_str());
  }

 private:
  const std::string path_;
  const std::string of_;
};

}  // namespace

void Pace::Wait() {
  if (rate_ <= 0) return;
  const double due = static_cast<double>(records_++) / rate_;
  std::this_thread::sleep_for(std::chrono::duration<double>(due - SecondsSince(start_)));
}

absl::StatusOr<FeedResult> Feed(RecordReader& reader, Sink& sink, const FeedOptions& options) {
  FeedResult result;
  const Bookmark bookmark(options.resume,
                          fmt::format("to {}, {} bytes", options.topic, reader.bytes_total()));
  const absl::StatusOr<int64_t> done = bookmark.Read();
  if (!done.ok()) return done.status();
  ProgressBar bar(options.topic);
  Throttle throttle(options);
  Pace pace(options.records_per_second_max);
  Record record;
  const Clock::time_point start = Clock::now();
  Clock::time_point marked = start;
  while (true) {
    const absl::StatusOr<bool> found = reader.Next(&record);
    if (!found.ok()) return found.status();
    if (!*found) break;
    if (result.skipped < *done) {
      ++result.skipped;
      continue;
    }
    const auto bytes = static_cast<int64_t>(record.value.size());
    if (absl::Status status = throttle.Wait(sink, bytes); !status.ok()) return status;
    pace.Wait();
    record.topic = options.topic;
    record.timestamp_ms = -1;
    std::erase_if(record.headers, IsOwnHeader);
    if (absl::Status status = sink.Send(record); !status.ok()) {
      return absl::Status(status.code(),
                          fmt::format("{}: {}", reader.place(), std::string(status.message())));
    }
    ++result.records;
    result.bytes += bytes;
    bar.Update(result.records, result.bytes, ShareOf(reader.bytes_read(), reader.bytes_total()));
    if (!options.resume.empty() && Clock::now() - marked > kMarkEvery) {
      absl::Status status = sink.Flush(kStalledAfter);
      if (status.ok()) status = bookmark.Write(result.skipped + result.records);
      if (!status.ok()) return status;
      marked = Clock::now();
    }
  }
  if (absl::Status status = sink.Flush(kStalledAfter); !status.ok()) return status;
  bookmark.Remove();
  bar.Finish(result.records, result.bytes);
  result.seconds = SecondsSince(start);
  return result;
}

ProgressBar::ProgressBar(std::string what)
    : what_(std::move(what)), is_terminal_(isatty(STDERR_FILENO) == 1), start_(Clock::now()) {}

void ProgressBar::Update(int64_t records, int64_t bytes, double share) {
  const Clock::time_point now = Clock::now();
  if (!is_terminal_ || now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  Draw(records, bytes, share, "\r");
}

void ProgressBar::Finish(int64_t records, int64_t bytes) { Draw(records, bytes, 1, "\n"); }

void ProgressBar::Draw(int64_t records, int64_t bytes, double share, const char* end) {
  const double seconds = std::max(SecondsSince(start_), 1e-3);
  const int cells = std::clamp(static_cast<int>(share * kBarCells + 0.5), 0, kBarCells);
  fmt::print(stderr, "{} [{:#<{}}{:.<{}}] {:3.0f} %  {} records  {:.1f} MB  {:.0f} records/s {}",
             what_, "", cells, "", kBarCells - cells, std::min(share, 1.0) * 100, records,
             static_cast<double>(bytes) / 1e6, static_cast<double>(records) / seconds, end);
  std::fflush(stderr);
}

}  // namespace copydesk
