#!/usr/bin/env python3
"""Measures how long a story takes from topic to topic at half load, on a real Kafka.

    bench/latency.py [--records N] [--seconds N] [--rate RECORDS-A-SECOND]

Starts a broker (deploy/kafka) and the release build's worker on the usual chain, with a commit
every 100 ms: once exactly once, once at least once. First it works off a backlog of N records,
which says how much a second it can do; then half of that comes in, in steps of 5 ms over four
partitions, and a reader of committed records takes the time from each record's timestamp, which its
producer gave it, to its arrival at the end, wherever the story went. It takes one partition of each
output, and the first eight seconds do not count. All share the machine. It needs confluent-kafka.
"""

import argparse
import multiprocessing
import pathlib
import random
import tempfile
import time

from confluent_kafka import OFFSET_END, Consumer, Producer, TopicPartition

import tuning

WARM_UP_SECONDS = 8
SILENCE_SECONDS = 10
TICK_SECONDS = 0.005
PARTITIONS = 4
OUTPUTS = ["wire." + name for name in ("enriched", "duplicates", "recalls", "held", "deadletter")]


def unlike_stories(count, partitions):
    """Stories of about a kilobyte, none like another, made for the partitions in turn."""
    chance = random.Random(1)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    words = ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(20_000)]
    phrases = [" ".join(chance.choices(words, k=6)) for _ in range(50_000)]
    for number in range(count):
        text = ". ".join(phrase.capitalize() for phrase in chance.choices(phrases, k=23))
        yield (f'{{"uri": "urn:{number % partitions}:{number}", "version": "1", "headline": '
               f'"{words[number % 20_000].capitalize()} {number}", "body_text": "{text}."}}')


def feed(brokers, topic, partitions, rate, lines):
    """Sends the lines at `rate`, to the partitions in turn."""
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 1, "compression.type": "lz4",
                         "queue.buffering.max.messages": 1_000_000})
    producer.list_topics(topic)
    begin, sent = time.monotonic(), 0
    for line in lines:
        if sent >= (time.monotonic() - begin) * rate:
            producer.poll(0)
            time.sleep(TICK_SECONDS)
        while len(producer) > 200_000:
            producer.poll(0.01)
        producer.produce(topic, line, partition=sent % partitions)
        sent += 1
    producer.flush()


def arrivals(brokers, count=None):
    """Yields (time of the producer, time of arrival, value) of committed records, in seconds.

    All of `count`; without it those of one partition in four, until none has come for a while.
    """
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "latency",
                         "auto.offset.reset": "latest", "isolation.level": "read_committed",
                         "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, OFFSET_END) for topic in OUTPUTS
                     for partition in range(PARTITIONS if count else 1)])
    taken, last = 0, time.monotonic()
    while count is None or taken < count:
        messages = consumer.consume(500, 0.005)
        now = time.time()
        for message in messages:
            assert message.error() is None, message.error()
            yield message.timestamp()[1] / 1000, now, message.value()
        taken += len(messages)
        if messages:
            last = time.monotonic()
        else:
            yield None, now, None
        if time.monotonic() - last > (SILENCE_SECONDS if taken else 60):
            assert count is None, f"{taken} of {count} records arrived"
            break
    consumer.close()


def read(brokers, results, ready):
    taken = []
    for sent, arrived, _ in arrivals(brokers):
        ready.set()
        if sent is not None:
            taken.append((sent, arrived - sent))
    begin = min(sent for sent, _ in taken)
    taken = sorted(late for sent, late in taken if sent >= begin + WARM_UP_SECONDS)
    results.put([taken[int(len(taken) * q)] for q in (0.5, 0.95, 0.99)] + [taken[-1], len(taken)])


def measure(folder, brokers, guarantee, options):
    topic = f"raw-{guarantee}"
    tuning.create_topics(brokers, {topic: PARTITIONS})
    feed(brokers, topic, PARTITIONS, 1e9, unlike_stories(options.records, PARTITIONS))
    values = {**tuning.USUAL, "guarantee": guarantee, "topic": topic,
              "linger.ms": options.linger}
    worker = tuning.Worker(folder, brokers, guarantee, values)
    capacity = worker.run_to(options.records)
    assert capacity, "the backlog was too short: --records"
    rate = options.rate or capacity / 2
    count = int(rate * (WARM_UP_SECONDS + options.seconds))
    lines = list(unlike_stories(options.records + count, PARTITIONS))[options.records:]
    results, ready = multiprocessing.Queue(), multiprocessing.Event()
    reader = multiprocessing.Process(target=read, args=(brokers, results, ready))
    feeder = multiprocessing.Process(target=feed, args=(brokers, topic, PARTITIONS, rate, lines))
    reader.start()
    ready.wait(30)
    time.sleep(1)
    feeder.start()
    *times, measured = results.get(timeout=150)
    feeder.join()
    reader.join()
    worker.stop()
    print(f"| {guarantee} | {capacity:,.0f} | {rate:,.0f} | {measured:,} | "
          + " | ".join(f"{1000 * t:.0f} ms" for t in times) + " |", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--records", type=int, default=100_000)
    options.add_argument("--seconds", type=int, default=15)
    options.add_argument("--rate", type=int)
    options.add_argument("--linger", type=int, default=tuning.USUAL["linger.ms"])
    options.add_argument("--only", choices=["exactly_once", "at_least_once"])
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with tuning.broker(folder / "kafka") as brokers:
            tuning.create_topics(brokers, {name: PARTITIONS for name in OUTPUTS})
            print("| guarantee | can do, records/s | fed, records/s | measured | p50 | p95 | p99 "
                  "| longest |\n|---|---|---|---|---|---|---|---|", flush=True)
            for guarantee in [options.only] if options.only else ["exactly_once", "at_least_once"]:
                measure(folder, brokers, guarantee, options)


if __name__ == "__main__":
    main()
