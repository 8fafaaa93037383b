#include "pipeline/kafka/fetch_waker.h"

#include <cstdlib>

namespace copydesk {
namespace {

constexpr int kFirstWithBackoff = 0x020200ff;
constexpr size_t kWakesAQueue = 8;

// The value of a number among the client's properties.
size_t NumberOf(rd_kafka_t* client, const char* name) {
  char value[32] = "";
  size_t size = sizeof(value);
  rd_kafka_conf_get(rd_kafka_conf(client), name, value, &size);
  return std::strtoull(value, nullptr, 10);
}

std::string ValueOf(const KafkaProperties& properties, const char* name) {
  const auto found = properties.find(name);
  return found == properties.end() ? "" : found->second;
}

}  // namespace

KafkaProperties FetchWaker::Defaults() {
  if (rd_kafka_version() < kFirstWithBackoff) return {};
  return {{"fetch.queue.backoff.ms", "10"}};
}

FetchWaker::FetchWaker(rd_kafka_t* client, const KafkaProperties& properties)
    : client_(client),
      user_(ValueOf(properties, "sasl.username")),
      password_(ValueOf(properties, "sasl.password")),
      bytes_max_((NumberOf(client, "queued.max.messages.kbytes") << 10) / kWakesAQueue),
      records_max_(NumberOf(client, "queued.min.messages") / kWakesAQueue) {
  // Where who logs in has no name (Kerberos, a token), none is given to it.
  const std::string protocol = ValueOf(properties, "security.protocol");
  const bool has_login = protocol.rfind("sasl", 0) == 0 || protocol.rfind("SASL", 0) == 0;
  needs_waking_ = rd_kafka_version() < kFirstWithBackoff && (!has_login || !user_.empty());
}

void FetchWaker::Wake() const {
  rd_kafka_error_destroy(rd_kafka_sasl_set_credentials(client_, user_.c_str(), password_.c_str()));
}

}  // namespace copydesk
