// The worker's HTTP side: /metrics (Prometheus text), /live and /ready.
//
// Read-only, and bound to loopback unless configured otherwise.
//
// Threads:  civetweb's own; the call-backs given are called on them.
// Limits:   4 threads, 5 s a request, 64 queued connections: a slow client takes one thread for 5
// s. Errors:   Start() names the address when it cannot be bound.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace copydesk {

class HttpServer {
 public:
  struct Pages {
    std::function<std::string()> metrics;
    // True when every stream thread works on its partitions.
    std::function<bool()> is_ready;
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
