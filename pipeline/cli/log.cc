#include "pipeline/cli/log.h"

#include <fmt/format.h>
#include <spdlog/details/os.h>
#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "pipeline/log_place.h"
#include "stages/story/json_out.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v";

// {"time":"…","level":"…","topic":"…","partition":0,"offset":1,"message":"…"}; the place where
// there is one.
class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    const auto since = line.time.time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    const std::tm utc = spdlog::details::os::gmtime(spdlog::log_clock::to_time_t(line.time));
    const LogPlace* const place = LogPlace::current();
    std::string message(line.payload.data(), line.payload.size());
    for (size_t bad; (bad = FirstInvalidUtf8(message)) < message.size();) message[bad] = '?';
    std::string text;
    JsonOut json(&text);
    json.BeginObject();
    json.Member("time", fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                                    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                                    utc.tm_min, utc.tm_sec, ms % 1000));
    const auto level = spdlog::level::to_string_view(line.level);
    json.Member("level", std::string_view(level.data(), level.size()));
    if (place != nullptr) {
      json.Member("topic", place->topic());
      json.Member("partition", place->partition());
      if (place->offset() >= 0) json.Member("offset", place->offset());
    }
    json.Member("message", message);
    json.EndObject();
    text += '\n';
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

// Passes on to standard error what the rate allows.
class RateLimited : public spdlog::sinks::base_sink<std::mutex> {
 private:
  using Clock = std::chrono::steady_clock;

  void sink_it_(const spdlog::details::log_msg& line) override {
    // Whoever asks librdkafka for debug lines wants them all; they must not push others out.
    if (line.level <= spdlog::level::debug) {
      out_.log(line);
      return;
    }
    const Clock::time_point now = Clock::now();
    allowed_ += std::chrono::duration<double>(now - refilled_).count() * kLogLinesPerSecond;
    allowed_ = std::min(allowed_, kLogBurst);
    refilled_ = now;
    if (allowed_ < 1 && line.level < spdlog::level::critical) {
      ++left_out_;
      return;
    }
    if (left_out_ > 0) {
      const std::string text = fmt::format("{} lines left out", left_out_);
      left_out_ = 0;
      out_.log(spdlog::details::log_msg(line.logger_name, spdlog::level::warn, text));
    }
    allowed_ -= 1;
    out_.log(line);
  }
  void flush_() override { out_.flush(); }
  void set_pattern_(const std::string& pattern) override { out_.set_pattern(pattern); }
  void set_formatter_(std::unique_ptr<spdlog::formatter> formatter) override {
    out_.set_formatter(std::move(formatter));
  }

  spdlog::sinks::stderr_color_sink_st out_;
  Clock::time_point refilled_ = Clock::now();
  double allowed_ = kLogBurst;
  size_t left_out_ = 0;
};

}  // namespace

void SetUpLog(bool is_json) {
  auto logger = std::make_shared<spdlog::logger>("copydesk", std::make_shared<RateLimited>());
  if (is_json) {
    logger->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    logger->set_pattern(kTextPattern, spdlog::pattern_time_type::utc);
  }
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace copydesk
