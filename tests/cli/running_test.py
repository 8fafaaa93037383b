"""The commands that look at a running worker, and those that feed it: top, tap and replay.

How: a worker on the embedded broker is fed the samples, and the commands are run beside it.
"""

import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from running import COPYDESK, SECONDS_MAX, Worker  # found where the line above says

README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(*arguments):
    return subprocess.run([COPYDESK, *map(str, arguments)], capture_output=True, text=True,
                          encoding="utf-8", timeout=SECONDS_MAX, check=False)


class BesideAWorker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.worker = Worker(cls.folder, "--log-format", "json")
        cls.addClassCleanup(cls.worker.close)
        cls.worker.feed(ROOT / "configs" / "samples")
        cls.worker.wait_until_ended(118)

    def test_log_is_an_object_a_line_with_the_place_it_is_about(self):
        log = pathlib.Path(self.worker.log.name).read_text(encoding="utf-8")
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        self.assertGreater(len(lines), 2, log)
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("info", "warning", "error"))
        assigned = [line for line in lines if line["message"].startswith("assigned")]
        self.assertEqual([(line["topic"], line["partition"]) for line in assigned],
                         [("wire.raw", 0)])
        page = [line for line in lines if line["message"].startswith("page at")]
        self.assertNotIn("topic", page[0])

    def feed_for_a_while(self):
        """Feeds stories, so that there is something to tap."""
        for i in range(40):
            path = self.folder / "more.jsonl"
            story = {"uri": f"urn:{i}:{time.time()}", "headline": "Oslo \x1b[31m",
                     "body_text": f"Poland said {i} {time.time()}."}
            path.write_text(json.dumps(story))
            self.worker.feed(path)
            if self.is_tapped.is_set():
                return

    def tap(self, *arguments):
        self.is_tapped = threading.Event()
        feeder = threading.Thread(target=self.feed_for_a_while)
        feeder.start()
        try:
            return run("tap", "--url", self.worker.address, *arguments)
        finally:
            self.is_tapped.set()
            feeder.join()

    def test_top_shows_the_books(self):
        time.sleep(1.1)  # it is told what was a second ago
        done = run("top", "--once", "--url", self.worker.address)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"copydesk newswire \S+ at 127\.0\.0\.1:\d+, up .*, working")
        self.assertRegex(done.stdout, r"(?m)^dead-lettered +[\d.]+ +\d\d$")
        self.assertRegex(done.stdout, r"(?m)^tag +[\d.]+ +[\d.]+ (us|ms)$")
        self.assertRegex(done.stdout, r"(?m)^wire\.raw \[0\] +0 ")
        self.assertRegex(done.stdout, r"(?m)^published +original +\S")

    def test_top_fits_a_small_window(self):
        columns, rows = 50, 12
        pid, terminal = pty.fork()
        if pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execv(COPYDESK, [COPYDESK, "top", "--url", self.worker.address])
        shown = b""
        while shown.count(b"\x1b[H") < 3:
            shown += os.read(terminal, 65536)
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        os.close(terminal)
        for frame in shown.decode().split("\x1b[H")[1:-1]:
            lines = re.sub(r"\x1b\[\w", "", frame).splitlines()
            self.assertLessEqual(len(lines), rows, frame)
            self.assertLessEqual(max(map(len, lines)), columns, frame)
            self.assertTrue(lines[0].startswith("copydesk newswire"), frame)

    def test_tap_shows_stories_as_they_leave_a_stage(self):
        done = self.tap("--stage", "tag", "--sample", 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("[Poland|place] said"), 2, done.stdout)
        self.assertNotIn("\x1b", done.stdout)

    def test_tap_of_an_early_stage_shows_what_is_known_there(self):
        done = self.tap("--stage", "normalize", "--sample", 1, "--json")
        story = json.loads(done.stdout)
        self.assertEqual((story["stage"], story["entities"]), ("normalize", []))
        self.assertNotIn("relation", story)

    def metrics(self):
        """{name: (type, help, {labels: value})} of /metrics; a histogram's parts by their names."""
        kinds, helps, values = {}, {}, {}
        for line in self.worker.get("/metrics").splitlines():
            if line.startswith("# HELP "):
                name, text = line[7:].split(" ", 1)
                helps[name] = text
            elif line.startswith("# TYPE "):
                name, kinds[name] = line[7:].split(" ")
            else:
                name, labels, value = re.fullmatch(r"(\w+)(\{.*\})? (\S+)", line).groups()
                values.setdefault(name, {})[labels or ""] = float(value)
        return kinds, helps, values

    def test_metrics_are_complete_and_the_books_balance(self):
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:  # librdkafka reports every five seconds
            kinds, helps, values = self.metrics()
            sums = {name: sum(of.values()) for name, of in values.items()}
            is_balanced = (sums["copydesk_source_records_total"]
                           == sums["copydesk_sink_records_total"])
            if "copydesk_kafka_broker_rtt_seconds" in values and is_balanced:
                break
            time.sleep(0.3)
        self.assertTrue(is_balanced, sums)
        for name, kind in kinds.items():
            self.assertRegex(name, r"^copydesk_[a-z0-9_]+$")
            self.assertEqual(name.endswith("_total"), kind == "counter", name)
            # What it counts, and what it means when it is high or rises.
            self.assertRegex(helps[name], r"[.:;] \w.*\.$", name)
            self.assertIn(f"`{name}", README, f"{name} is not in the README's table")
            if kind == "histogram":
                of = {labels: value for labels, value in values[name + "_bucket"].items()
                      if 'le="+Inf"' in labels}
                self.assertEqual(sum(of.values()), sums[name + "_count"], name)
        # Every stage's books: what it was given is what it passed and what it ended.
        given = sums["copydesk_source_records_total"]
        for stage in ("decode", "normalize", "deduplicate", "tag", "publish"):
            of = {labels: value for labels, value in
                  values["copydesk_stage_records_total"].items() if f'stage="{stage}"' in labels}
            self.assertEqual(sum(of.values()), given, stage)
            given = sum(value for labels, value in of.items() if 'outcome="passed"' in labels)
            self.assertGreater(
                values["copydesk_stage_bytes_total"]['{stage="%s"}' % stage], 0)
        self.assertEqual(given, values["copydesk_sink_records_total"]['{outcome="published"}'])
        self.assertEqual(sums["copydesk_errors_total"],
                         values["copydesk_sink_records_total"]['{outcome="dead-lettered"}'])
        self.assertEqual(sums["copydesk_end_to_end_seconds_count"],
                         sums["copydesk_source_records_total"])
        at = '{partition="0",topic="wire.raw"}'
        self.assertEqual(values["copydesk_consumer_lag_records"][at], 0)
        self.assertEqual(values["copydesk_consumer_lag_seconds"][at], 0)
        self.assertGreater(values["copydesk_stage_size"]['{stage="deduplicate",what="stories"}'], 0)
        self.assertRegex(str(values["copydesk_build_info"]), 'version="[0-9.]+"')
        for since in values["copydesk_uncommitted_since_timestamp_seconds"].values():
            self.assertTrue(since == 0 or abs(since - time.time()) < SECONDS_MAX, since)
        for name in ("queue_records", "queue_bytes", "batch_bytes", "broker_rtt_seconds",
                     "throttle_seconds"):
            self.assertIn(f"copydesk_kafka_{name}", values)

    def replay(self, *arguments):
        return run("replay", "-c", self.worker.config, "-b", self.worker.brokers, *arguments)

    def test_replay_picks_dead_letters_by_reason_and_goes_on(self):
        time.sleep(2)  # until the samples' dead letters are committed
        done = self.replay("--from-deadletter", "--code", "no-text")
        self.assertEqual(done.stdout, "2 records from wire.deadletter to wire.raw\n", done.stderr)
        done = self.replay("--from-deadletter", "--code", "no-text", "--until", "2020-01-01")
        self.assertEqual(done.stdout, "nothing new in wire.deadletter\n", done.stderr)
        done = self.replay("--from-deadletter", "--code", "wrong-type", "--rate", "1000")
        self.assertEqual(done.stdout, "4 records from wire.deadletter to wire.raw\n", done.stderr)
        done = self.replay("--from-deadletter", "--code", "wrong-type", "--until", "never")
        self.assertIn("'never' is no time", done.stderr)

    def test_replay_of_a_topic_remembers_its_place(self):
        time.sleep(2)
        arguments = ("--from-topic", "wire.recalls", "--topic", "wire.held",
                     "--until", "2100-01-01")
        done = self.replay(*arguments)
        self.assertRegex(done.stdout, r"^\d+ records from wire.recalls to wire.held\n$")
        self.assertEqual(self.replay(*arguments).stdout, "nothing new in wire.recalls\n")
        self.assertEqual(self.replay(*arguments, "--again").stdout, done.stdout)
        done = self.replay("--from-topic", "wire.raw")
        self.assertIn("would be fed into itself", done.stderr)

    def test_replay_goes_on_where_it_was_killed(self):
        stories = self.folder / "many.jsonl"
        stories.write_text("".join(json.dumps({"uri": f"urn:many:{i}", "headline": f"Many {i}"})
                                   + "\n" for i in range(60)))
        bookmark = self.folder / "bookmark"
        command = [COPYDESK, "replay", "-c", self.worker.config, "-b", self.worker.brokers,
                   "--rate", "10", "--resume", bookmark, stories]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as killed:
            deadline = time.monotonic() + SECONDS_MAX
            while not bookmark.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            killed.kill()
        fed = int(bookmark.read_text().split()[0])
        self.assertTrue(0 < fed < 60, fed)
        other = self.folder / "other.jsonl"
        other.write_text("{}\n")
        self.assertIn("remembers another feed", self.replay("--resume", bookmark, other).stderr)
        done = self.replay("--resume", bookmark, stories)
        self.assertIn(f"{fed} records were fed before\n{60 - fed} records", done.stdout)
        self.assertFalse(bookmark.exists())

    def test_check_names_every_finding_with_its_remedy(self):
        text = self.worker.config.read_text(encoding="utf-8")
        config = self.folder / "wrong.yaml"
        brokers = "bootstrap.servers: " + self.worker.brokers
        text = re.sub("bootstrap.servers: .*", brokers, text).replace("wire.held", "wire.nowhere")
        config.write_text(text.replace("wire.enriched", "wire.none") + "\nthreads: 3\n")
        done = run("check", "-c", config, "--log-format", "json")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("- there is no topic 'wire.none'", done.stdout)
        self.assertIn("kafka-topics.sh --create --topic wire.nowhere", done.stdout)
        self.assertIn("1 partitions for 3 stream threads: 2 stay idle; set threads: 1", done.stdout)
        self.assertIn("3 findings", done.stderr)

    def test_says_what_is_wrong(self):
        done = run("tap", "--url", self.worker.address, "--stage", "tagg")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such stage; there are deduplicate, normalize, publish, tag", done.stderr)
        done = run("top", "--once", "--url", "http://127.0.0.1:1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no worker answers at 127.0.0.1:1", done.stderr)
        self.assertIn("expected a worker", run("top", "--url", "ftp://x/").stderr)


class Demo(unittest.TestCase):
    def test_shows_what_came_out_and_leaves_a_page_of_it(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.html"
            done = run("demo", "-c", ROOT / "configs/newswire.yaml", "--page", page,
                       ROOT / "configs/samples")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout.splitlines()[-1], str(page))
            content = page.read_text(encoding="utf-8")
        for wanted in (r"  consumed +118 ", r"  published +91 ", r"  dead-lettered +15 ",
                       r"  original +72\n", r"  invalid-json +6\n"):
            self.assertRegex(done.stdout, wanted)
        self.assertEqual(len(re.findall(r"(?m)^urn:", done.stdout)), 3)
        self.assertIn("[Georgia|place]", done.stdout)
        # The rate is what was counted, by the time that is said.
        ms = float(re.search(r"\n118 records were ([\d.]+) ms of work", done.stdout).group(1))
        rate = int(re.search(r"  consumed +118 +(\d+)/s", done.stdout).group(1))
        self.assertTrue(118_000 / (ms + 0.06) - 1 <= rate <= 118_000 / (ms - 0.06) + 1, (ms, rate))
        articles = re.findall(r'<article class="([\w-]*)"', content)
        self.assertEqual(articles.count("published"), 91)
        self.assertEqual(articles[:91], ["published"] * 91)
        self.assertIn('<td>too-deep</td>', content)
        self.assertIn('<mark class="place"', content)
        self.assertNotIn("<script", content)


if __name__ == "__main__":
    sys.exit(unittest.main())
