#!/usr/bin/env python3
"""Measures how long a story takes from topic to topic, on a real Kafka.

    bench/latency.py [--records N] [--seconds N] [--rate RECORDS-A-SECOND]... [--only GUARANTEE]
                     [--linger MILLISECONDS]

Starts a broker (deploy/kafka) and the release build's worker on the usual chain, with a commit
every 100 ms: once exactly once, once at least once. First it works off a backlog of N records,
which says how much a second it can do; then stories come in at each of the rates (half of that
without one), and bench/latency.cc, which feeds them and reads what is committed, takes the time of
each. The first eight seconds do not count. All share the machine.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import tuning

PARTITIONS = 4
OUTPUTS = ["wire." + name for name in ("enriched", "duplicates", "recalls", "held", "deadletter")]


def command(*arguments):
    """The command line of bench/latency.cc."""
    return [tuning.ROOT / "build/release/bin/latency", *map(str, arguments)]


def driver(*arguments):
    """Runs bench/latency.cc; returns what it prints."""
    return subprocess.run(command(*arguments), check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def measure(folder, brokers, guarantee, options):
    topic = f"raw-{guarantee}"
    tuning.create_topics(brokers, {topic: PARTITIONS})
    driver("feed", brokers, topic, 0, options.records)
    values = {**tuning.USUAL, "guarantee": guarantee, "topic": topic, "linger.ms": options.linger}
    worker = tuning.Worker(folder, brokers, guarantee, values)
    capacity = worker.run_to(options.records)
    assert capacity, "the backlog was too short: --records"
    first = options.records
    for rate in options.rate or [int(capacity / 2)]:
        result = json.loads(driver("measure", brokers, topic, first, rate, options.seconds,
                                   *OUTPUTS))
        first += rate * (options.seconds + 60)
        print(f"| {guarantee} | {capacity:,.0f} | {result['fed_per_second']:,.0f} | "
              f"{result['measured']:,} | "
              + " | ".join(f"{result[key]:.0f} ms" for key in ("p50", "p95", "p99", "longest"))
              + " |", flush=True)
    worker.stop()


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--records", type=int, default=100_000)
    options.add_argument("--seconds", type=int, default=15)
    options.add_argument("--rate", type=int, action="append")
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
