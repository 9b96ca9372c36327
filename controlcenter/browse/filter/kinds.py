"""What is known of a node's kind before any record is seen, and how kinds are called."""

from controlcenter.browse.filter import functions, tree, values
from controlcenter.browse.filter.tree import Call, Compare, Literal, Loop, Node, Path, Variable

ROOTS = ("key", "value", "headers")
VARIABLES = {
    "key": "any", "value": "any", "headers": "map", "partition": "number", "offset": "number", "timestamp": "timestamp",
    "key_size": "number", "value_size": "number", "schema_id": "number", "tombstone": "bool",
}  # fmt: skip
HEADER_LIST = "headers, in order"  # no text can name it: it stands for headers in size() and loops
WORDS = {"any": "anything", "null": "null", "bool": "true or false", "number": "a number", "string": "a text", "timestamp": "a timestamp",
    "duration": "a duration", "list": "a list", "map": "a map", "bytes": "bytes"}  # fmt: skip


def of(node: Node) -> str:
    """Return what is known of a checked node's kind; "any" when a record decides."""
    match node:
        case Literal(value):
            return values.kind(value)
        case tree.Not() | tree.Both() | tree.Either() | Compare() | tree.In() | Loop():
            return "bool"
        case Variable(name):
            return "list" if name == HEADER_LIST else VARIABLES[name]
        case Path("headers", steps):
            return "string" if steps else "map"
        case tree.Negative():
            return "number"
        case tree.Arithmetic(sign, left, right):
            return of_sum(sign, of(left), of(right))
        case tree.Choose(_, yes, no):
            return of(yes) if of(yes) == of(no) else "any"
        case tree.ListOf():
            return "list"
        case Call(name):
            return functions.TABLE[name].result
        case _:
            return "any"


def of_sum(sign: str, left: str, right: str) -> str:
    """Return the kind that arithmetic gives; "" when it joins no such two."""
    match sign, left, right:
        case _, "number", "number":
            return "number"
        case "+", ("string" | "list"), _ if left == right:
            return left
        case (("+" | "-"), "duration", "duration"):
            return "duration"
        case "-", "timestamp", "timestamp":
            return "duration"
        case (("+" | "-"), "timestamp", "duration"):
            return "timestamp"
        case "+", "duration", "timestamp":
            return "timestamp"
    return "any" if "any" in (left, right) else ""
