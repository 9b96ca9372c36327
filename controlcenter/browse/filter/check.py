"""Names, kinds and limits: the tree as written → the tree that is evaluated, or the error that says what to write instead.

What is known before any record is used: constants are computed, patterns compiled, and kinds that can never meet refused.
"""

import difflib
import re
from typing import NoReturn

import re2

from controlcenter.browse.filter import functions, kinds, tree, values
from controlcenter.browse.filter.errors import replaced, wrong
from controlcenter.browse.filter.kinds import HEADER_LIST, ROOTS, VARIABLES, WORDS
from controlcenter.browse.filter.parser import DEPTH
from controlcenter.browse.filter.tree import Call, Compare, Item, Literal, Loop, Node, Path, Variable

NODES = 500
PATTERN_BYTES = 1 << 20  # of one compiled pattern, RE2's own limit


def check(parsed: Node, text: str) -> Node:
    """Return the tree to evaluate, a condition; raises FilterError."""
    _limit(parsed, text)
    checker = Checker(text)
    return checker.condition(parsed)


def check_path(parsed: Node, text: str) -> Path:
    """Return the path that a text is; raises FilterError for anything else."""
    _limit(parsed, text)
    found = Checker(text).node(parsed)
    if not isinstance(found, Path):
        raise wrong(text, 0, "This is no path", "Write value.fare.base or value['order-id'].")
    return found


def _limit(parsed: Node, text: str) -> None:
    level, many, depth = [parsed], 0, 0
    while level:
        many, depth = many + len(level), depth + 1
        if many > NODES:
            raise wrong(text, level[0].at, f"The filter has more than {NODES} parts", "Ask for less, or in two searches.")
        if depth > DEPTH + 1:
            raise wrong(text, level[0].at, f"The filter nests deeper than {DEPTH}", "Write it flatter.")
        level = [child for node in level for child in tree.children(node)]


class Checker:
    def __init__(self, text: str) -> None:
        self.text = text
        self._loops: list[str] = []

    def _fail(self, node: Node, what: str, hint: str = "", fix: str = "") -> NoReturn:
        raise wrong(self.text, node.at, what, hint, fix=fix)

    def condition(self, node: Node) -> Node:
        """Return a node that must be true or false."""
        found = self.node(node)
        if (kind := kinds.of(found)) not in ("bool", "any"):
            self._fail(node, f"This is {WORDS[kind]}, not a condition", "Compare it: == != < <= > >= in.")
        return found

    def node(self, node: Node) -> Node:
        """Return one node checked."""
        match node:
            case tree.Name():
                return self._name(node)
            case tree.Field(of, name):
                return self._step(self.node(of), Literal(name, node.at), node)
            case Item(of, by):
                return self._step(self.node(of), self.node(by), node)
            case tree.Not(of):
                return tree.Not(self.condition(of), node.at)
            case tree.Both(of):
                return tree.Both(tuple(self.condition(each) for each in of), node.at)
            case tree.Either(of):
                return tree.Either(tuple(self.condition(each) for each in of), node.at)
            case tree.Negative(of):
                return self._negative(self.node(of), node)
            case Compare(sign, left, right):
                return self._compare(sign, self.node(left), self.node(right), node)
            case tree.Arithmetic(sign, left, right):
                return self._arithmetic(sign, left, right, node)
            case tree.In(one, of):
                return self._in(self.node(one), self.node(of), node)
            case tree.Choose(condition, yes, no):
                return tree.Choose(self.condition(condition), self.node(yes), self.node(no), node.at)
            case tree.ListOf(of):
                return tree.ListOf(tuple(self.node(each) for each in of), node.at)
            case Call(name, of):
                return self._call(name, of, node)
            case Loop():
                return self._loop(node)
            case _:
                return node

    def _name(self, node: tree.Name) -> Node:
        if node.name in self._loops:
            return Path(f"#{self._loops.index(node.name)}", (), node.at)
        if node.name in ROOTS:
            return Path(node.name, (), node.at)
        if node.name in VARIABLES:
            return Variable(node.name, node.at)
        return self._unknown(node)

    def _unknown(self, node: tree.Name) -> NoReturn:
        near = difflib.get_close_matches(node.name.lower(), [*VARIABLES, *self._loops], 1, 0.75)
        new = near[0] if near else f"value.{node.name}"
        hint = f"Did you mean {new}?" if near else f"A field of the value is written {new}, a text '{node.name}'."
        self._fail(node, f"{node.name} is no variable", hint, replaced(self.text, node.at, len(node.name), new))

    def _step(self, of: Node, by: Node, node: Node) -> Node:
        if isinstance(by, Literal):
            if not (type(by.value) is str or (type(by.value) is int and by.value >= 0)):
                self._fail(by, "An item is named by a text or by a number from 0 on", "Write value.items[0] or value['name'].")
            if isinstance(of, Path):
                if of.root == "headers" and (of.steps or type(by.value) is int):
                    self._fail(node, "A header is a text: it has a name and no parts", "Write headers['name'].")
                return Path(of.root, (*of.steps, by.value), of.at)
        if (kind := kinds.of(of)) not in ("any", "list", "map"):
            self._fail(node, f"This is {WORDS[kind]}: it has no parts", "")
        if (kind := kinds.of(by)) not in ("any", "string", "number"):
            self._fail(by, f"An item cannot be named by {WORDS[kind]}", "")
        return Item(of, by, node.at)

    def _negative(self, of: Node, node: Node) -> Node:
        if isinstance(of, Literal) and kinds.of(of) == "number":
            return Literal(-of.value, node.at)
        self._must(of, ("number",), "Only a number can be negative")
        return tree.Negative(of, node.at)

    def _must(self, node: Node, sorts: tuple[str, ...], what: str) -> None:
        if (kind := kinds.of(node)) not in (*sorts, "any"):
            self._fail(node, f"{what}; this is {WORDS[kind]}")

    def _compare(self, sign: str, left: Node, right: Node, node: Node) -> Node:
        sorts = kinds.of(left), kinds.of(right)
        if "null" in sorts:
            if sign not in ("==", "!="):
                self._fail(node, f"Nothing is {sign} null", "Only == null and != null can be true.")
            return Compare(sign, left, right, node.at)
        if "any" not in sorts and sorts[0] != sorts[1]:
            self._apart(left, right, sorts, node)
        if sign not in ("==", "!=") and (unordered := {*sorts} - values.ORDERED - {"any"}):
            self._fail(node, f"{WORDS[min(unordered)].capitalize()} has no order: {sign} can never be true", "Use == or !=.")
        return Compare(sign, left, right, node.at)

    def _apart(self, left: Node, right: Node, sorts: tuple[str, str], node: Node) -> NoReturn:
        """Refuse two kinds that never meet, with the conversion that would let them."""
        hint = fix = ""
        for mine, wanted in ((right, sorts[0]), (left, sorts[1])):
            if isinstance(mine, Literal) and wanted in ("timestamp", "duration") and kinds.of(mine) in ("string", "number"):
                if functions.call(wanted, (mine.value,)) is functions.MISMATCH:
                    hint = f"It reads like {functions.TABLE[wanted].usage}."
                else:
                    written = self._written(mine)
                    hint, fix = f"Write {wanted}({written}).", replaced(self.text, mine.at, len(written), f"{wanted}({written})")
                break
            if wanted == "number" and kinds.of(mine) == "string" and isinstance(mine, Path | Call):
                hint = "Convert it: int(…) or double(…)."
                break
        self._fail(node, f"{WORDS[sorts[0]].capitalize()} is never {WORDS[sorts[1]]}", hint, fix)

    def _written(self, literal: Literal) -> str:
        found = re.match(r"-?\s*[0-9][0-9a-zA-Z.]*|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", self.text[literal.at :])
        return found.group() if found else ""

    def _arithmetic(self, sign: str, left: Node, right: Node, node: Node) -> Node:
        if sign == "-" and isinstance(left, tree.Field) and isinstance(right, tree.Name) and right.name not in (*VARIABLES, *self._loops):
            name = f"{left.name}-{right.name}"
            if self.text.startswith(name, left.at):
                fix = replaced(self.text, left.at - 1, len(name) + 1, f"['{name}']")
                self._fail(left, f"{name} reads as a subtraction", f"Write ['{name}'].", fix)
        a, b = self.node(left), self.node(right)
        sorts = kinds.of(a), kinds.of(b)
        if "any" not in sorts and not kinds.of_sum(sign, *sorts):
            self._fail(node, f"{sign} does not join {WORDS[sorts[0]]} and {WORDS[sorts[1]]}", "")
        return tree.Arithmetic(sign, a, b, node.at)

    def _in(self, one: Node, of: Node, node: Node) -> Node:
        if (kind := kinds.of(of)) not in ("list", "map", "any"):
            hint = "Write value.city.contains('sl')." if kind == "string" else "Write 'a' in ['a', 'b']."
            self._fail(node, f"in looks through a list or a map; this is {WORDS[kind]}", hint)
        return tree.In(one, of, node.at)

    def _call(self, name: str, given: tuple[Node, ...], node: Node) -> Node:
        if name == "has":
            return self._has(given, node)
        function = functions.TABLE.get(name)
        if function is None:
            self._no_function(name, node)
        if len(given) != len(function.takes):
            self._fail(node, f"{name} takes {len(function.takes)} values, not {len(given)}", f"Write {function.usage}.")
        if name == "matches":
            return Call(name, (self._text(self.node(given[0]), function.usage), self._pattern(self.node(given[1]))), node.at)
        found = tuple(self.node(each) for each in given)
        if name == "size" and found[0] == Path("headers", ()):
            return Call(name, (Variable(HEADER_LIST, node.at),), node.at)
        for each, sorts in zip(found, function.takes, strict=True):
            if (kind := kinds.of(each)) not in sorts and kind not in ("any", "null"):
                self._fail(each, f"{name} cannot take {WORDS[kind]}", f"Write {function.usage}.")
        return self._folded(Call(name, found, node.at), function)

    def _folded(self, call: Call, function: functions.Function) -> Node:
        """Return a call of constants as the constant it gives."""
        if not all(isinstance(each, Literal) for each in call.of):
            return call
        found = functions.call(call.name, tuple(each.value for each in call.of if isinstance(each, Literal)))
        if found is functions.MISMATCH:
            self._fail(call.of[0], f"{call.name} cannot read this", f"It reads like {function.usage}.")
        return Literal(found, call.at)

    def _has(self, given: tuple[Node, ...], node: Node) -> Node:
        if len(given) != 1 or not isinstance(given[0], tree.Field | Item | tree.Name):
            self._fail(node, "has takes one field", "Write has(value.city).")
        return Compare("!=", self.node(given[0]), Literal(None, node.at), node.at)

    def _text(self, node: Node, usage: str) -> Node:
        if (kind := kinds.of(node)) not in ("string", "any"):
            self._fail(node, f"A pattern is held against a text; this is {WORDS[kind]}", f"Write {usage}.")
        return node

    def _pattern(self, node: Node) -> Node:
        if not isinstance(node, Literal) or type(node.value) is not str:
            self._fail(node, "A pattern must be written out", "Write value.city.matches('^Os').")
        options = re2.Options()
        options.max_mem, options.log_errors, options.never_capture = PATTERN_BYTES, False, True
        try:
            return Literal(re2.compile(node.value.encode(), options), node.at)
        except re2.error as fault:
            said = fault.args[0].decode("utf-8", "replace") if isinstance(fault.args[0], bytes) else str(fault)
            raise wrong(self.text, node.at, f"The pattern is faulty: {said}", "Patterns are RE2's: no look-around, no \\1.") from None

    def _no_function(self, name: str, node: Node) -> NoReturn:
        near = difflib.get_close_matches(name, [*functions.TABLE, "has", "exists", "all"], 1, 0.6) or [
            usual for usual in functions.TABLE if usual.lower() == name.lower().replace("_", "")
        ]
        fix = replaced(self.text, node.at, len(name), near[0]) if near else ""
        hint = f"Did you mean {near[0]}?" if near else f"There are has, {', '.join(functions.TABLE)}, exists and all."
        self._fail(node, f"{name} is no function", hint, fix)

    def _loop(self, node: Loop) -> Node:
        over = self.node(node.over)
        if over == Path("headers", ()):
            over = Variable(HEADER_LIST, over.at)
        if (kind := kinds.of(over)) not in ("list", "any"):
            self._fail(node, f"{node.kind} looks through a list; this is {WORDS[kind]}", "")
        if node.name in (*VARIABLES, *self._loops, "true", "false", "null", "in"):
            self._fail(node, f"{node.name} is taken already", "Choose another name for the item.")
        slot = f"#{len(self._loops)}"
        self._loops.append(node.name)
        body = self.condition(node.body)
        self._loops.pop()
        return Loop(node.kind, over, slot, body, node.at)
