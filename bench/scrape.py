#!/usr/bin/env python3
"""Measures what scrapes of /metrics cost a worker under full load, in one run, without Kafka.

    bench/scrape.py [--records N] [--rate SCRAPES] [--windows N]

The release build's worker runs the usual chain over a file of stories, as fast as it can, with all
of its threads held to one core: what a scrape takes there the stream thread does not get. Windows
of a second take turns, with SCRAPES a second and with none; the first five are not counted. Prints
the mean throughput of both with its standard error, their ratio, and what one scrape a second
therefore costs: Prometheus scrapes every 15 seconds as it comes.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time
import urllib.request

import tuning

WARM_UP = 5


def scrape(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def consumed(url):
    text = scrape(url).decode()
    return float(re.search(r"^copydesk_source_records_total (\S+)$", text, re.M).group(1))


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--records", type=int, default=800_000)
    options.add_argument("--rate", type=int, default=100)
    options.add_argument("--windows", type=int, default=50)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        tuning.write_stories(folder / "stories.jsonl", options.records, 0)
        config = (tuning.ROOT / "configs/newswire.yaml").read_text()
        config = re.sub(r"(boilerplate: |dictionary: \[)", rf"\g<1>{tuning.ROOT}/configs/", config)
        config = config[:config.index("\nkafka:")].replace(
            "topics: [wire.raw]", f"files: [{folder}/stories.jsonl]")
        config = config.replace("exactly_once", "at_least_once", 1)
        (folder / "worker.yaml").write_text(
            f"{config}\nfolder: {folder}/out\nhttp: {{port: 0}}\ncommit_interval: 100ms\n")
        log = folder / "log"
        with open(log, "w", encoding="utf-8") as file:
            worker = subprocess.Popen(
                [tuning.COPYDESK, "run", "-c", folder / "worker.yaml"], stderr=file,
                preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
        while not (found := re.search(r"http://\S+/metrics", log.read_text())):
            assert worker.poll() is None, log.read_text()
            time.sleep(0.02)
        url = found.group(0)
        rates = {True: [], False: []}
        size = len(scrape(url))
        try:
            before, start = consumed(url), time.monotonic()
            for window in range(WARM_UP + options.windows):
                is_scraped = window % 2 == 0
                for k in range(options.rate if is_scraped else 0):
                    time.sleep(max(0, start + (k + 1) / options.rate - time.monotonic()))
                    scrape(url)
                time.sleep(max(0, start + 1 - time.monotonic()))
                after, end = consumed(url), time.monotonic()
                if window >= WARM_UP:
                    rates[is_scraped].append((after - before) / (end - start))
                before, start = after, end
            assert worker.poll() is None, "the file was too short: --records"
        finally:
            worker.kill()
            worker.wait()
    means = {key: statistics.mean(values) for key, values in rates.items()}
    errors = {key: statistics.stdev(values) / len(values) ** 0.5 for key, values in rates.items()}
    for key, name in ((False, "none"), (True, f"{options.rate} scrapes")):
        print(f"{name:>12} a second: {means[key]:7,.0f} ± {errors[key]:,.0f} records/s, "
              f"{len(rates[key])} windows")
    lost = 1 - means[True] / means[False]
    error = sum((errors[key] / means[key]) ** 2 for key in means) ** 0.5
    print(f"ratio {1 - lost:.3f} ± {error:.3f}; one scrape a second of {size:,} bytes costs "
          f"{100 * lost / options.rate:.3f} ± {100 * error / options.rate:.3f} % of what one core "
          "does")


if __name__ == "__main__":
    main()
