"""schema.py FOLDER [--list] < lines: validates each line, an event or a document of pienv, against FOLDER/event.json
and FOLDER/document.json. A type without a definition is an error. --list prints the types that were seen."""
import json
import sys

from jsonschema import Draft202012Validator, RefResolver

folder = sys.argv[1]
files = {name: json.load(open(f"{folder}/{name}.json", encoding="utf-8")) for name in ("event", "document")}
for schema in files.values():
    Draft202012Validator.check_schema(schema)
store = {"/event.json": files["event"]}  # document.json refers to it by a relative name
wrong, seen = 0, set()
for number, line in enumerate(sys.stdin, 1):
    if not line.strip():
        continue
    value = json.loads(line)
    kind = value.get("type")
    seen.add(kind)
    schema = next((file for file in files.values() if kind in file["$defs"]), None)
    if schema is None:
        print(f"line {number}: no schema defines the type {kind!r}")
        wrong += 1
        continue
    validator = Draft202012Validator(schema, resolver=RefResolver("", schema, store=store))
    for error in validator.iter_errors(value):
        print(f"line {number}: {kind}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
        wrong += 1
if "--list" in sys.argv:
    print("\n".join(sorted(seen)))
sys.exit(1 if wrong else 0)
