#!/usr/bin/env python3
"""Measures what each setting of a worker does to throughput and latency, on a real Kafka.

    bench/tuning.py [--records N] [--only SETTING] [--plot FILE.svg] [--page FILE.md]
    bench/tuning.py --redraw --plot FILE.svg --page FILE.md    what the page says, anew

Starts a broker (deploy/kafka), fills topics with stories, and lets the release build's worker run
the usual chain once for each value of each setting, the others as configs/newswire.yaml has them.
Throughput: a backlog of N records is worked off. Latency: then 1,000 records a second come in for
five seconds; from a record's timestamp to its outcome (quantiles interpolated in the metric's
buckets), and the mean time from the first record of a commit to its end. Prints a Markdown table;
--plot draws it, --page puts it between the page's two "measured" comments.
"""

import argparse
import contextlib
import json
import math
import os
import pathlib
import re
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPYDESK = ROOT / "build/release/bin/copydesk"
RATE, PACED_SECONDS = 1000, 5
SETTINGS = {
    "guarantee": ["at_least_once", "exactly_once"],
    "commit_interval": ["100ms", "300ms", "1s", "5s"],
    "batch": [10, 100, 1000, 10000],
    "linger.ms": [0, 5, 20, 100],
    "threads": [1, 2, 4],
    "partitions": [1, 2, 4, 16],
}
USUAL = {"guarantee": "exactly_once", "commit_interval": "100ms", "batch": 1000, "linger.ms": 20,
         "threads": 1, "partitions": 4}


def create_topics(address, topics):
    """CreateTopics, version 2, of Kafka's protocol: {name: partitions}."""
    def text(value):
        return struct.pack(">h", len(value)) + value.encode()
    body = struct.pack(">i", len(topics))
    for name, partitions in topics.items():
        body += text(name) + struct.pack(">ihii", partitions, 1, 0, 0)
    body += struct.pack(">i?", 20_000, False)
    request = struct.pack(">hhi", 19, 2, 1) + text("tuning") + body
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        size = struct.unpack(">i", connection.recv(4))[0]
        reply = b""
        while len(reply) < size:
            reply += connection.recv(size - len(reply))
    at = 12
    for _ in topics:
        length = struct.unpack_from(">h", reply, at)[0]
        error, said = struct.unpack_from(">hh", reply, at + 2 + length)
        assert error == 0, reply
        at += 6 + length + max(said, 0)


@contextlib.contextmanager
def broker(folder):
    """A Kafka of its own (deploy/kafka), gone at the end. Gives its address."""
    kafka = [ROOT / "deploy/kafka"]
    started = subprocess.run([*kafka, "start", "--dir", folder], check=True, capture_output=True,
                             text=True).stdout
    try:
        yield re.search(r"bootstrap=(\S+)", started).group(1)
    finally:
        subprocess.run([*kafka, "stop", "--purge", "--dir", folder], check=False)


def stories(count, first):
    """Stories of about a kilobyte that are all different, from the samples' own text."""
    sentences = []
    for line in (ROOT / "configs/samples/10-newswire.jsonl").read_bytes().splitlines():
        story = json.loads(line)
        body = story.get("body_text") or ""
        sentences += re.findall(r"[^.\n]{40,200}\.", body if isinstance(body, str) else "")
    for number in range(first, first + count):
        body = [f"Story {number} of the file."]
        for k in range(7):
            body.append(sentences[(number * 31 + k * (1 + number % 97)) % len(sentences)])
        yield json.dumps({"uri": f"urn:tuning:{number}", "version": "1",
                          "headline": f"Story {number}", "body_text": " ".join(body)})


def write_stories(path, count, first):
    with open(path, "w", encoding="utf-8") as file:
        for story in stories(count, first):
            file.write(story + "\n")


def replay(brokers, topic, path):
    """Feeds a file of stories as fast as it can."""
    subprocess.run([COPYDESK, "replay", "-c", ROOT / "configs/newswire.yaml", "--brokers", brokers,
                    "--topic", topic, path], check=True, capture_output=True)


class Worker:
    """`copydesk run` with some settings, watched through /metrics.

    `name` is the topology's; workers of the same one need labels of their own. `more` is further
    lines of the configuration.
    """

    def __init__(self, folder, brokers, name, values, more="", label=None):
        config = (ROOT / "configs/newswire.yaml").read_text()
        config = re.sub(r"(boilerplate: |dictionary: \[)", rf"\g<1>{ROOT}/configs/", config)
        config = config.replace("name: newswire ", f"name: {name} ")
        config = config.replace("wire.raw", values.get("topic", f"raw{values['partitions']}"))
        config = config.replace("exactly_once", values["guarantee"], 1)
        config = config.replace("\nkafka:", "\nhttp: {port: 0}\n"
                                f"threads: {values['threads']}\n"
                                f"batch: {{records: {values['batch']}}}\n"
                                f"commit_interval: {values['commit_interval']}\nkafka:")
        config += f"  linger.ms: {values['linger.ms']}\n{more}\n"
        self.path = folder / f"{label or name}.yaml"
        self.path.write_text(config)
        self.log = folder / f"{label or name}.log"
        with open(self.log, "w", encoding="utf-8") as file:
            self.process = subprocess.Popen([COPYDESK, "run", "-c", self.path], stderr=file,
                                            env={**os.environ, "KAFKA_BROKERS": brokers})
        while not (found := re.search(r"http://\S+/metrics", self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)
        self.url = found.group(0)

    def metrics(self):
        with urllib.request.urlopen(self.url, timeout=30) as answer:
            text = answer.read().decode()
        return {name: float(value)
                for name, value in re.findall(r"^(copydesk_\S+) (\S+)$", text, re.M)}

    def run_to(self, records):
        """Waits until so many have ended; returns records a second, from the first one read."""
        begin = end = None
        while True:
            now = self.metrics()
            read = now["copydesk_source_records_total"]
            if begin is None and read > 0:
                begin = (time.monotonic(), read)
            if end is None and read >= records:
                end = (time.monotonic(), read)
            ended = sum(v for k, v in now.items() if k.startswith("copydesk_sink_records_total"))
            if ended >= records:
                # Counters move with commits: a backlog that is one commit has no rate.
                return (end[1] - begin[1]) / (end[0] - begin[0]) if end[1] > begin[1] else None
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0, self.log.read_text()


def quantile(before, after, name, q):
    """Of a histogram's growth, in seconds, as Prometheus' histogram_quantile has it."""
    buckets = sorted((float(re.search(r'le="([^"]+)"', key).group(1)), value - before.get(key, 0))
                     for key, value in after.items() if key.startswith(f"{name}_bucket"))
    rank = q * buckets[-1][1]
    low, below = 0.0, 0.0
    for high, count in buckets:
        if count >= rank and count > below:
            return low if high == float("inf") else low + (high - low) * (rank - below) / (
                count - below)
        low, below = high, count
    return low


def measure(folder, brokers, name, values, records):
    worker = Worker(folder, brokers, name, values)
    rate = worker.run_to(records)
    before = worker.metrics()
    paced = folder / f"{name}.jsonl"
    write_stories(paced, RATE * PACED_SECONDS, 10_000_000 + 100_000 * (hash(name) % 1000))
    subprocess.run([COPYDESK, "replay", "-c", worker.path, "--brokers", brokers, "--rate",
                    str(RATE), paced], check=True, capture_output=True,
                   env={**os.environ, "KAFKA_BROKERS": brokers})
    worker.run_to(records + RATE * PACED_SECONDS)
    time.sleep(1)
    after = worker.metrics()
    worker.stop()
    commits = [after[f"copydesk_uncommitted_seconds_{what}"]
               - before[f"copydesk_uncommitted_seconds_{what}"] for what in ("sum", "count")]
    return {"records_per_second": rate,
            "sent_p50": quantile(before, after, "copydesk_end_to_end_seconds", 0.5),
            "sent_p95": quantile(before, after, "copydesk_end_to_end_seconds", 0.95),
            "committed": commits[0] / max(commits[1], 1)}


def plot(rows, path):
    """A panel for each setting: throughput as bars and, below, the time to the commit as dots on a
    logarithmic scale from 10 ms to 10 s."""
    width, height, head, tall, low = 300, 250, 34, 90, 60
    names = list(dict.fromkeys(row["setting"] for row in rows))
    top = max(row["records_per_second"] or 1 for row in rows)
    out = ['<text x="12" y="20"><tspan class="rate">■</tspan> records a second   '
           '<tspan class="time">●</tspan> time to the commit (logarithmic)</text>']
    for place, name in enumerate(names):
        x0, y0 = (place % 3) * width + 12, (place // 3) * height + head
        mine = [row for row in rows if row["setting"] == name]
        step = (width - 24) / len(mine)
        floor, base = y0 + 40 + tall, y0 + 65 + tall + low
        out.append(f'<text x="{x0}" y="{y0 + 18}" class="name">{name}</text>')
        for y in (floor, base):
            out.append(f'<path d="M{x0} {y}h{width - 24}"/>')
        for k, row in enumerate(mine):
            rate = row["records_per_second"] or 0
            x, high = x0 + (k + 0.5) * step, rate / top * tall
            up = min(max(math.log10(row["committed"] / 0.01) / 3, 0), 1) * low
            thick = min(step - 8, 56)
            out.append(f'<rect x="{x - thick / 2:.0f}" y="{floor - high:.0f}" '
                       f'width="{thick:.0f}" height="{high:.0f}" rx="2" class="rate"/>'
                       f'<circle cx="{x:.0f}" cy="{base - up:.0f}" r="4" class="time"/>')
            seconds = row["committed"]
            for y, text in ((floor - high - 5, f"{rate / 1000:.1f}k" if rate else "–"),
                            (base - up - 8,
                             f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"),
                            (base + 16, row["value"])):
                out.append(f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle">{text}</text>')
    size = (3 * width, (len(names) + 2) // 3 * height + head)
    style = ("text { font: 12px system-ui, sans-serif; fill: #1e1d1a; } .name { font-weight: 600; }"
             " path { stroke: #ded9cd; } .rate { fill: #1f62b5; } .time { fill: #a86a06; }"
             " .paper { fill: #fff; } @media (prefers-color-scheme: dark) { text { fill: #e6e3dc; }"
             " path { stroke: #31353c; } .rate { fill: #6ea8f0; } .time { fill: #e3ad4e; }"
             " .paper { fill: #1c1f24; } }")
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
                    f'viewBox="0 0 {size[0]} {size[1]}" role="img">\n<title>What settings do to '
                    f'throughput and time to the commit</title>\n<style>{style}</style>\n'
                    '<rect class="paper" width="100%" height="100%" rx="6"/>\n'
                    + "\n".join(out) + "\n</svg>\n")


def rows_of(page):
    """What an earlier run wrote into the page."""
    found = re.findall(r"^\| `(\S+)` \| (\S+) \| (\S+) \|.*\| (\d+) ms \|$", page.read_text(), re.M)
    return [{"setting": setting, "value": value, "committed": int(ms) / 1000,
             "records_per_second": None if rate == "–" else int(rate.replace(",", ""))}
            for setting, value, rate, ms in found]


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--records", type=int, default=100_000)
    options.add_argument("--only", choices=SETTINGS)
    options.add_argument("--plot", type=pathlib.Path)
    options.add_argument("--page", type=pathlib.Path)
    options.add_argument("--redraw", action="store_true")
    options = options.parse_args()
    if options.redraw:
        plot(rows_of(options.page), options.plot)
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with broker(folder / "kafka") as brokers:
            names = [options.only] if options.only else list(SETTINGS)
            sizes = {USUAL["partitions"]} | (set(SETTINGS["partitions"])
                                             if "partitions" in names else set())
            outputs = ["enriched", "duplicates", "recalls", "held", "deadletter"]
            create_topics(brokers, {**{f"raw{n}": n for n in sizes},
                                    **{f"wire.{name}": 4 for name in outputs}})
            write_stories(folder / "backlog.jsonl", options.records, 0)
            held = {}
            table = ["| setting | value | records/s | sent p50 | sent p95 | to the commit |",
                     "|---|---|---|---|---|---|"]
            for name in names:
                for value in SETTINGS[name]:
                    values = {**USUAL, name: value}
                    topic = f"raw{values['partitions']}"
                    if topic not in held:
                        replay(brokers, topic, folder / "backlog.jsonl")
                        held[topic] = options.records
                    row = measure(folder, brokers, f"run{len(rows)}", values, held[topic])
                    held[topic] += RATE * PACED_SECONDS
                    rows.append({"setting": name, "value": value, **row})
                    times = [f"{row[key] * 1000:.0f} ms"
                             for key in ("sent_p50", "sent_p95", "committed")]
                    rate = row["records_per_second"]
                    table.append(f"| `{name}` | {value} | {f'{rate:,.0f}' if rate else '–'} | "
                                 + " | ".join(times) + " |")
                    print(table[-1], flush=True)
    if options.plot:
        plot(rows, options.plot)
    if options.page:
        before, rest = options.page.read_text().split("<!-- measured -->\n")
        after = rest.split("<!-- end of measured -->\n")[1]
        options.page.write_text(before + "<!-- measured -->\n" + "\n".join(table)
                                + "\n<!-- end of measured -->\n" + after)


if __name__ == "__main__":
    main()
