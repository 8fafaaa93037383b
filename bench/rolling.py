#!/usr/bin/env python3
"""Measures how long a partition pauses while two workers are restarted in turn, on a real Kafka.

    bench/rolling.py [--rate RECORDS-A-SECOND] [--seconds N]

Starts a broker (deploy/kafka) and two of the release build's workers on the usual chain, exactly
once, which share four partitions. While stories come in at a steady rate each worker is told to
stop, waited for, started again and given five seconds. A reader of committed records takes, for
each partition of the input, the longest time between two arrivals at the end, and the longest time
a story took. Needs confluent-kafka (pip).
"""

import argparse
import multiprocessing
import pathlib
import random
import re
import tempfile
import time
import urllib.error
import urllib.request

from confluent_kafka import OFFSET_END, Consumer, Producer, TopicPartition

import tuning
from latency import OUTPUTS, PARTITIONS

SETTLE_SECONDS = 5
SILENCE_SECONDS = 10
TICK_SECONDS = 0.005


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


def arrivals(brokers, count):
    """Yields (time of its producer, time of arrival, value) of each of `count` committed records,
    times in seconds, and None for each while nothing comes.
    """
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "latency",
                         "auto.offset.reset": "latest", "isolation.level": "read_committed",
                         "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, OFFSET_END) for topic in OUTPUTS
                     for partition in range(PARTITIONS)])
    taken, last = 0, time.monotonic()
    while taken < count:
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
        wait = SILENCE_SECONDS if taken else 60
        assert time.monotonic() - last < wait, f"{taken} of {count} records arrived"
    consumer.close()


def read(brokers, count, results, ready):
    last, gaps, longest = {}, {}, 0
    for sent, arrived, value in arrivals(brokers, count):
        ready.set()
        if sent is None:
            continue
        partition = int(re.search(rb"urn:(\d+):", value).group(1))
        if partition in last:
            gaps[partition] = max(gaps.get(partition, 0), arrived - last[partition])
        last[partition] = arrived
        longest = max(longest, arrived - sent)
    results.put((gaps, longest))


def wait_until_ready(worker):
    while True:
        assert worker.process.poll() is None, worker.log.read_text()
        try:
            with urllib.request.urlopen(worker.url.replace("/metrics", "/ready"), timeout=10):
                if worker.metrics()["copydesk_assigned_partitions"] > 0:
                    return
        except urllib.error.HTTPError:
            pass
        time.sleep(0.02)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--rate", type=int, default=4000)
    options.add_argument("--seconds", type=int, default=45)
    options = options.parse_args()
    values = {**tuning.USUAL, "topic": "raw"}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with tuning.broker(folder / "kafka") as brokers:
            tuning.create_topics(brokers, {"raw": PARTITIONS,
                                           **dict.fromkeys(OUTPUTS, PARTITIONS)})
            def start(label):
                # What a worker has to say of itself is in its log when it fails.
                return tuning.Worker(folder, brokers, "rolling", values, label=label)
            workers = {label: start(label) for label in ("one", "two")}
            for worker in workers.values():
                wait_until_ready(worker)
            count = options.rate * options.seconds
            lines = list(unlike_stories(count, PARTITIONS))
            results, ready = multiprocessing.Queue(), multiprocessing.Event()
            reader = multiprocessing.Process(target=read, args=(brokers, count, results, ready))
            reader.start()
            ready.wait(30)
            time.sleep(1)
            feeder = multiprocessing.Process(
                target=feed, args=(brokers, "raw", PARTITIONS, options.rate, lines))
            feeder.start()
            begin = time.monotonic()
            for label in workers:
                time.sleep(SETTLE_SECONDS)
                stopped = time.monotonic()
                workers[label].stop()
                ended = time.monotonic()
                workers[label] = start(label)
                wait_until_ready(workers[label])
                print(f"worker {label}: stopped in {ended - stopped:.1f} s, ready again after "
                      f"{time.monotonic() - ended:.1f} s", flush=True)
            assert time.monotonic() - begin < options.seconds, "the feed was too short"
            gaps, longest = results.get(timeout=120)
            feeder.join()
            reader.join()
            for worker in workers.values():
                worker.stop()
            print(f"{count:,} stories at {options.rate:,} a second; longest pause by partition: "
                  + ", ".join(f"{gaps[p]:.2f} s" for p in sorted(gaps))
                  + f"; longest time of a story: {longest:.2f} s")


if __name__ == "__main__":
    main()
