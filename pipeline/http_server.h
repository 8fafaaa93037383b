// The worker's HTTP side: /metrics (Prometheus text), /live, /ready, and pages given by name.
//
// Read-only, and bound to loopback unless configured otherwise. While it is, a request whose Host
// is another machine's name is refused: a page of the open web must not read stories through a name
// that it lets point here.
//
// Threads:  one of its own, which never waits for a client; the call-backs given are called on it.
// Limits:   16 KB a request's headers, 5 s without a byte, kConnectionsMax connections: one more
//           closes the oldest, so that slow clients never keep a probe out.
// Errors:   Start() names the address when it cannot be bound.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace copydesk {

class HttpServer {
 public:
  static constexpr unsigned kConnectionsMax = 256;

  // The arguments behind the path's '?'.
  using Arguments = std::map<std::string, std::string, std::less<>>;
  struct Page {
    std::string type;  // its MIME type
    std::function<std::string(const Arguments&)> content;
  };
  struct Pages {
    std::function<std::string()> metrics;
    // True when every stream thread works on its partitions.
    std::function<bool()> is_ready;
    std::map<std::string, Page, std::less<>> more = {};  // by path, such as "/topology.svg"
  };

  // Port 0 takes a free one.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& address, int port,
                                                           Pages pages);
  ~HttpServer();

  int port() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace copydesk
