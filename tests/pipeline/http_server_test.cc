#include "pipeline/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace copydesk {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Sends `request` as it stands and returns all that is answered.
std::string Ask(int port, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return "(no connection)";
  }
  if (write(fd, request.data(), request.size()) < 0) return "(not sent)";
  std::string answer;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof(buffer))) > 0)
    answer.append(buffer, static_cast<size_t>(got));
  close(fd);
  return answer;
}

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<HttpServer>> started = HttpServer::Start(
        "127.0.0.1", 0,
        {[] { return std::string("a_metric 1\n"); }, [this] { return is_ready_.load(); }});
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }
  std::string Get(const std::string& path) {
    return Ask(server_->port(), "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  std::unique_ptr<HttpServer> server_;
  std::atomic<bool> is_ready_ = false;
};

TEST_F(HttpServerTest, ServesMetricsAndHealth) {
  EXPECT_THAT(Get("/metrics"), HasSubstr("a_metric 1"));
  EXPECT_THAT(Get("/live"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/ready"), StartsWith("HTTP/1.1 503"));
  is_ready_ = true;
  EXPECT_THAT(Get("/ready"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/../etc/passwd"), testing::Not(HasSubstr("root:")));
  EXPECT_THAT(Get("/nothing"), StartsWith("HTTP/1.1 404"));
}

TEST_F(HttpServerTest, RefusesOtherMethodsAndSurvivesGarbage) {
  EXPECT_THAT(
      Ask(server_->port(), "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
      StartsWith("HTTP/1.1 405"));
  Ask(server_->port(), "\x01\x02\x03\r\n\r\n");
  Ask(server_->port(), "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(Get("/live"), StartsWith("HTTP/1.1 200"));
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
