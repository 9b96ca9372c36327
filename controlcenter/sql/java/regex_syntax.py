"""The syntax of java.util.regex, read and written again for Python's `re` (with its ASCII flag).

What differs: line ends (`.`, `^`, `$`, `\\Z`), `\\h \\v \\R \\Q…\\E \\p{…}`, classes in classes and `&&`, group names, flags in the middle.
"""

import re

from controlcenter.sql.java.regex_classes import Class, named

_LINE_END = "\\n\\r\\x85\\u2028\\u2029"
_BEFORE_END = f"(?=(?:\\r\\n|[{_LINE_END}])?\\Z)"
_BEFORE_UNIX_END = "(?=\\n?\\Z)"
_OUTSIDE = {
    "R": "(?:\\r\\n|[\\n\\x0b\\x0c\\r\\x85\\u2028\\u2029])", "A": "\\A", "z": "\\Z", "b": "(?u:\\b)", "B": "(?u:\\B)",
}  # fmt: skip
_OPENING = re.compile(r"\((?:\?(?:<([A-Za-z][A-Za-z0-9]*)>|([:=!>]|<=|<!)|([a-zA-Z]*)(?:-([a-zA-Z]+))?:))?")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_KNOWN_FLAGS = frozenset("imsxud")


class Translator:
    """Reads one pattern. `flags` are those in force; an `i` in the middle opens a group that closes with the one around it."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.flags: frozenset[str] = frozenset()
        self.opened = 0  # groups that capture
        self.closed: set[int] = set()
        self.groups = len(re.findall(r"(?<!\\)\((?!\?(?!<[A-Za-z]))", pattern))  # an upper bound: enough for \1 to \99

    def translated(self) -> str:
        text = self._alternatives()
        if self.at < len(self.pattern):
            raise ValueError(f"Unmatched closing ')' near index {self.at}: {self.pattern}")
        return text

    def _alternatives(self) -> str:
        """Return everything up to the closing parenthesis or the end."""
        made: list[str] = []
        opened: list[str] = []
        can_repeat = False
        while self.at < len(self.pattern) and self.pattern[self.at] != ")":
            char = self.pattern[self.at]
            if char in "*+?{":
                if not can_repeat:
                    raise ValueError(f"Dangling meta character '{char}' near index {self.at}: {self.pattern}")
                made[-1] = self._repeated(made[-1])
                continue
            if flags := re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?\)").match(self.pattern, self.at):
                self.at = flags.end()
                opened.append(self._open(flags.group(1), flags.group(2) or ""))
                made.append(opened[-1])
                can_repeat = False
                continue
            piece = self._piece(made)
            if piece == "|":  # flags reach over it, Python's groups do not
                made += [*[")"] * len(opened), "|", *opened]
            elif piece is not None:
                made.append(piece)
            can_repeat = piece != "|" and (piece is not None or can_repeat)
        return "".join(made) + ")" * len(opened)

    def _open(self, on: str, off: str) -> str:
        """Return the start of a group with these flags set and unset, and put them in force."""
        if unknown := set(on + off) - _KNOWN_FLAGS:
            raise ValueError(f"Flag {min(unknown)} of a pattern is not supported: {self.pattern}")
        self.flags = (self.flags | set(on)) - set(off)
        added = ("i" if "i" in on else "") + ("u" if "u" in on else "")
        removed = "-i" if "i" in off and "i" not in on else ""
        return f"(?{added}{removed}:"

    def _repeated(self, piece: str) -> str:
        found = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?").match(self.pattern, self.at)
        if not found:
            raise ValueError(f"Illegal repetition near index {self.at}: {self.pattern}")
        self.at = found.end()
        is_one = len(piece) == 1 or re.fullmatch(r"\\[^AZbB]|\[(?:[^\]\\]|\\.)*\]", piece, re.DOTALL)
        return (piece if is_one else f"(?:{piece})") + found.group()

    def _piece(self, made: list[str]) -> str | None:
        """Return the next thing that may be repeated; None for what is only skipped. `made` takes what stands fixed before it."""
        char = self.pattern[self.at]
        if char == "(":
            return self._group()
        if char == "[":
            self.at += 1
            return self._class().one()
        if char == "\\":
            return self._escape(made)
        self.at += 1
        if "x" in self.flags:
            if char in " \t\n\x0b\f\r":
                return None
            if char == "#":
                end = re.compile("[\n\r\x85\u2028\u2029]|\\Z").search(self.pattern, self.at)
                self.at = end.end() if end else len(self.pattern)
                return None
        if char == ".":
            return "[\\s\\S]" if "s" in self.flags else "[^\\n]" if "d" in self.flags else f"[^{_LINE_END}]"
        if char == "^":
            return self._start()
        if char == "$":
            return self._end()
        return char if char == "|" else re.escape(char)

    def _start(self) -> str:
        if "m" not in self.flags:
            return "\\A"
        if "d" in self.flags:
            return "(?:\\A|(?<=\\n)(?!\\Z))"
        return "(?:\\A|(?:(?<=[\\n\\x85\\u2028\\u2029])|(?<=\\r)(?!\\n))(?!\\Z))"

    def _end(self) -> str:
        is_unix = "d" in self.flags
        if "m" not in self.flags:
            return _BEFORE_UNIX_END if is_unix else _BEFORE_END
        return "(?=\\n|\\Z)" if is_unix else "(?:(?<!\\r)(?=\\n)|(?=[\\r\\x85\\u2028\\u2029]|\\Z))"

    def _group(self) -> str:
        opening = re.compile(r"\((?:\?(?:<([A-Za-z][A-Za-z0-9]*)>|([:=!>]|<=|<!)|([a-zA-Z]*)(?:-([a-zA-Z]+))?:))?").match(
            self.pattern, self.at
        )
        assert opening is not None  # noqa: S101 - a parenthesis stands here
        if opening.group() == "(" and self.pattern.startswith("(?", self.at):
            raise ValueError(f"Unknown group near index {self.at}: {self.pattern}")
        self.at = opening.end()
        outside = self.flags
        name, kind, on, off = opening.groups()
        if name:
            start = f"(?P<{name}>"
        elif kind:
            start = f"(?{kind}"
        else:
            start = "(" if on is None else self._open(on, off or "")
        number = self._number(start == "(" or bool(name))
        inside = self._alternatives()
        if self.at >= len(self.pattern):
            raise ValueError(f"Unclosed group near index {self.at}: {self.pattern}")
        self.at += 1
        self.flags = outside
        self.closed.add(number)
        return f"{start}{inside})"

    def _number(self, is_capturing: bool) -> int:
        """Return the number of a group that opens; 0 for one that captures nothing."""
        self.opened += is_capturing
        return self.opened if is_capturing else 0

    def _escape(self, made: list[str]) -> str | None:
        """Return what stands after a backslash outside of a class."""
        char = self._escaped()
        if char == "Q":
            quoted = [*map(re.escape, self._quoted())]
            made += quoted[:-1]
            return quoted[-1] if quoted else None  # a quantifier behind it takes only the last character
        if char in _OUTSIDE:
            return _OUTSIDE[char]
        if char == "Z":
            return _BEFORE_END
        if char == "k" and (name := re.compile(r"<([A-Za-z][A-Za-z0-9]*)>").match(self.pattern, self.at)):
            self.at = name.end()
            return f"(?P={name.group(1)})"
        if "1" <= char <= "9":
            return self._reference(char)
        if char in "dDwWsShHvVpP":
            return self._named(char).one()
        return re.escape(self._character(char))

    def _escaped(self) -> str:
        if self.at + 1 >= len(self.pattern):
            raise ValueError(f"Unexpected end of a pattern after \\: {self.pattern}")
        self.at += 2
        return self.pattern[self.at - 1]

    def _quoted(self) -> str:
        end = self.pattern.find("\\E", self.at)
        text = self.pattern[self.at :] if end < 0 else self.pattern[self.at : end]
        self.at = len(self.pattern) if end < 0 else end + 2
        return text

    def _reference(self, digit: str) -> str:
        """Return a reference to a group: the longest number of one that exists."""
        number = int(digit)
        while self.at < len(self.pattern) and "0" <= self.pattern[self.at] <= "9":
            longer = number * 10 + int(self.pattern[self.at])
            if longer > self.groups:
                break
            number, self.at = longer, self.at + 1
        return f"(?:\\{number})" if number in self.closed else "(?!)"  # one that is not there yet has matched nothing

    def _named(self, char: str) -> Class:
        """Return the class that `\\d`, `\\h` or `\\p{…}` names."""
        if char not in "pP":
            return named(char)
        found = re.compile(r"\{(\^?[^}]+)\}|([A-Z])").match(self.pattern, self.at)
        if not found:
            raise ValueError(f"Unknown character property near index {self.at}: {self.pattern}")
        self.at = found.end()
        kind = named(f"p{{{found.group(1) or found.group(2)}}}")
        return kind.negated() if char == "P" else kind

    def _character(self, char: str) -> str:
        """Return the one character that an escape stands for."""
        if char in _ESCAPES:
            return _ESCAPES[char]
        for opening, form, base in (("x", r"\{([0-9A-Fa-f]+)\}", 16), ("x", r"([0-9A-Fa-f]{2})", 16), ("u", r"([0-9A-Fa-f]{4})", 16),
                                    ("0", r"([0-3][0-7]{2}|[0-7]{1,2})", 8)):  # fmt: skip
            if char == opening and (found := re.compile(form).match(self.pattern, self.at)):
                self.at = found.end()
                return chr(int(found.group(1), base))
        if char == "c" and self.at < len(self.pattern):
            self.at += 1
            return chr(ord(self.pattern[self.at - 1]) ^ 64)
        if char.isascii() and char.isalnum():
            raise ValueError(f"Illegal or unsupported escape sequence \\{char}: {self.pattern}")
        return char

    def _class(self) -> Class:
        """Return the class behind a `[`, up to its `]`: unions, ranges, `&&`."""
        is_negated = self.pattern.startswith("^", self.at)
        self.at += is_negated
        whole: Class | None = None
        part = Class()
        is_empty = True
        while not self.pattern.startswith("]", self.at) or is_empty:
            if self.at >= len(self.pattern):
                raise ValueError(f"Unclosed character class near index {self.at - 1}: {self.pattern}")
            if self.pattern.startswith("&&", self.at):
                self.at += 2
                whole = part if whole is None else whole.intersected(part)
                part = Class()
                continue
            part = self._member(part)
            is_empty = False
        self.at += 1
        made = part if whole is None else whole if part.is_empty() else whole.intersected(part)
        return made.negated() if is_negated else made

    def _member(self, part: Class) -> Class:
        """Return the class with its next character, range or inner class."""
        if self.pattern.startswith("[", self.at):
            self.at += 1
            return part.united(self._class())
        first = self._class_character()
        if isinstance(first, Class):
            return part.united(first)
        following = self.pattern[self.at + 1 : self.at + 2]
        if self.pattern.startswith("-", self.at) and following not in ("]", "[", ""):
            self.at += 1
            last = self._class_character()
            if isinstance(last, Class) or ord(last) < ord(first):
                raise ValueError(f"Illegal character range near index {self.at}: {self.pattern}")
            return part.with_range(first, last)
        return part.with_range(first, first)

    def _class_character(self) -> str | Class:
        char = self.pattern[self.at : self.at + 1]
        if char != "\\":
            self.at += 1
            return char
        escaped = self._escaped()
        if escaped == "Q":
            quoted = Class()
            for one in self._quoted():
                quoted = quoted.with_range(one, one)
            return quoted
        return self._named(escaped) if escaped in "dDwWsShHvVpP" else self._character(escaped)
