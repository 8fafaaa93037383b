// Keeps a consumer's client fetching when its queue was full.
//
// Once the queue is as full as queued.max.messages.kbytes or queued.min.messages say, librdkafka
// looks at it again after a second, however soon it is read empty (confluentinc/librdkafka#2879):
// what reads more than a queue a second stands still for the rest of each. From 2.2.0 on the
// property fetch.queue.backoff.ms says how soon it looks. The threads of older ones sleep, and
// nothing in the API is there to wake them; that new SASL credentials are set does so, and means
// nothing else when they are the old ones.
//
// Threads: that of the consumer. Errors: none.
// Cost:    an addition a record; eight wake-ups a queue that was read, some microseconds each.
#pragma once

#include <cstddef>
#include <string>

#include "pipeline/kafka/client.h"

namespace copydesk {

class FetchWaker {
 public:
  // To be among a consumer's defaults.
  static KafkaProperties Defaults();

  // `properties`: what the client was made with. REQUIRES: the client outlives it.
  FetchWaker(rd_kafka_t* client, const KafkaProperties& properties);

  // A record of so many bytes was read from the queue.
  void Take(size_t bytes) {
    bytes_ += bytes;
    if (bytes_ < bytes_max_ && ++records_ < records_max_) return;
    bytes_ = records_ = 0;
    if (needs_waking_) Wake();
  }

 private:
  void Wake() const;

  rd_kafka_t* const client_;
  std::string user_, password_;
  bool needs_waking_ = false;
  size_t bytes_ = 0, records_ = 0;  // since the last wake-up
  size_t bytes_max_ = 0, records_max_ = 0;
};

}  // namespace copydesk
