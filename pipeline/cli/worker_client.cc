#include "pipeline/cli/worker_client.h"

#include <civetweb.h>
#include <fmt/format.h>

#include <charconv>
#include <memory>

namespace copydesk {
namespace {

constexpr int kDefaultPort = 9464;
constexpr int kTimeoutMs = 5000;
constexpr size_t kAnswerBytesMax = 64 << 20;

}  // namespace

absl::StatusOr<WorkerClient> WorkerClient::Make(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  const auto wrong = [&] {
    return absl::InvalidArgumentError(
        fmt::format("'{}': expected a worker's address such as {}", url, kDefaultWorkerUrl));
  };
  std::string_view rest = url;
  if (rest.substr(0, kScheme.size()) == kScheme) rest.remove_prefix(kScheme.size());
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  WorkerClient client;
  client.port_ = kDefaultPort;
  const size_t bracket = rest.find(']');  // of an IPv6 address
  const size_t colon = rest.find(':', bracket == rest.npos ? 0 : bracket);
  if (colon != rest.npos) {
    const std::string_view port = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), client.port_);
    if (error != std::errc() || end != port.data() + port.size()) return wrong();
    rest = rest.substr(0, colon);
  }
  if (rest.empty() || rest.find('/') != rest.npos) return wrong();
  client.host_ = std::string(rest);
  return client;
}

std::string WorkerClient::address() const { return fmt::format("{}:{}", host_, port_); }

absl::StatusOr<rapidjson::Document> WorkerClient::Get(const std::string& path) const {
  char reason[256] = "";
  const auto fail = [&](std::string_view what) {
    return absl::UnavailableError(fmt::format("no worker answers at {}: {}", address(), what));
  };
  std::string host = host_;
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  const std::unique_ptr<mg_connection, decltype(&mg_close_connection)> connection(
      mg_connect_client(host.c_str(), port_, /*use_ssl=*/0, reason, sizeof(reason)),
      mg_close_connection);
  if (connection == nullptr) return fail(reason);
  const std::string request = fmt::format("GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", path, address());
  mg_write(connection.get(), request.data(), request.size());
  if (mg_get_response(connection.get(), reason, sizeof(reason), kTimeoutMs) < 0) {
    return fail(reason);
  }
  const int status = mg_get_response_info(connection.get())->status_code;
  std::string answer;
  char chunk[16 << 10];
  int got = 0;
  while (answer.size() < kAnswerBytesMax &&
         (got = mg_read(connection.get(), chunk, sizeof(chunk))) > 0) {
    answer.append(chunk, static_cast<size_t>(got));
  }
  if (status != 200) return fail(fmt::format("status {}", status));
  rapidjson::Document document;
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  if (document.Parse<kFlags>(answer.data(), answer.size()).HasParseError() ||
      !document.IsObject()) {
    return fail("what it answers is not what a worker says");
  }
  if (document.HasMember("error") && document["error"].IsString()) {
    return absl::InvalidArgumentError(document["error"].GetString());
  }
  return document;
}

}  // namespace copydesk
