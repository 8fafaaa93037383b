#include "pipeline/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace copydesk {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A connection to the server, or -1.
int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval timeout = {30, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
}

std::string ReadAll(int fd) {
  std::string answer;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
    answer.append(buffer, static_cast<size_t>(got));
  }
  return answer;
}

// Sends `request` as it stands and returns all that is answered.
std::string Ask(int port, const std::string& request) {
  const int fd = Connect(port);
  if (fd < 0) return "(no connection)";
  // The server may have closed by then; what it answered can still be read.
  send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  std::string answer = ReadAll(fd);
  close(fd);
  return answer;
}

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    HttpServer::Pages pages = {[this] { return metrics_; }, [this] { return is_ready_.load(); }};
    pages.more["/echo"] = {"text/plain", [](const HttpServer::Arguments& arguments) {
                             std::string text;
                             for (const auto& [name, value] : arguments) {
                               text += fmt::format("{}={};", name, value);
                             }
                             return text;
                           }};
    absl::StatusOr<std::unique_ptr<HttpServer>> started =
        HttpServer::Start("127.0.0.1", 0, std::move(pages));
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }
  std::string Get(const std::string& path, const std::string& host = "127.0.0.1:9464") {
    return Ask(server_->port(), "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }
  std::string metrics_ = "a_metric 1\n";
  std::unique_ptr<HttpServer> server_;
  std::atomic<bool> is_ready_ = false;
};

TEST_F(HttpServerTest, ServesMetricsAndHealth) {
  EXPECT_THAT(Get("/metrics"), HasSubstr("a_metric 1"));
  EXPECT_THAT(Get("/live"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/ready"), StartsWith("HTTP/1.1 503"));
  is_ready_ = true;
  EXPECT_THAT(Get("/ready"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/../etc/passwd"), Not(HasSubstr("root:")));
  EXPECT_THAT(Get("/nothing"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Get("/echo?b=%3Cx%3E&a=1"), HasSubstr("a=1;b=<x>;"));
}

TEST_F(HttpServerTest, SendsNoBodyForHead) {
  const std::string answer =
      Ask(server_->port(), "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, Not(HasSubstr("a_metric")));
}

TEST_F(HttpServerTest, IsNotReadThroughAnotherMachinesName) {
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:9464",
                           "127.evil.example", "[::1].evil.example", "192.0.2.1:9464", ""}) {
    EXPECT_THAT(Get("/metrics", host), StartsWith("HTTP/1.1 403")) << host;
  }
  for (const char* host : {"localhost:9464", "[::1]:9464", "127.0.0.2", "desk.localhost"}) {
    EXPECT_THAT(Get("/metrics", host), StartsWith("HTTP/1.1 200")) << host;
  }
}

TEST_F(HttpServerTest, RefusesOtherMethodsAndSurvivesGarbage) {
  for (const char* method : {"POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "BREW"}) {
    EXPECT_THAT(
        Ask(server_->port(), std::string(method) + " /metrics HTTP/1.1\r\nHost: localhost\r\n"
                                                   "Content-Length: 4\r\n\r\nbody"),
        StartsWith("HTTP/1.1 405"))
        << method;
  }
  const std::string garbage[] = {
      std::string("\x01\x02\x03\r\n\r\n"),
      std::string(1000, '\0'),
      "GET\r\n\r\n",
      "GET /metrics HTTP/9.9\r\n\r\n",
      "GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nX: " + std::string(1'000'000, 'x') + "\r\n\r\n",
      "GET / HTTP/1.1\r\n" + std::string(100'000, '\n'),
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
      "GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
  };
  for (const std::string& request : garbage) Ask(server_->port(), request);
  EXPECT_THAT(Get("/live"), StartsWith("HTTP/1.1 200"));
}

// Connections that say nothing, half a request, a byte now and then, or never read the answer: more
// than the server keeps. It goes on answering others at once.
TEST_F(HttpServerTest, AnswersBesideHundredsOfSlowClients) {
  metrics_ = std::string(4 << 20, 'm');  // more than fits a socket's buffers
  const std::string openings[] = {"", "GET /metr", "GET /live HTTP/1.1\r\nHost: local",
                                  "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"};
  std::vector<int> slow;
  for (size_t i = 0; i < HttpServer::kConnectionsMax + 100; ++i) {
    const int fd = Connect(server_->port());
    ASSERT_GE(fd, 0) << i;
    const std::string& opening = openings[i % 4];
    send(fd, opening.data(), opening.size(), MSG_NOSIGNAL);
    slow.push_back(fd);
  }
  std::atomic<bool> should_stop = false;
  std::thread trickle([&] {
    while (!should_stop) {
      for (const int fd : slow) send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  for (int i = 0; i < 50; ++i) EXPECT_THAT(Get("/live"), StartsWith("HTTP/1.1 200")) << i;
  should_stop = true;
  trickle.join();
  for (const int fd : slow) close(fd);
  EXPECT_GT(Get("/metrics").size(), metrics_.size());
}

TEST_F(HttpServerTest, SaysWhenItsPortIsTaken) {
  const absl::StatusOr<std::unique_ptr<HttpServer>> second =
      HttpServer::Start("127.0.0.1", server_->port(), {});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(server_->port())));
}

}  // namespace
}  // namespace copydesk
