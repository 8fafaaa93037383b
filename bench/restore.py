#!/usr/bin/env python3
"""Measures how long a worker takes to get back what it remembers, on a real Kafka.

    bench/restore.py [--stories N] [--threads N] [--restarts N]

Starts a broker (deploy/kafka), feeds N stories over four partitions through the release build's
worker, and stops it. Then it starts again and again with the snapshots it wrote and once without:
the time from its start to the first partition's assignment, and from there to the last one's
restore, as the worker's log has them. More than one start, for half of the first one's time may go
into memory that a virtual machine had given back to its host.
"""

import argparse
import datetime
import pathlib
import re
import shutil
import tempfile
import time

import latency
import tuning


def restore(folder, brokers, values, more, label):
    """Starts a worker, waits until it has its partitions back, and stops it.

    Returns the seconds until it was assigned, those until all were back, and the changes read.
    """
    begin = datetime.datetime.utcnow()
    worker = tuning.Worker(folder, brokers, "restore", values, more, label)
    pattern = re.compile(r"^(\S+) .* (assigned|restored) raw \[\d+\](?: from (\d+) changes)?", re.M)
    while True:
        assert worker.process.poll() is None, worker.log.read_text()
        events = pattern.findall(worker.log.read_text())
        if sum(what == "restored" for _, what, _ in events) == latency.PARTITIONS:
            break
        time.sleep(0.05)
    worker.stop()
    times = [datetime.datetime.fromisoformat(at.rstrip("Z")) for at, _, _ in events]
    return ((times[0] - begin).total_seconds(), (times[-1] - times[0]).total_seconds(),
            sum(int(changes) for _, _, changes in events if changes))


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--stories", type=int, default=1_000_000)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--restarts", type=int, default=5)
    options = options.parse_args()
    values = {**tuning.USUAL, "topic": "raw", "threads": options.threads}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with tuning.broker(folder / "kafka") as brokers:
            tuning.create_topics(brokers, {"raw": latency.PARTITIONS,
                                           **dict.fromkeys(latency.OUTPUTS,
                                                           latency.PARTITIONS)})
            more = f"snapshots: {{folder: {folder}/snapshots, interval: 0s}}"
            worker = tuning.Worker(folder, brokers, "restore", values, more)
            latency.driver("feed", brokers, "raw", 0, options.stories)
            worker.run_to(options.stories)
            stories = worker.metrics()['copydesk_stage_size{stage="deduplicate",what="stories"}']
            worker.stop()
            size = sum(path.stat().st_size for path in (folder / "snapshots").iterdir())
            print(f"snapshots: {size / 1e6:,.0f} MB", flush=True)
            for number in range(options.restarts + 1):
                what = "snapshot" if number < options.restarts else "changelog"
                if what == "changelog":
                    shutil.rmtree(folder / "snapshots")
                joined, seconds, changes = restore(folder, brokers, values, more, f"{what}{number}")
                print(f"{stories:,.0f} stories from the {what}, {changes:,} changes read: "
                      f"{seconds:.2f} s, after {joined:.2f} s until it was assigned", flush=True)


if __name__ == "__main__":
    main()
