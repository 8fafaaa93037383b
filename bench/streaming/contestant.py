#!/usr/bin/env python3
"""Runs copydesk as a contestant of a comparison of stream processors on one Kafka.

contestant.py CONFIGURATION GUARANTEE COMMIT_INTERVAL THREADS: a configuration of this folder. From
the environment come BROKERS, IN, OUT, GROUP, CODEC and DICT (rows of alias TAB ... TAB id). It
makes the topic OUT-aside, and for exact.yaml a dictionary of the same aliases that fold nothing,
in the working folder; then it becomes the worker, which ends on SIGTERM.
"""
import json
import os
import pathlib
import sys

from confluent_kafka.admin import AdminClient, NewTopic

HERE = pathlib.Path(__file__).resolve().parent
PARTITIONS = 4


def write_exact(table, path):
    """Writes the aliases of a table as a dictionary that folds nothing."""
    entities = {}
    for row in pathlib.Path(table).read_text(encoding="utf-8").splitlines():
        alias, *_, entity = row.split("\t")
        entities.setdefault(entity, []).append(alias)
    with open(path, "w", encoding="utf-8") as out:
        for entity, aliases in entities.items():
            line = {"id": entity, "type": "object", "name": aliases[0], "aliases": aliases,
                    "fold": ["exact"]}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


def main():
    configuration, guarantee, interval, threads = sys.argv[1:]
    # Kept until its answer is there: a client that is collected takes its futures with it.
    admin = AdminClient({"bootstrap.servers": os.environ["BROKERS"]})
    aside = NewTopic(os.environ["OUT"] + "-aside", PARTITIONS, 1)
    for made in admin.create_topics([aside]).values():
        made.result(20)
    environment = dict(os.environ, GUARANTEE=guarantee, COMMIT_INTERVAL=interval, THREADS=threads)
    if configuration == "exact.yaml":
        environment["DICT"] = str(pathlib.Path.cwd() / "exact.jsonl")
        write_exact(os.environ["DICT"], environment["DICT"])
    worker = HERE.parent.parent / "build" / "release" / "bin" / "copydesk"
    os.execve(worker, [str(worker), "run", "-c", str(HERE / configuration)], environment)


if __name__ == "__main__":
    main()
