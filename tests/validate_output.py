#!/usr/bin/env python3
"""Validates enriched stories and recalls, one JSON object a line, from files or standard input.

Each story's `copydesk` is validated against configs/schemas/copydesk.schema.json, and each mention
against the text: field[begin:end] is the surface in bytes, code points and UTF-16. With IPTC's
schemas at hand (data/formats/iptc-ninjs under COPYDESK_SHARED, default ../shared beside the
repository) a story that says which ninjs it is ($standard, standard) is validated against it too;
with --as-ninjs also one that does not say so, when it has a uri and text where ninjs has it.

Prints "N valid, M invalid"; exits 1 when any is invalid or there are none.
"""

import argparse
import json
import os
import pathlib
import sys

import jsonschema

try:  # jsonschema 4.18 and later (Debian 13)
    import referencing
except ImportError:  # Debian 12
    referencing = None

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "configs" / "schemas"
OUR_IDS = "https://copydesk.example/schemas/"
NINJS_IDS = "http://www.iptc.org/std/ninjs/ninjs-schema_"


def load_schemas():
    """All schemas by their identifier without its '#'."""
    shared = pathlib.Path(os.environ.get("COPYDESK_SHARED", ROOT.parent / "shared"))
    ninjs = shared / "data" / "formats" / "iptc-ninjs"
    paths = list(SCHEMAS.glob("*.schema.json"))
    paths += (ninjs / "specification").glob("ninjs-schema_*.json")
    paths += (ninjs / "validation" / "test_suite").glob("GeoJSON-schema.json")
    store = {}
    for path in paths:
        schema = json.loads(path.read_text(encoding="utf-8"))
        store[(schema.get("$id") or schema.get("id")).rstrip("#")] = schema
    return store


class Schemas:
    def __init__(self, takes_likely_ninjs):
        self.takes_likely_ninjs = takes_likely_ninjs
        self.store = load_schemas()
        self.validators = {}

    def has_ninjs(self):
        return any(name.startswith(NINJS_IDS) for name in self.store)

    def references(self, name, schema):
        """How a validator finds the schemas that `schema` refers to."""
        if referencing is None:
            return {"resolver": jsonschema.RefResolver(name, schema, store=self.store)}
        resources = [(key, referencing.Resource.from_contents(value))
                     for key, value in self.store.items()]
        return {"registry": referencing.Registry().with_resources(resources)}

    def errors(self, name, value):
        """What is wrong with `value` by the schema `name`."""
        if name not in self.validators:
            schema = self.store[name]
            validator = jsonschema.validators.validator_for(schema)
            self.validators[name] = validator(schema, **self.references(name, schema))
        for error in self.validators[name].iter_errors(value):
            place = "/".join(str(step) for step in error.absolute_path)
            yield f"{name}: {place or 'the object'}: {error.message[:200]}"


def resolve(story, pointer):
    value = story
    for step in pointer.split("/"):
        step = step.replace("~1", "/").replace("~0", "~")
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def span_errors(story, part, what):
    try:
        text = resolve(story, part["field"])
    except (KeyError, IndexError, ValueError, TypeError):
        text = None
    if not isinstance(text, str):
        yield f"{what}: field {part['field']} is no string of the story"
        return
    begin, end = part["bytes"]
    try:
        found = text.encode("utf-8")[begin:end].decode("utf-8")
    except UnicodeDecodeError:
        found = None
    if not found:
        yield f"{what}: bytes {part['bytes']} are no place in {part['field']}"
    if "surface" not in part:
        return
    if found != part["surface"]:
        yield f"{what}: bytes {part['bytes']} hold {found!r}, surface is {part['surface']!r}"
    begin, end = part["codepoints"]
    if text[begin:end] != part["surface"]:
        yield f"{what}: codepoints {part['codepoints']} hold {text[begin:end]!r}"
    begin, end = part["utf16"]
    units = text.encode("utf-16-le")[2 * begin : 2 * end].decode("utf-16-le", "replace")
    if units != part["surface"]:
        yield f"{what}: utf16 {part['utf16']} hold {units!r}"


def stated_ninjs(story):
    """The version of ninjs that the story says it is, or None."""
    standard = story.get("$standard") or story.get("standard")
    if not isinstance(standard, dict) or standard.get("name") != "ninjs":
        return None
    return standard.get("version")


def likely_ninjs(story):
    """The newest version of the ninjs that the story looks like, or None."""
    if "uri" not in story or "standard" in story or "$standard" in story:
        return None
    if any(name in story for name in ("headlines", "bodies", "descriptions")):
        of_3 = ("versionCreated", "pubStatus", "embargoedUntil", "edNote", "altIds")
        is_camel = any(name in story for name in of_3)
        return "3.1" if is_camel else "2.2"
    is_1 = "headline" in story or any(name.startswith("body_") for name in story)
    return "1.6" if is_1 else None


def ninjs_errors(schemas, story):
    version = stated_ninjs(story)
    if schemas.takes_likely_ninjs:
        version = version or likely_ninjs(story)
    if version is None or f"{NINJS_IDS}{version}.json" not in schemas.store:
        return
    if version[0] == "1" or version == "2.0":
        bare = {name: value for name, value in story.items() if name != "copydesk"}
        yield from schemas.errors(f"{NINJS_IDS}{version}.json", bare)
    else:
        yield from schemas.errors(f"{OUR_IDS}ninjs-{version[0]}-with-copydesk.schema.json", story)


def errors_of(schemas, value):
    if isinstance(value, dict) and "recall" in value:
        yield from schemas.errors(OUR_IDS + "recall.schema.json", value)
        return
    if not isinstance(value, dict) or "copydesk" not in value:
        yield "neither a story with a member copydesk nor a recall"
        return
    extension = value["copydesk"]
    shape = list(schemas.errors(OUR_IDS + "copydesk.schema.json", extension))
    yield from shape
    if shape:
        return
    for name in ("mentions", "notStory"):
        for index, part in enumerate(extension.get(name, [])):
            yield from span_errors(value, part, f"{name}/{index}")
    yield from ninjs_errors(schemas, value)


def lines_of(paths):
    for path in paths:
        stream = sys.stdin.buffer if path == "-" else open(path, "rb")
        with stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield f"{path}:{number}", line


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--as-ninjs", action="store_true")
    parser.add_argument("files", nargs="*", default=["-"])
    arguments = parser.parse_args()
    schemas = Schemas(arguments.as_ninjs)
    if not schemas.has_ninjs():
        print("no ninjs schemas: set COPYDESK_SHARED; validating the extension alone",
              file=sys.stderr)
    valid = invalid = 0
    for place, line in lines_of(arguments.files):
        try:
            errors = list(errors_of(schemas, json.loads(line)))
        except ValueError as error:
            errors = [f"no JSON: {error}"]
        for error in errors:
            print(f"{place}: {error}", file=sys.stderr)
        if errors:
            invalid += 1
        else:
            valid += 1
    print(f"{valid} valid, {invalid} invalid")
    return 0 if valid and not invalid else 1


if __name__ == "__main__":
    sys.exit(main())
