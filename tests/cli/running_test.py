"""The commands that look at a running worker, and those that feed it: top, tap and replay.

How: a worker on the embedded broker is fed the samples, and the commands are run beside it.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from running import COPYDESK, SECONDS_MAX, Worker  # found where the line above says


def run(*arguments):
    return subprocess.run([COPYDESK, *map(str, arguments)], capture_output=True, text=True,
                          encoding="utf-8", timeout=SECONDS_MAX, check=False)


class BesideAWorker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.worker = Worker(cls.folder)
        cls.addClassCleanup(cls.worker.close)
        cls.worker.feed(ROOT / "configs" / "samples")
        cls.worker.wait_until_ended(118)

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
        self.assertRegex(done.stdout, r"(?m)^tag +[\d.]+ +\d+ (us|ms)$")
        self.assertRegex(done.stdout, r"(?m)^wire\.raw \[0\] +0 ")
        self.assertRegex(done.stdout, r"(?m)^published +original +\S")

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
        arguments = ("--from-topic", "wire.recalls", "--topic", "wire.held", "--until", "2100-01-01")
        done = self.replay(*arguments)
        self.assertRegex(done.stdout, r"^\d+ records from wire.recalls to wire.held\n$", done.stderr)
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

    def test_says_what_is_wrong(self):
        done = run("tap", "--url", self.worker.address, "--stage", "tagg")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such stage; there are deduplicate, normalize, publish, tag", done.stderr)
        done = run("top", "--once", "--url", "http://127.0.0.1:1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no worker answers at 127.0.0.1:1", done.stderr)
        self.assertIn("expected a worker", run("top", "--url", "ftp://x/").stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
