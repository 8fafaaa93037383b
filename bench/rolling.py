#!/usr/bin/env python3
"""Measures how long a partition pauses while two workers are restarted in turn, on a real Kafka.

    bench/rolling.py [--rate RECORDS-A-SECOND]

Starts a broker (deploy/kafka) and two of the release build's workers on the usual chain, exactly
once, which share four partitions. While bench/latency.cc feeds stories at a steady rate and reads
what is committed, each worker is told to stop, waited for, started again and given five seconds.
What counts is the longest time between two stories of any partition, and that of a story.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import latency
import tuning

WARM_UP_SECONDS = 8
SETTLE_SECONDS = 5
SECONDS = 45


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
    options = options.parse_args()
    values = {**tuning.USUAL, "topic": "raw"}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with tuning.broker(folder / "kafka") as brokers:
            tuning.create_topics(brokers, {"raw": latency.PARTITIONS,
                                           **dict.fromkeys(latency.OUTPUTS, latency.PARTITIONS)})

            def start(label):
                # What a worker has to say of itself is in its log when it fails.
                worker = tuning.Worker(folder, brokers, "rolling", values, label=label)
                wait_until_ready(worker)
                return worker

            workers = {label: start(label) for label in ("one", "two")}
            begin = time.monotonic()
            with subprocess.Popen(latency.command("measure", brokers, "raw", 0, options.rate,
                                                  SECONDS, *latency.OUTPUTS),
                                  stdout=subprocess.PIPE) as driver:
                time.sleep(WARM_UP_SECONDS)
                for label in workers:
                    time.sleep(SETTLE_SECONDS)
                    stopped = time.monotonic()
                    workers[label].stop()
                    ended = time.monotonic()
                    workers[label] = start(label)
                    print(f"worker {label}: stopped in {ended - stopped:.1f} s, ready again after "
                          f"{time.monotonic() - ended:.1f} s", flush=True)
                took = time.monotonic() - begin
                assert took < WARM_UP_SECONDS + SECONDS, "the feed was too short"
                result = json.loads(driver.communicate()[0])
            for worker in workers.values():
                worker.stop()
            print(f"{result['measured']:,} stories at {result['fed_per_second']:,.0f} a second; "
                  f"longest pause of a partition: {result['pause'] / 1000:.2f} s; longest time of "
                  f"a story: {result['longest'] / 1000:.2f} s")


if __name__ == "__main__":
    main()
