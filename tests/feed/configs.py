"""configs.py - telegraf.conf and alloy.config of docs/feed, as far as they can be looked at without the programs."""
import os
import re
import tomllib

import record

FOLDER = os.path.join(record.SOURCE, "docs", "feed")
TYPES = {"integer": "int", "decimal": "float", "signed decimal": "float"}  # of the rest: string
GO_TIME = "2006-01-02T15:04:05Z"


def check_telegraf(r):
    from feed import Failed
    with open(os.path.join(FOLDER, "telegraf.conf"), "rb") as f:
        conf = tomllib.load(f)
    inputs = {i["name_override"]: i for i in conf["inputs"]["tail"]}
    if sorted(inputs) != sorted(k.stem for k in r.kinds):
        raise Failed(f"telegraf.conf: {sorted(inputs)}")
    for kind in r.kinds:
        i = inputs[kind.stem]
        tags = ["vm"] + record.columns(kind, "name", "word")
        if len(tags) == 1 + len(kind.columns):
            tags = ["vm"]  # a row without a field is dropped there
        want = {"data_format": "csv", "csv_header_row_count": 0, "csv_skip_errors": True, "csv_timestamp_column": "ts", "path_tag": "",
                "csv_timestamp_format": GO_TIME, "csv_tag_columns": tags, "from_beginning": True,
                "csv_column_names": ["ts", "vm"] + [c for c, _ in kind.columns],
                "csv_column_types": ["string", "string"] + [TYPES.get(s, "string") for _, s in kind.columns]}
        wrong = {k: i.get(k) for k, v in want.items() if i.get(k) != v}
        if wrong or not i["files"][0].endswith(f"/*/{kind.stem}.csv"):
            raise Failed(f"telegraf.conf: {kind.stem}: {wrong}")
    percents = [(k.stem, c) for k in r.kinds for c in record.columns(k, "percent")]
    strings, numbers = conf["processors"]["strings"], conf["processors"]["converter"]
    without = [(s["namepass"][0], x["field"]) for s in strings for x in s["replace"] if (x["old"], x["new"]) == ("%", "")]
    integers = [(c["namepass"][0], f) for c in numbers for f in c["fields"]["integer"]]
    if percents != without or percents != integers or strings[0]["order"] >= numbers[0]["order"]:
        raise Failed(f"telegraf.conf: percents {percents}, {without}, {integers}")
    print(f"ok   telegraf.conf: {len(inputs)} files")


def check_alloy(r):
    from feed import Failed
    with open(os.path.join(FOLDER, "alloy.config"), encoding="utf-8") as f:
        text = re.sub(r"(?m)^\s*//.*", "", f.read())
    drop, cut = re.findall(r"expression = `([^`]+)`", text)
    with open(f"Monitor/{record.DAY}/alerts.csv", encoding="utf-8", newline="\n") as f:
        lines = f.read().split("\n")[:-1]
    rows = [re.fullmatch(cut, line, re.A) for line in lines if not re.fullmatch(drop, line)]
    alerts = [x for x in r.rows if x.kind.name == "alert"]
    if [m and (record.seconds(m["ts"]), m["vm"], m["msg"]) for m in rows] != [(x.t, x.vm, x.texts[0]) for x in alerts]:
        raise Failed("alloy.config: its expression does not take all alerts")
    blocks = {f"{kind}.{name}" for kind, name in re.findall(r'(?m)^([a-z_.]+) "(\w+)" \{', text)}
    uses = set(re.findall(r"\b([a-z_]+(?:\.[a-z_]+)+)\.(?:receiver|targets)\b", text))
    if uses - blocks or text.count("{") != text.count("}") or not re.search(r'"type" = "alert"', text):
        raise Failed(f"alloy.config: {uses - blocks} of {blocks}")
    labels = re.search(r"stage\.labels \{\s*values = \{(.*?)\}", text, re.S)[1]
    if labels != '"vm" = ""':
        raise Failed(f"alloy.config: labels {labels}")
    print(f"ok   alloy.config: {len(rows)} alerts")


def test_configs(r):
    check_telegraf(r)
    check_alloy(r)


TESTS = {"configs": test_configs}
