#include "tests/support/worker.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"

namespace copydesk {
namespace {

// Longer than the embedded broker takes to form a group.
constexpr std::chrono::seconds kReadyTimeout{40};
constexpr std::chrono::seconds kStopTimeout{40};

std::vector<std::string> CommandLine(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), COPYDESK_BINARY);
  return arguments;
}

std::vector<std::string> RunCommandLine(const std::string& config,
                                        const std::vector<std::string>& more) {
  std::vector<std::string> command = CommandLine({"run", "-c", config});
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

// The number behind the last `words` in `text`, or 0.
int64_t NumberBehind(std::string_view text, std::string_view words) {
  const size_t at = text.rfind(words);
  return at == std::string_view::npos ? 0 : std::atoll(text.data() + at + words.size());
}

}  // namespace

std::string WorkerConfig::Text() const {
  std::string text = fmt::format("name: {}\n{}\nhttp: {{port: 0}}\n", name, more);
  text +=
      fmt::format("source: {{topics: [{}], lost: {}}}\nstages:\n", fmt::join(topics, ", "), lost);
  for (const std::string& stage : stages) text += fmt::format("  - {}\n", stage);
  text += "outputs:\n";
  for (const auto& [output, topic] : outputs) text += fmt::format("  {}: {}\n", output, topic);
  text += fmt::format("kafka:\n  bootstrap.servers: {}\n", brokers);
  for (const auto& [property, value] : kafka) text += fmt::format("  {}: {}\n", property, value);
  return text;
}

std::vector<std::string> NewswireStages() {
  return {fmt::format("normalize: {{boilerplate: {}/configs/boilerplate.yaml}}", COPYDESK_ROOT),
          "deduplicate: {window: 72h, embargo: hold}",
          fmt::format("tag: {{dictionary: [{}/configs/dictionaries/*.jsonl]}}", COPYDESK_ROOT),
          "publish: {key: uri}"};
}

std::vector<std::string> CountingStages() {
  return {"normalize: {}", "deduplicate: {window: 72h, embargo: hold, near_duplicates: off}",
          "publish: {key: uri}"};
}

WorkerProcess::WorkerProcess(const WorkerConfig& config, const std::vector<std::string>& arguments)
    : config_(folder_.Write("topology.yaml", config.Text())),
      process_(RunCommandLine(config_, arguments)) {}

bool WorkerProcess::WaitUntilReady() {
  const bool is_ready =
      WaitUntil([this] { return !process_.is_running() || Get("/ready").find("200 OK") < 20; },
                kReadyTimeout);
  if (is_ready && process_.is_running()) return true;
  std::fprintf(stderr, "not ready:\n%s", process_.err().c_str());
  return false;
}

bool WorkerProcess::WaitUntilEnded(int64_t records, std::chrono::seconds timeout) {
  const bool have_ended =
      WaitUntil([&] { return !process_.is_running() || books().ended() >= records; }, timeout);
  if (have_ended && process_.is_running()) return true;
  std::fprintf(stderr, "%lld of %lld records ended:\n%s", static_cast<long long>(books().ended()),
               static_cast<long long>(records), process_.err().c_str());
  return false;
}

std::optional<int> WorkerProcess::Stop() {
  process_.Signal(SIGTERM);
  return process_.Wait(kStopTimeout);
}

std::string WorkerProcess::Get(std::string_view page) {
  if (port_ == 0) {
    port_ = static_cast<int>(NumberBehind(process_.err(), "metrics at http://127.0.0.1:"));
    if (port_ == 0) return "";
  }
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string reply;
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = fmt::format("GET {} HTTP/1.0\r\n\r\n", page);
    char chunk[4096];
    ssize_t got = send(connection, request.data(), request.size(), MSG_NOSIGNAL);
    while (got > 0 && (got = recv(connection, chunk, sizeof(chunk), 0)) > 0) {
      reply.append(chunk, static_cast<size_t>(got));
    }
  }
  close(connection);
  return reply;
}

double WorkerProcess::Metric(std::string_view name) {
  const std::string page = Get("/metrics");
  const std::string line = fmt::format("\n{} ", name);
  const size_t at = page.find(line);
  return at == std::string::npos ? 0 : std::atof(page.c_str() + at + line.size());
}

Books WorkerProcess::books() {
  const std::string page = Get("/metrics");
  const auto sink = [&](std::string_view outcome) {
    return NumberBehind(page,
                        fmt::format("\ncopydesk_sink_records_total{{outcome=\"{}\"}} ", outcome));
  };
  return {NumberBehind(page, "\ncopydesk_source_records_total "), sink("published"),
          sink("diverted"), sink("held"), sink("dead-lettered")};
}

Books WorkerProcess::LastBooks() const {
  const std::string log = process_.err();
  const size_t at = log.rfind(": consumed ");
  const std::string_view line = std::string_view(log).substr(at == log.npos ? log.size() : at);
  return {NumberBehind(line, ": consumed "), NumberBehind(line, "= published "),
          NumberBehind(line, "+ diverted "), NumberBehind(line, "+ held "),
          NumberBehind(line, "+ dead-lettered ")};
}

Finished RunCopydesk(const std::vector<std::string>& arguments, std::chrono::seconds timeout) {
  return RunToEnd(CommandLine(arguments), timeout);
}

}  // namespace copydesk
