// Asks a running worker for its pages: for `copydesk top` and `copydesk tap`.
//
// Threads: one thread.
// Errors:  absl::Status that names the address; a worker that does not answer within 5 s is an
// error.
#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace copydesk {

inline constexpr std::string_view kDefaultWorkerUrl = "http://127.0.0.1:9464";

class WorkerClient {
 public:
  // `url` is http://host:port, the port 9464 when it names none.
  static absl::StatusOr<WorkerClient> Make(std::string_view url);

  // What the worker answers for `path`, with its query, as a JSON object.
  absl::StatusOr<rapidjson::Document> Get(const std::string& path) const;

  // host:port.
  std::string address() const;

 private:
  std::string host_;
  int port_ = 0;
};

}  // namespace copydesk
