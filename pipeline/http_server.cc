#include "pipeline/http_server.h"

#include <civetweb.h>
#include <fmt/format.h>

#include <cstring>

namespace copydesk {

struct HttpServer::Impl {
  Pages pages;
  std::string start_error;
  mg_context* context = nullptr;
};

namespace {

int Reply(mg_connection* connection, int status, const char* reason, const char* type,
          const std::string& body) {
  const std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
      status, reason, type, body.size());
  mg_write(connection, head.data(), head.size());
  const bool is_head = std::strcmp(mg_get_request_info(connection)->request_method, "HEAD") == 0;
  if (!is_head) mg_write(connection, body.data(), body.size());
  return status;
}

// Refuses what is neither GET nor HEAD. Returns 0 when the request may go on.
int RefuseMethod(mg_connection* connection) {
  const char* method = mg_get_request_info(connection)->request_method;
  if (std::strcmp(method, "GET") == 0 || std::strcmp(method, "HEAD") == 0) return 0;
  return Reply(connection, 405, "Method Not Allowed", "text/plain", "only GET and HEAD\n");
}

int ServeMetrics(mg_connection* connection, void* data) {
  if (const int refused = RefuseMethod(connection)) return refused;
  const auto& impl = *static_cast<HttpServer::Pages*>(data);
  return Reply(connection, 200, "OK", "text/plain; version=0.0.4; charset=utf-8", impl.metrics());
}

int ServeLive(mg_connection* connection, void* /*data*/) {
  if (const int refused = RefuseMethod(connection)) return refused;
  return Reply(connection, 200, "OK", "text/plain", "live\n");
}

int ServeReady(mg_connection* connection, void* data) {
  if (const int refused = RefuseMethod(connection)) return refused;
  if (static_cast<HttpServer::Pages*>(data)->is_ready()) {
    return Reply(connection, 200, "OK", "text/plain", "ready\n");
  }
  return Reply(connection, 503, "Service Unavailable", "text/plain", "not ready\n");
}

int ServeNothing(mg_connection* connection, void* /*data*/) {
  return Reply(connection, 404, "Not Found", "text/plain",
               "no such page; there are /metrics, /live and /ready\n");
}

int KeepStartError(const mg_connection* connection, const char* text) {
  auto* impl = static_cast<std::string*>(mg_get_user_data(mg_get_context(connection)));
  if (impl->empty()) *impl = text;
  return 1;  // handled: nothing goes to standard error
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& address, int port,
                                                              Pages pages) {
  auto impl = std::make_unique<Impl>();
  impl->pages = std::move(pages);
  const std::string host =
      address.find(':') == std::string::npos ? address : fmt::format("[{}]", address);  // IPv6
  const std::string bound = fmt::format("{}:{}", host, port);
  const char* options[] = {"listening_ports",
                           bound.c_str(),
                           "num_threads",
                           "4",
                           "request_timeout_ms",
                           "5000",
                           "connection_queue",
                           "64",
                           "enable_keep_alive",
                           "no",
                           nullptr};
  mg_callbacks callbacks = {};
  callbacks.log_message = KeepStartError;
  impl->context = mg_start(&callbacks, &impl->start_error, options);
  if (impl->context == nullptr) {
    return absl::UnavailableError(fmt::format(
        "http: cannot listen on {}: {}", bound,
        impl->start_error.empty() ? "address in use or not this machine's" : impl->start_error));
  }
  mg_set_request_handler(impl->context, "/metrics$", ServeMetrics, &impl->pages);
  mg_set_request_handler(impl->context, "/live$", ServeLive, nullptr);
  mg_set_request_handler(impl->context, "/ready$", ServeReady, &impl->pages);
  mg_set_request_handler(impl->context, "**", ServeNothing, nullptr);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { mg_stop(impl_->context); }

int HttpServer::port() const {
  mg_server_port ports[1] = {};
  return mg_get_server_ports(impl_->context, 1, ports) == 1 ? ports[0].port : 0;
}

}  // namespace copydesk
