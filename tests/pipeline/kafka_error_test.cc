// What each error of librdkafka asks for, and how a retriable one is tried again.
#include <gtest/gtest.h>

#include "pipeline/kafka/error.h"

namespace copydesk {
namespace {

struct Case {
  const char* name;
  rd_kafka_resp_err_t code;
  KafkaErrorKind kind;
  absl::StatusCode status;
};

constexpr Case kCases[] = {
    {"broker away", RD_KAFKA_RESP_ERR__TRANSPORT, KafkaErrorKind::kRetriable,
     absl::StatusCode::kUnavailable},
    {"all brokers away", RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, KafkaErrorKind::kRetriable,
     absl::StatusCode::kUnavailable},
    {"coordinator moves", RD_KAFKA_RESP_ERR_NOT_COORDINATOR, KafkaErrorKind::kRetriable,
     absl::StatusCode::kUnavailable},
    {"last transaction still ending", RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
     KafkaErrorKind::kRetriable, absl::StatusCode::kUnavailable},
    {"group moving", RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, KafkaErrorKind::kRetriable,
     absl::StatusCode::kUnavailable},
    {"group has moved on", RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, KafkaErrorKind::kAbortable,
     absl::StatusCode::kAborted},
    {"no longer a member", RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, KafkaErrorKind::kAbortable,
     absl::StatusCode::kAborted},
    {"given up waiting", RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, KafkaErrorKind::kAbortable,
     absl::StatusCode::kAborted},
    {"too large", RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, KafkaErrorKind::kRefused,
     absl::StatusCode::kInvalidArgument},
    {"not valid", RD_KAFKA_RESP_ERR_INVALID_RECORD, KafkaErrorKind::kRefused,
     absl::StatusCode::kInvalidArgument},
    {"fenced by a successor", RD_KAFKA_RESP_ERR__FENCED, KafkaErrorKind::kFatal,
     absl::StatusCode::kInternal},
    {"old epoch", RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, KafkaErrorKind::kFatal,
     absl::StatusCode::kInternal},
    {"same static member elsewhere", RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, KafkaErrorKind::kFatal,
     absl::StatusCode::kInternal},
    {"not authorised", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, KafkaErrorKind::kFatal,
     absl::StatusCode::kInternal},
    {"no such topic", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, KafkaErrorKind::kFatal,
     absl::StatusCode::kNotFound},
    // Of no name yet, but of the enum's range.
    {"never heard of", static_cast<rd_kafka_resp_err_t>(250), KafkaErrorKind::kFatal,
     absl::StatusCode::kInternal},
};

TEST(KafkaError, AsksForWhatItIs) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.kind, KindOf(c.code));
    const absl::Status status = ToStatus(c.code, "writing a poem");
    EXPECT_EQ(c.status, status.code());
    EXPECT_NE(std::string::npos, std::string(status.message()).find("writing a poem"));
  }
  EXPECT_TRUE(ToStatus(RD_KAFKA_RESP_ERR_NO_ERROR, "nothing").ok());
  EXPECT_TRUE(ToStatus(nullptr, "nothing").ok());
}

// librdkafka says "fenced by a newer instance" where there need be none.
TEST(KafkaError, SaysWhatToDoWhereItsTextDoesNot) {
  EXPECT_NE(std::string::npos, std::string(ToStatus(RD_KAFKA_RESP_ERR__FENCED, "writing").message())
                                   .find("transaction.timeout.ms"));
  EXPECT_EQ("", RemedyOf(RD_KAFKA_RESP_ERR__TRANSPORT));
}

TEST(KafkaError, OfATransactionIsMarkedByLibrdkafka) {
  // Calls a transaction's functions out of turn: the marks cannot be made by hand.
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "transactional.id", "t", nullptr, 0);
  rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", nullptr, 0);
  rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
  ASSERT_NE(nullptr, client);
  const absl::Status early = ToStatus(rd_kafka_begin_transaction(client), "beginning");
  EXPECT_EQ(absl::StatusCode::kInternal, early.code()) << early;
  const absl::Status away = ToStatus(rd_kafka_init_transactions(client, 50), "starting");
  EXPECT_EQ(absl::StatusCode::kUnavailable, away.code()) << away;
  rd_kafka_destroy(client);
}

TEST(KafkaError, RetriesWhatIsUnavailableUntilItIsNot) {
  int calls = 0, retries = 0;
  const absl::Status status = Retry(
      std::chrono::minutes(1),
      [&] { return ++calls < 4 ? absl::UnavailableError("busy") : absl::OkStatus(); },
      [&](const absl::Status& failed) {
        EXPECT_EQ("busy", std::string(failed.message()));
        ++retries;
      });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(4, calls);
  EXPECT_EQ(3, retries);
}

TEST(KafkaError, RetriesNothingElseAndNotForEver) {
  int calls = 0;
  const auto ignore = [](const absl::Status&) {};
  const auto abort = [&] { return ++calls, absl::AbortedError("gone"); };
  EXPECT_TRUE(absl::IsAborted(Retry(std::chrono::minutes(1), abort, ignore)));
  EXPECT_EQ(1, calls);
  const auto busy = [&] { return ++calls, absl::UnavailableError("busy"); };
  EXPECT_TRUE(absl::IsUnavailable(Retry(std::chrono::milliseconds(30), busy, ignore)));
  EXPECT_GT(calls, 1);
}

}  // namespace
}  // namespace copydesk
