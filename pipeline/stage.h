// What a stage is: a deployable unit that works on batches of items and decides what becomes of
// each.
//
// An item is one consumed record on its way through the chain: the record as it was read, the
// payload a codec made of it (a story), and its outcome. A stage reads and changes payloads and
// may end an item's way: divert it to a named output, hold it, or set it aside as a dead letter.
// Items it leaves alone go on to the next stage. Whatever its outcome each item ends in exactly one
// place, and the counters say where.
//
// Lifecycle: a StageFactory is made once per worker, from the configuration, and holds what all
//            tasks share (immutable); it makes one Stage for each task (an input partition).
// Threads:   a stage is used by the one thread that has its task; a factory is thread-safe.
// Errors:    set-up errors are absl::Status from the factory's maker; a record's error is a dead
// letter.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/record.h"
#include "pipeline/state.h"

namespace copydesk {

// What a codec makes of a record's value. Only the stages know what is inside.
class Payload {
 public:
  virtual ~Payload() = default;
};

enum class Outcome : uint8_t {
  kPublish,     // goes on; at the chain's end it is published
  kDivert,      // goes to the output named by Item::output instead
  kHold,        // goes to the output "held", to be fed back later
  kDeadLetter,  // its original bytes go to the output "deadletter"
};

// Why a record was set aside.
struct Failure {
  std::string_view code;  // one of a bounded set, in static storage: it is a metric label
  std::string message;    // what, where, and what was expected
};

struct Item {
  Record record;
  std::unique_ptr<Payload> payload;
  Outcome outcome = Outcome::kPublish;
  // With kDivert: the output's name ("duplicates"), in static storage.
  std::string_view output;
  // With kDeadLetter: which stage set it aside, and why.
  std::string_view failed_stage;
  Failure failure;
  // With kPublish: the topics it goes to beside the topology's `published` output. Static storage.
  std::vector<std::string_view> routes;
  // With kPublish: the key it leaves with. Unset means the key it came with.
  bool has_new_key = false;
  std::string new_key;
  // For latency: when the story was made, ms since the epoch; -1 when unknown.
  int64_t story_time_ms = -1;
};

// What a stage may do beside changing its items. Valid during one Process() call.
class StageContext {
 public:
  virtual ~StageContext() = default;
  // Sends a record of the stage's own to the output named `output` (a recall, say). Only topic-less
  // fields are read: key, value, headers. It leaves before the items of this batch.
  virtual void Emit(std::string_view output, Record record) = 0;
  // Counts something worth a metric: copydesk_stage_events_total{stage,event}. `event` has static
  // storage.
  virtual void Count(std::string_view event, uint64_t n = 1) = 0;
  // How much the stage holds now of `what` ("stories", "bytes"; static storage):
  // copydesk_stage_size{stage,what}, the sum over the tasks.
  virtual void Size(std::string_view /*what*/, size_t /*n*/) {}
};

class Stage {
 public:
  virtual ~Stage() = default;
  // Works on the items in their order. All of them have the outcome kPublish when it is called.
  virtual void Process(std::span<Item* const> items, StageContext& context) = 0;
  // What it remembers from batch to batch, for the runtime to keep; nullptr when that is nothing:
  // such a stage may be made anew between two batches, when a large record made its scratch grow.
  virtual StageState* state() { return nullptr; }
};

class StageFactory {
 public:
  virtual ~StageFactory() = default;
  // A new stage for one task. Lives no longer than the factory.
  virtual std::unique_ptr<Stage> Make() const = 0;
  // True when its stages have a state().
  virtual bool has_state() const { return false; }
  // The outputs it diverts to or emits on, and "held" when it may hold.
  virtual std::vector<std::string_view> outputs() const { return {}; }
  // The topics it may route items to, beside outputs.
  virtual std::vector<std::string_view> topics() const { return {}; }

  // The version of what its stages share and may be replaced under way (a dictionary); "" where
  // there is no such thing.
  virtual std::string version() const { return {}; }
  // Takes a newer version of that where there is one: stages go over to it at their next batch.
  // `is_asked`: somebody asked for it; else only what can be told to be new at little cost is
  // looked at. Returns whether the version is another now; an error is why a new one was refused.
  // Called by one thread, which is none of the stream threads; may take seconds.
  virtual absl::StatusOr<bool> Reload(bool /*is_asked*/) { return false; }
};

// Turns a record's value into a payload and back.
class Codec {
 public:
  virtual ~Codec() = default;
  virtual std::unique_ptr<Payload> MakePayload() const = 0;
  // Fills item.payload from item.record. On failure fills item.failure and returns false.
  virtual bool Decode(Item& item) = 0;
  // Replaces *value by the item's encoded form.
  virtual void Encode(const Item& item, std::string* value) = 0;
};

class CodecFactory {
 public:
  virtual ~CodecFactory() = default;
  virtual std::unique_ptr<Codec> Make() const = 0;
};

}  // namespace copydesk
