"""A worker on the embedded broker, for tests in Python: the usual topology, fed with files.

COPYDESK_BIN_DIR is the folder of the program.
"""

import os
import pathlib
import re
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COPYDESK = pathlib.Path(os.environ.get("COPYDESK_BIN_DIR", ROOT / "build/release/bin")) / "copydesk"
SECONDS_MAX = 60


class Worker:
    """`copydesk run --embedded` on the usual topology."""

    def __init__(self, folder, *arguments):
        config = (ROOT / "configs" / "newswire.yaml").read_text(encoding="utf-8")
        config = re.sub(r"(boilerplate: |dictionary: \[)", rf"\g<1>{ROOT}/configs/", config)
        self.config = folder / "worker.yaml"
        self.config.write_text(config + "\nhttp: {port: 0}\n", encoding="utf-8")
        self.log = open(folder / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [COPYDESK, "run", "-c", self.config, "--embedded", *arguments],
            stdout=self.log, stderr=self.log)
        self.brokers = self.said(r"bootstrap\.servers=(\S+)")
        self.address = self.said(r"page at (http://\S+?)/,")

    def said(self, pattern):
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(pattern, pathlib.Path(self.log.name).read_text(encoding="utf-8"))
            if found:
                return found.group(1)
            time.sleep(0.05)
        raise AssertionError(pathlib.Path(self.log.name).read_text(encoding="utf-8"))

    def feed(self, *paths):
        subprocess.run([COPYDESK, "replay", "-c", self.config, "-b", self.brokers, *paths],
                       check=True, capture_output=True, timeout=SECONDS_MAX)

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return answer.read().decode("utf-8")

    def wait_until_ended(self, records):
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:
            counts = re.findall(r"^copydesk_sink_records_total\S* (\d+)$", self.get("/metrics"),
                                re.MULTILINE)
            if sum(map(int, counts)) >= records:
                return
            time.sleep(0.2)
        raise AssertionError(f"{records} records did not end in {SECONDS_MAX} s")

    def close(self):
        self.process.terminate()
        self.process.wait(SECONDS_MAX)
        self.log.close()
