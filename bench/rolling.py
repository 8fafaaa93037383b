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
import re
import tempfile
import time
import urllib.error
import urllib.request

import latency
import tuning

SETTLE_SECONDS = 5


def read(brokers, count, results, ready):
    last, gaps, longest = {}, {}, 0
    for sent, arrived, value in latency.arrivals(brokers, count):
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
            tuning.create_topics(brokers, {"raw": latency.PARTITIONS,
                                           **dict.fromkeys(latency.OUTPUTS,
                                                           latency.PARTITIONS)})
            def start(label):
                # What a worker has to say of itself is in its log when it fails.
                return tuning.Worker(folder, brokers, "rolling", values, label=label)
            workers = {label: start(label) for label in ("one", "two")}
            for worker in workers.values():
                wait_until_ready(worker)
            count = options.rate * options.seconds
            lines = list(latency.unlike_stories(count, latency.PARTITIONS))
            results, ready = multiprocessing.Queue(), multiprocessing.Event()
            reader = multiprocessing.Process(target=read, args=(brokers, count, results, ready))
            reader.start()
            ready.wait(30)
            time.sleep(1)
            feeder = multiprocessing.Process(
                target=latency.feed,
                args=(brokers, "raw", latency.PARTITIONS, options.rate, lines))
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
