"""Random JSON documents and random expressions over the same few names, so that they meet."""

import json

from hypothesis import strategies as st

from controlcenter.browse.filter import paths

NAMES = ["a", "b", "city", "order-id", "ключ", 'q"q']
TEXTS = ["", "a", "Oslo", "oslo", "Os", "é", "😀", 'say "x"', "back\\slash", "line\nend", "x/y"]
NUMBERS = [
    "0", "1", "-1", "40", "40.0", "4e1", "0.1", "0.10", "1e-1", "0.1000000000000000055511151231257827", "9007199254740992",
    "9007199254740993", "9007199254740993.0", "1e23", "100000000000000000000000", "1e400", "1e-400", "-0.0",
    "12345678901234567.89", "123456789012345.6",
]  # fmt: skip

texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
numbers = st.sampled_from(NUMBERS) | st.integers(-(10**30), 10**30).map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)


def _text(value: str, escape: int) -> str:
    if escape == 2:
        return '"' + "".join(f"\\u{unit:04x}" for unit in memoryview(value.encode("utf-16-le", "surrogatepass")).cast("H")) + '"'
    return json.dumps(value, ensure_ascii=bool(escape)).replace("/", "\\/" if escape else "/")


quoted = st.builds(_text, texts, st.integers(0, 2))
leaves = quoted | numbers | st.sampled_from(["true", "false", "null"])
names = st.builds(_text, st.sampled_from(NAMES), st.integers(0, 2))
pairs = st.lists(st.tuples(names, st.deferred(lambda: documents)), max_size=4)
objects = pairs.map(lambda found: "{" + ", ".join(f"{name}: {item}" for name, item in found) + "}")
documents = st.recursive(
    leaves, lambda below: objects | st.lists(below, max_size=4).map(lambda found: "[" + ",".join(found) + "]"), max_leaves=12
)
roots = (objects | documents.filter(lambda text: text[:1] in "[{")).map(str.encode)


def literal(value: str) -> str:
    return paths.quoted(value)


def path(root: str) -> st.SearchStrategy[str]:
    steps = st.lists(
        st.sampled_from(NAMES).map(lambda name: f"[{literal(name)}]") | st.sampled_from([".a", ".b", ".city", "[0]", "[1]"]), max_size=3
    )
    return steps.map(lambda found: root + "".join(found))


constants = texts.map(literal) | numbers | st.sampled_from(["true", "false"])


def conditions(depth: int = 3, roots: tuple[str, ...] = ("value",)) -> st.SearchStrategy[str]:
    """Return texts of conditions that mostly compile."""
    field = st.sampled_from(roots).flatmap(path)
    compare = st.builds("{} {} {}".format, field, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), constants | field)
    turned = st.builds("{} {} {}".format, constants, st.sampled_from(["==", "!=", "<", ">"]), field)
    null = st.builds("{} {} null".format, field, st.sampled_from(["==", "!="]))
    call = st.builds("{}.{}({})".format, field, st.sampled_from(["startsWith", "endsWith", "contains"]), texts.map(literal))
    listed = st.lists(constants, min_size=1, max_size=3).map(", ".join).map("[{}]".format)
    among = st.builds("{} in {}".format, field, listed) | st.builds("{} in {}".format, constants, field)
    sized = st.builds("size({}) {} {}".format, field, st.sampled_from(["==", ">"]), st.integers(0, 4))
    lower = st.builds("lower({}) == {}".format, field, texts.map(str.lower).map(literal))
    simple = compare | compare | turned | null | call | among | sized | lower | field
    if depth == 0:
        return simple
    below = st.deferred(lambda: conditions(depth - 1, roots))
    item = f"i{depth}"
    inner = st.deferred(lambda: conditions(depth - 1, (*roots, item)))
    joined = st.builds("({} {} {})".format, below, st.sampled_from(["&&", "||"]), below)
    chosen = st.builds("({} ? {} : {})".format, below, below, below)
    looped = st.builds(("{}.{}(" + item + ", {})").format, field, st.sampled_from(["exists", "all"]), inner)
    return simple | joined | below.map("!({})".format) | chosen | looped
