// Feeds stories to a topic of a real Kafka, and takes the time until each is out again.
//
//   latency feed BROKERS TOPIC FIRST COUNT                as fast as the brokers take them
//   latency measure BROKERS TOPIC FIRST RATE SECONDS OUTPUT...
//
// Stories are of about a kilobyte, none like another; each follows from its number, FIRST and on,
// and number n goes to partition n % 4. `measure` sends RATE a second, those that are due each
// millisecond (linger.ms 5), and reads what is committed on all OUTPUTs meanwhile. A story's time
// is from before it was given to the producer until its outcome was taken from the consumer, whose
// key names it. Prints a line of JSON: the quantiles of those sent after the first eight seconds
// and the longest time between two that came out of a partition of TOPIC, in milliseconds, and the
// processor time that all of it took of this process, in seconds.
//
// Every story must come out once: one that is missing or there twice ends it with an error.
//
// Threads: one feeds, one reads.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pipeline/kafka/client.h"

namespace copydesk::bench {
namespace {

using std::chrono::steady_clock;

constexpr int32_t kPartitions = 4;
constexpr int64_t kWarmUpSeconds = 8;
constexpr std::chrono::seconds kSilence{20};
constexpr std::chrono::milliseconds kTick{1};
constexpr int kTimeoutMs = 20'000;

template <typename... Args>
[[noreturn]] void Fail(fmt::format_string<Args...> text, Args&&... args) {
  fmt::print(stderr, "latency: {}\n", fmt::format(text, std::forward<Args>(args)...));
  std::exit(1);
}

void Check(rd_kafka_resp_err_t error, std::string_view doing) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) Fail("{}: {}", doing, rd_kafka_err2str(error));
}

KafkaPtr<rd_kafka_t> MakeClient(rd_kafka_type_t type, const KafkaProperties& properties) {
  auto conf = MakeKafkaConf(properties, {});
  if (!conf.ok()) Fail("{}", conf.status().ToString());
  auto client = MakeKafkaClient(type, *std::move(conf));
  if (!client.ok()) Fail("{}", client.status().ToString());
  return *std::move(client);
}

// Makes the story of a number.
class UnlikeStories {
 public:
  UnlikeStories() {
    std::mt19937_64 random(1);
    for (std::string& word : words_) {
      for (uint64_t syllables = 1 + random() % 4; syllables > 0; --syllables) {
        word += "bdfgklmnprstvz"[random() % 14];
        word += "aeiou"[random() % 5];
      }
    }
    for (std::string& phrase : phrases_) {
      for (int i = 0; i < 6; ++i) phrase += (i > 0 ? " " : "") + words_[random() % words_.size()];
      phrase[0] = static_cast<char>(std::toupper(phrase[0]));
    }
  }
  void Make(int64_t number, std::string* story) const {
    std::mt19937_64 random(static_cast<uint64_t>(number));
    *story =
        fmt::format(R"({{"uri": "urn:{0}", "version": "1", "headline": "{1} {0}", "body_text": ")",
                    number, phrases_[random() % phrases_.size()]);
    for (int i = 0; i < 23; ++i) {
      story->append(phrases_[random() % phrases_.size()]).append(i < 22 ? ". " : ".\"}");
    }
  }

 private:
  std::vector<std::string> words_ = std::vector<std::string>(20'000);
  std::vector<std::string> phrases_ = std::vector<std::string>(50'000);
};

class Feeder {
 public:
  Feeder(const std::string& brokers, const char* topic)
      : client_(MakeClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                               {"linger.ms", "5"},
                                               {"compression.type", "lz4"},
                                               {"queue.buffering.max.messages", "200000"}})),
        topic_(rd_kafka_topic_new(client_.get(), topic, nullptr)) {
    // The first record must not wait for the connection.
    const rd_kafka_metadata_t* metadata = nullptr;
    Check(rd_kafka_metadata(client_.get(), 0, topic_.get(), &metadata, kTimeoutMs), topic);
    rd_kafka_metadata_destroy(metadata);
  }
  void Send(int64_t number) {
    stories_.Make(number, &story_);
    while (rd_kafka_produce(topic_.get(), static_cast<int32_t>(number % kPartitions),
                            RD_KAFKA_MSG_F_COPY, story_.data(), story_.size(), nullptr, 0,
                            nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        Check(rd_kafka_last_error(), "feeding");
      }
      rd_kafka_poll(client_.get(), 10);
    }
    rd_kafka_poll(client_.get(), 0);
  }
  void Flush() { Check(rd_kafka_flush(client_.get(), 60'000), "feeding"); }

 private:
  KafkaPtr<rd_kafka_t> client_;
  KafkaPtr<rd_kafka_topic_t> topic_;
  UnlikeStories stories_;
  std::string story_;
};

// The outputs from their present ends on.
KafkaPtr<rd_kafka_t> MakeReader(const std::string& brokers,
                                const std::vector<std::string>& outputs) {
  auto reader = MakeClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                               {"group.id", "latency"},
                                               {"enable.auto.commit", "false"},
                                               {"isolation.level", "read_committed"}});
  rd_kafka_poll_set_consumer(reader.get());
  KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(kPartitions));
  for (const std::string& topic : outputs) {
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      int64_t low = 0, high = 0;
      Check(rd_kafka_query_watermark_offsets(reader.get(), topic.c_str(), partition, &low, &high,
                                             kTimeoutMs),
            topic);
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = high;
    }
  }
  Check(rd_kafka_assign(reader.get(), list.get()), "assigning");
  return reader;
}

// When each story arrived, until all have or none has come for a while.
std::vector<steady_clock::time_point> ReadAll(rd_kafka_t* reader, int64_t first, size_t count) {
  std::vector<steady_clock::time_point> arrivals(count);
  const KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_get_consumer(reader));
  std::array<rd_kafka_message_t*, 1000> messages;
  auto last = steady_clock::now();
  for (size_t taken = 0; taken < count;) {
    // A batch of more than one would be waited for until it is full.
    ssize_t got = rd_kafka_consume_batch_queue(queue.get(), 1000, messages.data(), 1);
    if (got == 1) {
      got += std::max<ssize_t>(
          0, rd_kafka_consume_batch_queue(queue.get(), 0, &messages[1], messages.size() - 1));
    }
    const auto now = steady_clock::now();
    for (ssize_t i = 0; i < got; ++i) {
      const rd_kafka_message_t& message = *messages[static_cast<size_t>(i)];
      Check(message.err, "reading");
      const std::string_view key(static_cast<const char*>(message.key), message.key_len);
      int64_t number = -1;
      if (key.starts_with("urn:")) {
        std::from_chars(key.data() + 4, key.data() + key.size(), number);
      }
      const auto at = static_cast<size_t>(number - first);
      if (number < first || at >= count) Fail("a record has the key {}", key);
      if (arrivals[at] != steady_clock::time_point()) Fail("story {} came out twice", number);
      arrivals[at] = now;
      rd_kafka_message_destroy(messages[static_cast<size_t>(i)]);
      ++taken;
    }
    if (got > 0) last = now;
    if (now - last > kSilence) Fail("{} of {} stories came out", taken, count);
  }
  return arrivals;
}

double Milliseconds(steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// The longest pause of any partition, among the stories from `begin` on.
double LongestPause(const std::vector<steady_clock::time_point>& arrivals, size_t begin) {
  double longest = 0;
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    std::vector<steady_clock::time_point> of_it;
    for (size_t i = begin + partition; i < arrivals.size(); i += kPartitions) {
      of_it.push_back(arrivals[i]);
    }
    std::sort(of_it.begin(), of_it.end());
    for (size_t i = 1; i < of_it.size(); ++i) {
      longest = std::max(longest, Milliseconds(of_it[i] - of_it[i - 1]));
    }
  }
  return longest;
}

void Measure(const std::string& brokers, const char* topic, int64_t first, int64_t rate,
             int64_t seconds, const std::vector<std::string>& outputs) {
  const auto count = static_cast<size_t>(rate * (kWarmUpSeconds + seconds));
  const auto reader = MakeReader(brokers, outputs);
  Feeder feeder(brokers, topic);
  std::vector<steady_clock::time_point> sent(count);
  std::thread feeding([&] {
    const auto begin = steady_clock::now();
    for (size_t i = 0; i < count; ++i) {
      const auto due =
          begin + std::chrono::microseconds(1'000'000 * static_cast<int64_t>(i) / rate);
      while (steady_clock::now() < due) std::this_thread::sleep_for(kTick);
      sent[i] = steady_clock::now();
      feeder.Send(first + static_cast<int64_t>(i));
    }
    feeder.Flush();
  });
  const std::vector<steady_clock::time_point> arrivals = ReadAll(reader.get(), first, count);
  feeding.join();
  rd_kafka_consumer_close(reader.get());
  const auto measured = static_cast<size_t>(rate * kWarmUpSeconds);
  std::vector<double> late;
  for (size_t i = measured; i < count; ++i) late.push_back(Milliseconds(arrivals[i] - sent[i]));
  std::sort(late.begin(), late.end());
  const auto at = [&](double q) { return late[static_cast<size_t>(q * (late.size() - 1.0))]; };
  rusage used = {};
  getrusage(RUSAGE_SELF, &used);
  const double fed = std::chrono::duration<double>(sent.back() - sent.front()).count();
  fmt::print(
      R"({{"measured": {}, "fed_per_second": {:.0f}, "p50": {:.1f}, "p95": {:.1f}, "p99": {:.1f}, )"
      R"("longest": {:.1f}, "pause": {:.1f}, "cpu": {:.1f}}})"
      "\n",
      late.size(), static_cast<double>(count) / fed, at(0.5), at(0.95), at(0.99), late.back(),
      LongestPause(arrivals, measured),
      static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
          1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec));
}

int64_t NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) Fail("no number: {}", text);
  return number;
}

int Main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "feed" && argc == 6) {
    Feeder feeder(argv[2], argv[3]);
    const int64_t first = NumberOf(argv[4]), count = NumberOf(argv[5]);
    for (int64_t i = 0; i < count; ++i) feeder.Send(first + i);
    feeder.Flush();
  } else if (what == "measure" && argc > 7) {
    Measure(argv[2], argv[3], NumberOf(argv[4]), NumberOf(argv[5]), NumberOf(argv[6]),
            {argv + 7, argv + argc});
  } else {
    Fail("how to call it is at the beginning of bench/latency.cc");
  }
  return 0;
}

}  // namespace
}  // namespace copydesk::bench

int main(int argc, char** argv) { return copydesk::bench::Main(argc, argv); }
