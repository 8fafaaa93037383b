"""Every command the project's pages show is run, and what they say it prints is what it prints.

How: each ```sh block of the pages below is taken line by line and run as it stands, by a shell, in
a scratch folder that looks like the project (so that what a command writes stays there). A ```text
block behind a ```sh block is its output: each line must be printed, in that order, "…" standing for
anything. What cannot be run here as it stands is named in INSTEAD.

A worker (`copydesk run`) runs on until the page's end; 127.0.0.1:41234 and port 9464 in later
commands become the addresses it printed. Commands that ask a worker are repeated until their output
is as stated, for as long as a consumer group may take to form on the embedded broker.

COPYDESK_BIN_DIR is the folder with the program copydesk.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BIN_DIR = os.environ.get("COPYDESK_BIN_DIR", os.path.join(ROOT, "build", "release", "bin"))
PAGES = ["README.md", "bench/README.md", "pipeline/README.md", "stages/README.md",
         "configs/samples/README.md", "configs/schemas/README.md",
         "configs/dictionaries/README.md", "stages/deduplicate/README.md",
         "stages/dictionary/README.md", "deploy/OPERATE.md", "deploy/TUNING.md"]
COMMAND_SECONDS_MAX = 60
WORKER_SECONDS_MAX = 90
COMMIT_SECONDS = 3

# Installs packages, builds everything or needs a Kafka: there and executable is what can be
# checked here, and the step that it ends with, where there is one.
INSTEAD = {
    "./deploy/demo": "build/release/bin/copydesk demo",
    "./tests/run": "bash -n tests/run",
    "./bench/run": "bash -n bench/run",
    "KAFKA_BROKERS=localhost:9092 build/release/bin/copydesk run -c configs/newswire.yaml":
        "KAFKA_BROKERS=localhost:9092 build/release/bin/copydesk check -c configs/newswire.yaml "
        "--offline",
}


def page_text(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        return file.read()


def blocks(text):
    """(commands, stated output or None) of each ```sh block, in order."""
    pattern = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    found = []
    end = None
    for match in pattern.finditer(text):
        language, body = match.groups()
        is_next = end is not None and not text[end:match.start()].strip()
        if language == "sh":
            commands = [line for line in body.replace("\\\n", " ").splitlines()
                        if line.strip() and not line.startswith("#")]
            found.append((commands, None))
            end = match.end()
            continue
        if language in ("text", "json") and is_next:
            found[-1] = (found[-1][0], body)
        end = None
    return found


def missing_line(stated, printed):
    """The first line of `stated` that `printed` does not have, in order; None when it has all."""
    at = 0
    lines = printed.splitlines()
    for line in stated.splitlines():
        parts = [re.escape(part.strip()) for part in re.split("…|\\.\\.\\.", line)]
        pattern = re.compile(".*".join(parts))
        if not line.strip(" …"):
            continue
        while at < len(lines) and not pattern.search(lines[at]):
            at += 1
        if at == len(lines):
            return line
    return None


class Worker:
    """A `copydesk run` in the background; its output is read as it comes."""

    def __init__(self, command, folder):
        self.command = command
        # exec: the signal must reach the worker, not a shell in front of it.
        self.process = subprocess.Popen(["sh", "-c", "exec " + command], cwd=folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, encoding="utf-8")
        self.output = ""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.output += line

    def wait_for(self, pattern):
        deadline = time.monotonic() + COMMAND_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(pattern, self.output)
            if found:
                return found.group(1)
            time.sleep(0.05)
        raise AssertionError(f"{self.command}: did not print {pattern}:\n{self.output}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(COMMAND_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.reader.join(COMMAND_SECONDS_MAX)
        self.process.stdout.close()


class Scratch:
    """A folder that looks like the built project, with free ports for its workers."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="copydesk-readme-")
        for name in ("bench", "deploy", "tests", "stages", "pipeline"):
            os.symlink(os.path.join(ROOT, name), os.path.join(self.folder, name))
        os.makedirs(os.path.join(self.folder, "build", "release"))
        os.symlink(os.path.abspath(BIN_DIR), os.path.join(self.folder, "build/release/bin"))
        shutil.copytree(os.path.join(ROOT, "configs"), os.path.join(self.folder, "configs"))
        with open(os.path.join(self.folder, "configs/newswire.yaml"), "a",
                  encoding="utf-8") as file:
            file.write("\nhttp: {port: 0}\n")
        self.worker = None
        self.brokers = self.http = None

    def run(self, command):
        if self.worker:
            command = command.replace("127.0.0.1:41234", self.brokers)
            command = command.replace("127.0.0.1:9464", self.http)
        return subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              encoding="utf-8", timeout=COMMAND_SECONDS_MAX, check=False)

    def start_worker(self, command):
        self.worker = Worker(command, self.folder)
        self.brokers = self.worker.wait_for(r"bootstrap\.servers=(\S+)\n")
        self.http = self.worker.wait_for(r"http://(\S+)/metrics")

    def close(self):
        if self.worker:
            self.worker.stop()
        shutil.rmtree(self.folder)


class Readme(unittest.TestCase):
    def run_block(self, scratch, page, commands, stated):
        printed = ""
        for command in commands:
            name = f"{page}: {command}"
            if command.startswith("./"):
                self.assertTrue(os.access(os.path.join(ROOT, command.split()[0]), os.X_OK), name)
            command = INSTEAD.get(command, command)
            if re.search(r"\bcopydesk run\b", command):
                scratch.start_worker(command)
                printed = scratch.worker.output
                continue
            if "--from-" in command:
                # Records are counted when they are sent; one commit interval later they are there.
                time.sleep(COMMIT_SECONDS)
            result = self.run_until(scratch, command, stated if command is commands[-1] else None)
            self.assertEqual(result.returncode, 0, f"{name}\n{result.stdout}{result.stderr}")
            printed += result.stdout
        if stated is not None:
            line = missing_line(stated, printed)
            self.assertIsNone(line, f"{page}: {commands[-1]}: does not print '{line}':\n{printed}")

    def run_until(self, scratch, command, stated):
        """Runs a command; beside a worker again and again until it says what is stated."""
        deadline = time.monotonic() + WORKER_SECONDS_MAX
        while True:
            result = scratch.run(command)
            is_done = result.returncode == 0 and (
                stated is None or missing_line(stated, result.stdout) is None)
            asks_worker = scratch.worker and ("curl" in command or "--url" in command)
            if is_done or not asks_worker or time.monotonic() > deadline:
                return result
            time.sleep(0.5)

    def test_commands_do_what_the_pages_say(self):
        self.assertTrue(os.path.exists(os.path.join(BIN_DIR, "copydesk")),
                        f"COPYDESK_BIN_DIR: no program copydesk in {BIN_DIR}")
        for page in PAGES:
            if not os.path.exists(os.path.join(ROOT, page)):
                continue
            scratch = Scratch()
            try:
                for commands, stated in blocks(page_text(page)):
                    with self.subTest(page=page, command=commands[0]):
                        self.run_block(scratch, page, commands, stated)
            finally:
                scratch.close()
            if scratch.worker:
                self.assertEqual(scratch.worker.process.returncode, 0, scratch.worker.output)
                self.assertRegex(scratch.worker.output, r"consumed \d+ = published")

    def test_links_lead_somewhere(self):
        for page in PAGES:
            if not os.path.exists(os.path.join(ROOT, page)):
                continue
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page_text(page)):
                if "://" not in target:
                    path = os.path.join(ROOT, os.path.dirname(page), target)
                    self.assertTrue(os.path.exists(path), f"{page}: no {target}")


class TheReadingOfPages(unittest.TestCase):
    def test_blocks(self):
        page = "a\n```sh\none \\\n  more\n# why\ntwo\n```\n\n```text\nout\n```\n```sh\nthree\n```\n"
        self.assertEqual(blocks(page), [(["one    more", "two"], "out\n"), (["three"], None)])
        self.assertEqual(blocks("```sh\na\n```\nwords\n```text\nb\n```\n"), [(["a"], None)])

    def test_stated_output(self):
        printed = "a 1\nb 2 c\nd\n"
        self.assertIsNone(missing_line("a 1\n…\nb … c\n", printed))
        self.assertEqual(missing_line("d\na 1\n", printed), "a 1")
        self.assertEqual(missing_line("b … x\n", printed), "b … x")


if __name__ == "__main__":
    sys.exit(unittest.main())
