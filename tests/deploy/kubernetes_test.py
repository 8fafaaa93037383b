#!/usr/bin/env python3
"""Validates the Kubernetes manifests against the schemas that PyPI's kubernetes-validate brings,
and holds manifests and compose file to the configuration and the program they are for.

kubernetes-validate is fetched once, into a folder of its own under ${XDG_CACHE_HOME:-~/.cache}.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

import support

MANIFESTS = support.DEPLOY / "kubernetes"
# Its schemas are of the Kubernetes of the same number.
VALIDATE = "kubernetes-validate==1.31.0"


def validator():
    """The path of kubernetes-validate, or skips the test."""
    folder = support.CACHE / VALIDATE
    program = folder / "bin/kubernetes-validate"
    if not program.exists():
        steps = ([sys.executable, "-m", "venv", folder],
                 [folder / "bin/pip", "install", "--quiet", VALIDATE])
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, timeout=240, check=False)
            if done.returncode != 0:
                raise unittest.SkipTest(f"no {VALIDATE} from PyPI: {done.stderr[-300:]}")
    return program


def manifest(name):
    return yaml.safe_load((MANIFESTS / f"{name}.yaml").read_text())


def container():
    return manifest("deployment")["spec"]["template"]["spec"]["containers"][0]


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text).group(1))


class Manifests(unittest.TestCase):
    def test_are_what_kubernetes_takes(self):
        program = validator()
        for name in ("configmap", "deployment", "poddisruptionbudget"):
            done = subprocess.run([program, "--strict", MANIFESTS / f"{name}.yaml"],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_configuration_is_one_that_copydesk_takes(self):
        text = manifest("configmap")["data"]["newswire.yaml"]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "newswire.yaml"
            text = text.replace("/etc/copydesk/dictionaries/starter.image",
                                str(support.BUILD / "dictionaries/starter.image"))
            path.write_text(text.replace("/etc/copydesk", str(support.ROOT / "configs")))
            done = subprocess.run([support.COPYDESK, "check", "--offline", "-c", path],
                                  capture_output=True, text=True, timeout=60, check=False,
                                  env={**os.environ, "KAFKA_BROKERS": "kafka:9092"})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_run_the_configuration_of_the_config_map(self):
        arguments = container()["args"]
        path = pathlib.PurePath(arguments[arguments.index("-c") + 1])
        mounts = {mount["mountPath"]: mount["name"] for mount in container()["volumeMounts"]}
        self.assertIn(str(path.parent), mounts)
        self.assertIn(path.name, manifest("configmap")["data"])
        options = subprocess.run([support.COPYDESK, "run", "--help"], capture_output=True,
                                 text=True, timeout=60, check=True).stdout
        for argument in arguments:
            if argument.startswith("--"):
                self.assertIn(argument, options)

    def test_select_the_workers(self):
        labels = manifest("deployment")["spec"]["template"]["metadata"]["labels"]
        for selector in (manifest("deployment"), manifest("poddisruptionbudget")):
            self.assertEqual(selector["spec"]["selector"]["matchLabels"], labels)

    def test_leave_time_to_stop(self):
        usual = re.search(r"shutdown_timeout: (\w+)",
                          (support.ROOT / "configs/newswire.yaml").read_text()).group(1)
        spec = manifest("deployment")["spec"]["template"]["spec"]
        self.assertGreater(spec["terminationGracePeriodSeconds"], seconds(usual))
        unit = (support.DEPLOY / "systemd/copydesk.service").read_text()
        stop = re.search(r"TimeoutStopSec=(\w+)", unit).group(1)
        self.assertGreater(seconds(stop), seconds(usual))
        compose = yaml.safe_load((support.DEPLOY / "compose.yaml").read_text())
        grace = compose["services"]["copydesk"]["stop_grace_period"]
        self.assertGreater(seconds(grace), seconds(usual))

    def test_scale_by_the_lag_of_what_is_read(self):
        topology = yaml.safe_load(manifest("configmap")["data"]["newswire.yaml"])
        scaled = manifest("scaledobject")
        self.assertEqual(scaled["apiVersion"], "keda.sh/v1alpha1")
        self.assertEqual(scaled["spec"]["scaleTargetRef"]["name"],
                         manifest("deployment")["metadata"]["name"])
        trigger = scaled["spec"]["triggers"][0]["metadata"]
        self.assertEqual(trigger["consumerGroup"], topology["name"])
        self.assertEqual([trigger["topic"]], topology["source"]["topics"])
        for value in trigger.values():
            self.assertIsInstance(value, str, "KEDA takes strings only")


class Compose(unittest.TestCase):
    def setUp(self):
        self.services = yaml.safe_load((support.DEPLOY / "compose.yaml").read_text())["services"]

    def test_mounts_what_is_there(self):
        for name, service in self.services.items():
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("."):
                    self.assertTrue((support.DEPLOY / source).exists(), f"{name}: {source}")

    def test_creates_every_topic_of_the_configuration(self):
        script = self.services["topics"]["command"][0]
        topology = yaml.safe_load((support.ROOT / "configs/newswire.yaml").read_text())
        for topic in topology["source"]["topics"] + list(topology["outputs"].values()):
            self.assertRegex(script, rf"[ \n]{re.escape(topic)}\b")

    def test_prometheus_scrapes_the_job_that_the_alerts_name(self):
        config = yaml.safe_load((support.DEPLOY / "prometheus/prometheus.yaml").read_text())
        self.assertEqual([job["job_name"] for job in config["scrape_configs"]], ["copydesk"])
        self.assertIn('job="copydesk"', (support.DEPLOY / "prometheus/alerts.yaml").read_text())

    def test_health_check_of_the_image_asks_what_the_worker_answers(self):
        dockerfile = (support.DEPLOY / "Dockerfile").read_text()
        check = re.search(r"HEALTHCHECK[^\n]*\\\n\s+CMD (\[.*\])", dockerfile).group(1)
        self.assertIn("GET /live ", json.loads(check)[2])
        self.assertRegex(dockerfile, r"\nUSER \d+:\d+\n")


if __name__ == "__main__":
    support.main()
