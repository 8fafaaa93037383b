#!/usr/bin/env python3
"""Holds alerts and dashboard to what a worker really exposes: every name, label and label value in
a query is one that exists. The worker is a real one, on the embedded broker, fed with the samples.
"""

import json
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
import urllib.request

import support

ALERTS = support.DEPLOY / "prometheus/alerts.yaml"
ALERTS_TEST = support.DEPLOY / "prometheus/alerts_test.yaml"
DASHBOARD = support.DEPLOY / "grafana/dashboard.json"
OPERATE = support.DEPLOY / "OPERATE.md"
SAMPLES = 118  # records in configs/samples
# What Prometheus adds to what it scrapes.
ADDED_NAMES = {"up"}
ADDED_LABELS = {"job", "instance"}


def queries():
    """Every (place, PromQL) of the alerts and the dashboard."""
    alerts = re.findall(r"alert: (\w+)\n\s+expr: (?:>\n)?(.*?)\n\s+(?:for|labels):",
                        ALERTS.read_text(), re.S)
    found = [(f"alert {name}", expr) for name, expr in alerts]
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        found += [(panel["title"], target["expr"]) for target in panel.get("targets", [])]
    found += [(f"variable {variable['name']}", variable["query"])
              for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    return found


def scrape_worker():
    """What a worker's /metrics says once it has worked on the samples."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        config = (support.ROOT / "configs/newswire.yaml").read_text()
        config = re.sub(r"(boilerplate: |dictionary: \[)", rf"\g<1>{support.ROOT}/configs/", config)
        config = config.replace("\nkafka:", "\nhttp: {port: 0}\ncommit_interval: 100ms\nkafka:")
        (folder / "worker.yaml").write_text(config)
        log = folder / "log"
        with open(log, "w", encoding="utf-8") as file, subprocess.Popen(
                [support.COPYDESK, "run", "-c", folder / "worker.yaml", "--embedded"],
                stdout=file, stderr=file) as worker:
            try:
                brokers = wait_for(lambda: re.search(r"bootstrap.servers=(\S+)", log.read_text()))
                metrics = wait_for(lambda: re.search(r"http://\S+/metrics", log.read_text()))
                subprocess.run([support.COPYDESK, "replay", "-c", folder / "worker.yaml",
                                "--brokers", brokers.group(1), support.ROOT / "configs/samples"],
                               check=True, timeout=60, capture_output=True)
                return wait_for(lambda: finished(metrics.group(0)))
            finally:
                worker.terminate()


def wait_for(what):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError("the worker did not come so far")


def finished(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        text = answer.read().decode()
    ended = re.findall(r"^copydesk_sink_records_total{.*} (\S+)$", text, re.M)
    # From librdkafka, in its own time.
    has_all = all(f"copydesk_{name}{{" in text
                  for name in ("consumer_lag_records", "kafka_broker_rtt_seconds"))
    return text if has_all and sum(map(float, ended)) >= SAMPLES else None


def promtool(test, *arguments, **more):
    """Runs promtool, which must find nothing."""
    # A package of its own from Debian 13 on.
    program = support.unpacked_tool("promtool", "promtool", "prometheus")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60,
                          check=False, **more)
    test.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Queries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scraped = scrape_worker()
        cls.labels = {}  # metric to its labels
        for name, labels in re.findall(r"^(\w+)(?:{(.*)})? \S+$", cls.scraped, re.M):
            known = cls.labels.setdefault(name, set())
            known.update(re.findall(r'(\w+)="', labels))
        sources = [path.read_text() for folder in ("pipeline", "stages")
                   for path in (support.ROOT / folder).rglob("*.cc")]
        cls.quoted = set(re.findall(r'"([^"\n]*)"', "\n".join(sources)))

    def test_find_metrics_named_by_convention(self):
        promtool(self, "check", "metrics", input=self.scraped)

    def test_name_metrics_that_exist(self):
        for place, query in queries():
            for name in re.findall(r"\b(?:copydesk_\w+|up)\b", query):
                # What no worker without a fault shows stands in the source.
                base = re.sub(r"_(bucket|sum|count)$", "", name)
                exists = name in self.labels or name in ADDED_NAMES or base in self.quoted
                self.assertTrue(exists, f"{place}: no metric {name}")

    def test_name_labels_that_exist(self):
        every = set.union(ADDED_LABELS, *self.labels.values())
        for place, query in queries():
            for name, selector in re.findall(r"\b(copydesk_\w+){([^}]*)}", query):
                labels = set(re.findall(r"(\w+)\s*[=!]", selector)) - ADDED_LABELS
                self.assertLessEqual(labels, self.labels.get(name, labels), f"{place}: {name}")
            for group in re.findall(r"\b(?:by|on) \(([^)]*)\)", query):
                # What no worker without a fault shows stands in the source.
                unknown = set(re.findall(r"\w+", group)) - every - self.quoted
                self.assertFalse(unknown, place)

    def test_name_label_values_that_exist(self):
        for place, query in queries():
            for values in re.findall(r'\b(?:event|outcome|result|stage)[=!]~?"([^"]*)"', query):
                for value in values.split("|"):
                    self.assertTrue(value in self.quoted, f"{place}: nothing says '{value}'")


class Rules(unittest.TestCase):
    def test_of_alerts_are_well_formed(self):
        promtool(self, "check", "rules", ALERTS)
        # And with the configuration that loads them.
        promtool(self, "check", "config", ALERTS.parent / "prometheus.yaml")

    def test_of_alerts_fire_when_they_must(self):
        promtool(self, "test", "rules", ALERTS_TEST)

    def test_of_the_dashboard_are_well_formed(self):
        rules = ["groups:", "- name: dashboard", "  rules:"]
        for place, query in queries():
            if place.startswith("variable"):
                continue
            query = query.replace("$__rate_interval", "5m")
            rules += ["  - record: x", f"    labels: {{n: '{len(rules)}'}}",
                      f"    expr: {json.dumps(query)}"]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "dashboard.yaml"
            path.write_text("\n".join(rules))
            promtool(self, "check", "rules", path)


class Pages(unittest.TestCase):
    def test_operators_page_has_a_chapter_for_every_alert(self):
        alerts = re.findall(r"alert: (\w+)", ALERTS.read_text())
        chapters = re.findall(r"^### (Copydesk\w+)$", OPERATE.read_text(), re.M)
        self.assertEqual(alerts, chapters)
        runbooks = re.findall(r"runbook: (\S+)", ALERTS.read_text())
        self.assertEqual(runbooks, [f"deploy/OPERATE.md#{name.lower()}" for name in alerts])
        for name in alerts:
            self.assertRegex(ALERTS_TEST.read_text(), rf"\b{name}\b", "an alert without a test")

    def test_panels_say_what_they_show(self):
        for panel in json.loads(DASHBOARD.read_text())["panels"]:
            if panel["type"] != "row":
                self.assertGreater(len(panel["description"]), 10, panel["title"])


if __name__ == "__main__":
    support.main()
