#include "pipeline/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <list>

namespace copydesk {
namespace {

constexpr size_t kHeaderBytesMax = 16 << 10;
constexpr unsigned kIdleSecondsMax = 5;
constexpr int kBacklog = 128;

struct Reply {
  unsigned status = MHD_HTTP_OK;
  std::string_view type = "text/plain";
  std::string body;
};

MHD_Result Send(MHD_Connection* connection, const Reply& reply) {
  MHD_Response* response = MHD_create_response_from_buffer(
      reply.body.size(), const_cast<char*>(reply.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  const std::pair<const char*, std::string> headers[] = {
      {"Content-Type", std::string(reply.type)},
      {"Cache-Control", "no-store"},
      {"Connection", "close"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
       "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
  };
  for (const auto& [name, value] : headers) MHD_add_response_header(response, name, value.c_str());
  const MHD_Result result = MHD_queue_response(connection, reply.status, response);
  MHD_destroy_response(response);
  return result;
}

MHD_Result TakeArgument(void* closure, MHD_ValueKind /*kind*/, const char* name,
                        const char* value) {
  (*static_cast<HttpServer::Arguments*>(closure))[name] = value == nullptr ? "" : value;
  return MHD_YES;
}

// True for the names by which a machine calls itself. `host` may have a port. A name that merely
// begins with 127. is anybody's, and may be made to point here.
bool IsLoopbackName(std::string_view host) {
  if (host == "[::1]" || host.starts_with("[::1]:")) return true;
  const std::string name(host.substr(0, host.find(':')));
  in_addr address = {};
  if (inet_pton(AF_INET, name.c_str(), &address) == 1) {
    return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  return name == "localhost" || name.ends_with(".localhost");
}

bool IsLoopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto& v4 = *reinterpret_cast<const sockaddr_in*>(address);
    return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

}  // namespace

struct HttpServer::Impl {
  Pages pages;
  bool is_loopback = true;
  int port = 0;
  std::list<int> open;  // sockets of connections, the oldest first; the server thread's
  MHD_Daemon* daemon = nullptr;

  ~Impl() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }

  Reply Answer(MHD_Connection* connection, std::string_view path, std::string_view method) const;
  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* path,
                              const char* method, const char* version, const char* upload,
                              size_t* upload_size, void** state);
  static void OnConnection(void* self, MHD_Connection* connection, void** state,
                           MHD_ConnectionNotificationCode code);
};

Reply HttpServer::Impl::Answer(MHD_Connection* connection, std::string_view path,
                               std::string_view method) const {
  if (method != "GET" && method != "HEAD") {
    return {MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", "only GET and HEAD\n"};
  }
  const char* host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
  if (is_loopback && host != nullptr && !IsLoopbackName(host)) {
    return {MHD_HTTP_FORBIDDEN, "text/plain",
            "asked for under a name that is not this machine's loopback; to serve others, set "
            "http.address\n"};
  }
  if (path == "/metrics") {
    return {MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", pages.metrics()};
  }
  if (path == "/live") return {MHD_HTTP_OK, "text/plain", "live\n"};
  if (path == "/ready") {
    if (pages.is_ready()) return {MHD_HTTP_OK, "text/plain", "ready\n"};
    return {MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", "not ready\n"};
  }
  const auto page = pages.more.find(path);
  if (page == pages.more.end()) {
    std::string names = "/metrics, /live, /ready";
    for (const auto& [name, unused] : pages.more) names += ", " + name;
    return {MHD_HTTP_NOT_FOUND, "text/plain", fmt::format("no such page; there are {}\n", names)};
  }
  Arguments arguments;
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, TakeArgument, &arguments);
  return {MHD_HTTP_OK, page->second.type, page->second.content(arguments)};
}

MHD_Result HttpServer::Impl::OnRequest(void* self, MHD_Connection* connection, const char* path,
                                       const char* method, const char* /*version*/,
                                       const char* /*upload*/, size_t* /*upload_size*/,
                                       void** /*state*/) {
  // Answered before any body is read: nothing is uploaded here.
  return Send(connection, static_cast<Impl*>(self)->Answer(connection, path, method));
}

void HttpServer::Impl::OnConnection(void* self, MHD_Connection* connection, void** state,
                                    MHD_ConnectionNotificationCode code) {
  auto& open = static_cast<Impl*>(self)->open;
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    open.push_back(info->connect_fd);
    // A request of an honest client is over in no time: the oldest is the slowest.
    if (open.size() > kConnectionsMax) {
      shutdown(open.front(), SHUT_RDWR);
      open.pop_front();
    }
  } else {
    open.remove(info->connect_fd);
  }
  *state = nullptr;
}

namespace {

// A listening socket, or -1 with errno set. *is_loopback and *port tell of where it listens.
int Listen(const std::string& address, int port, bool* is_loopback, int* bound_port) {
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    errno = EADDRNOTAVAIL;
    return -1;
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  const int listener = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return -1;
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  if (bind(listener, found->ai_addr, found->ai_addrlen) != 0 || listen(listener, kBacklog) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    const int error = errno;
    close(listener);
    errno = error;
    return -1;
  }
  *is_loopback = IsLoopback(found->ai_addr);
  // The port stands at the same place in both kinds of address.
  *bound_port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
  return listener;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& address, int port,
                                                              Pages pages) {
  auto impl = std::make_unique<Impl>();
  impl->pages = std::move(pages);
  const int listener = Listen(address, port, &impl->is_loopback, &impl->port);
  if (listener < 0) {
    return absl::UnavailableError(
        fmt::format("http: cannot listen on {}:{}: {}", address, port, std::strerror(errno)));
  }
  impl->daemon = MHD_start_daemon(
      MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, nullptr, nullptr, Impl::OnRequest,
      impl.get(), MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_TIMEOUT,
      kIdleSecondsMax, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kHeaderBytesMax,
      MHD_OPTION_CONNECTION_LIMIT, kConnectionsMax + kBacklog, MHD_OPTION_NOTIFY_CONNECTION,
      Impl::OnConnection, impl.get(), MHD_OPTION_END);
  if (impl->daemon == nullptr) {
    close(listener);
    return absl::InternalError("http: the server's thread cannot be started");
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const { return impl_->port; }

}  // namespace copydesk
