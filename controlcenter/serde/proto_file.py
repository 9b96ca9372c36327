"""The text of a .proto file as its descriptor: proto2, proto3 and editions, by our own parser.

protoc would need files to read and a file to write; a child that reads hostile schemas may write none. The descriptor pool
of the runtime resolves names and checks the rest; what changes no byte on the wire (services, custom options) is skipped.
Tests hold it to protoc's own descriptors. Grammar: protobuf.dev/reference/protobuf/edition-2023-spec.
"""

import re
from typing import Any

from google.protobuf import descriptor_pb2 as pb

from controlcenter.serde.values import DEPTH, Wrong

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<number>\.?\d(?:[\w.]|(?<=[eE])[+-])*)|(?P<word>\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<sign>[^\w\s])""",
    re.DOTALL,
)
SCALARS = {
    "double": 1, "float": 2, "int64": 3, "uint64": 4, "int32": 5, "fixed64": 6, "fixed32": 7, "bool": 8, "string": 9, "bytes": 12,
    "uint32": 13, "sfixed32": 15, "sfixed64": 16, "sint32": 17, "sint64": 18,
}  # fmt: skip
LABELS = {"optional": 1, "required": 2, "repeated": 3}
GROUP = 10
MAX_TAG, MAX_ENUM = (1 << 29) - 1, (1 << 31) - 1
EDITIONS = {"2023": pb.EDITION_2023, "2024": pb.EDITION_2024}
ESCAPES = {"n": 10, "r": 13, "t": 9, "a": 7, "b": 8, "f": 12, "v": 11}


def parse(text: str, name: str) -> pb.FileDescriptorProto:
    """Return a file's descriptor, names not yet resolved; raises Wrong with the line."""
    parser = _Parser(text)
    file = parser.file(name)
    if file.syntax == "proto2":
        file.ClearField("syntax")  # as protoc leaves it
    return file


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.at, self.depth = text, _tokens(text), 0, 0
        self.syntax = "proto2"

    @property
    def next(self) -> str:
        return self.tokens[self.at][0]

    def take(self) -> str:
        found = self.next
        if not found:
            raise self.wrong("the file ends too early")
        self.at += 1
        return found

    def expect(self, *signs: str) -> str:
        found = self.take()
        if found not in signs:
            self.at -= 1
            raise self.wrong(f"{' or '.join(signs)} expected, {found[:40]!r} found")
        return found

    def has(self, sign: str) -> bool:
        if self.next != sign:
            return False
        self.at += 1
        return True

    def wrong(self, what: str) -> Wrong:
        line = self.text.count("\n", 0, self.tokens[min(self.at, len(self.tokens) - 1)][1]) + 1
        return Wrong(f"line {line} of its schema: {what}")

    def name(self) -> str:
        found = self.take()
        if not re.fullmatch(r"[A-Za-z_]\w*", found):
            self.at -= 1
            raise self.wrong(f"a name expected, {found[:40]!r} found")
        return found

    def whole(self) -> int:
        sign = -1 if self.has("-") else 1
        text = self.take()
        try:
            return sign * (int(text, 8) if re.fullmatch(r"0[0-7]+", text) else int(text, 0))
        except ValueError:
            self.at -= 1
            raise self.wrong(f"a whole number expected, {text[:40]!r} found") from None

    def strings(self) -> bytes:
        found = b""
        while self.next[:1] in ('"', "'") and self.next:
            found += _unescaped(self.take()[1:-1])
        return found

    def file(self, name: str) -> pb.FileDescriptorProto:
        file = pb.FileDescriptorProto(name=name)
        if self.next in ("syntax", "edition"):
            self._syntax(file)
        while self.next:
            word = self.take()
            if word == "import":
                self._import(file)
            elif word == "package":
                file.package = self.take()
                self.expect(";")
            elif word == "option":
                self._option(file.options)
                self.expect(";")
            elif word == "message":
                self._message(file.message_type.add())
            elif word == "enum":
                self._enum(file.enum_type.add())
            elif word == "extend":
                self._extend(file.extension, file.message_type)
            elif word == "service":
                self.name()
                self.skip_block()
            elif word != ";":
                self.at -= 1
                raise self.wrong(f"{word[:40]!r} stands where a definition should")
        return file

    def _syntax(self, file: pb.FileDescriptorProto) -> None:
        word = self.take()
        self.expect("=")
        said = self.strings().decode("latin-1")
        self.expect(";")
        if word == "edition":
            if said not in EDITIONS:
                raise self.wrong(f"edition {said[:20]!r} is not known")
            file.syntax, file.edition, self.syntax = "editions", EDITIONS[said], "editions"
        elif said in ("proto2", "proto3"):
            file.syntax = self.syntax = said
        else:
            raise self.wrong(f"syntax {said[:20]!r} is not known")

    def _import(self, file: pb.FileDescriptorProto) -> None:
        kind = self.take() if self.next in ("public", "weak", "option") else ""
        path = self.strings().decode("utf-8", "replace")
        self.expect(";")
        if kind == "option" or path in file.dependency:
            return
        if kind == "public":
            file.public_dependency.append(len(file.dependency))
        file.dependency.append(path)

    def _open(self) -> None:
        self.expect("{")
        self.depth += 1
        if self.depth > DEPTH:
            raise self.wrong(f"messages nest deeper than {DEPTH}")

    def _message(self, message: pb.DescriptorProto, name: str = "") -> None:
        message.name = name or self.name()
        self._open()
        while not self.has("}"):
            self._member(message)
        self.depth -= 1
        if self.syntax == "proto3":
            _synthetic_oneofs(message)

    def _member(self, message: pb.DescriptorProto) -> None:
        word = self.next
        follows = self.tokens[self.at + 1][0]
        if word == ";":
            self.take()
        elif word == "message" and self._opens():
            self.take()
            self._message(message.nested_type.add())
        elif word == "enum" and self._opens():
            self.take()
            self._enum(message.enum_type.add())
        elif word == "extend" and self._opens():
            self.take()
            self._extend(message.extension, message.nested_type)
        elif word == "oneof" and self._opens():
            self.take()
            self._oneof(message)
        elif (word == "option" and follows not in (".",) and self.tokens[self.at + 2][0] != "=") or (
            word == "option" and self._is_option()
        ):
            self.take()
            self._option(message.options)
            self.expect(";")
        elif word == "reserved" and (follows[:1].isdigit() or follows[:1] in "\"'-" or self._lists_names()):
            self._reserved(message)
        elif word == "extensions" and follows[:1].isdigit():
            self._extensions(message)
        else:
            self._field(message.field, message.nested_type)

    def _opens(self) -> bool:
        """Whether a block follows the next two words: a field may be called or typed `message`."""
        return self.tokens[min(self.at + 2, len(self.tokens) - 1)][0] == "{"

    def _is_option(self) -> bool:
        """`option deprecated = true;`, not a field of a type that is called option: that has a number after its sign."""
        value = self.tokens[min(self.at + 3, len(self.tokens) - 1)][0]
        return self.tokens[self.at + 1][0] == "(" or not value[:1].isdigit()

    def _lists_names(self) -> bool:
        """`reserved a, b;` as editions write it."""
        return self.syntax == "editions" and self.tokens[min(self.at + 2, len(self.tokens) - 1)][0] in (",", ";")

    def _oneof(self, message: pb.DescriptorProto) -> None:
        place = len(message.oneof_decl)
        message.oneof_decl.add().name = self.name()
        self._open()
        while not self.has("}"):
            if self.next == "option" and self._is_option():
                self.take()
                self._option(None)
                self.expect(";")
            elif not self.has(";"):
                before = len(message.field)
                self._field(message.field, message.nested_type)
                for field in message.field[before:]:
                    field.oneof_index = place
        self.depth -= 1

    def _field(self, fields: Any, nested: Any, extendee: str = "") -> None:
        field = fields.add()
        label = ""
        if self.next in LABELS and self.tokens[self.at + 2][0] != "=":
            label = self.take()
        field.label = LABELS[label or "optional"]
        if label == "optional" and self.syntax == "proto3":
            field.proto3_optional = True
        if extendee:
            field.extendee = extendee
        kind = self.take()
        if kind == "map" and self.next == "<":
            self._map(field, nested)
            return
        is_group = kind == "group" and self.tokens[self.at + 1][0] == "="
        if is_group:
            field.type = GROUP
        elif kind in SCALARS:
            field.type = SCALARS[kind]
        elif re.fullmatch(r"\.?[A-Za-z_][\w.]*", kind):
            field.type_name = kind
        else:
            self.at -= 1
            raise self.wrong(f"a type expected, {kind[:40]!r} found")
        name = self.name()
        field.name = name.lower() if is_group else name
        self._number(field)
        if is_group:
            field.type_name = name
            self._message(nested.add(), name)
        else:
            self.expect(";")
        field.json_name = field.json_name or _json_name(field.name)

    def _number(self, field: pb.FieldDescriptorProto) -> None:
        self.expect("=")
        number = self.whole()
        if not 0 < number <= MAX_TAG:
            raise self.wrong(f"{field.name} has the number {number}")
        field.number = number
        self._field_options(field)

    def _field_options(self, field: pb.FieldDescriptorProto) -> None:
        if not self.has("["):
            return
        while True:
            name, value = self._assignment()
            if name == "default":
                field.default_value = _default(field, value)
            elif name == "json_name" and isinstance(value, bytes):
                field.json_name = value.decode("utf-8", "replace")
            else:
                self._set(field.options, name, value)
            if self.expect(",", "]") == "]":
                return

    def _map(self, field: pb.FieldDescriptorProto, nested: Any) -> None:
        self.expect("<")
        key = self.take()
        self.expect(",")
        value = self.take()
        self.expect(">")
        field.name = self.name()
        self._number(field)
        self.expect(";")
        field.label = LABELS["repeated"]
        field.json_name = field.json_name or _json_name(field.name)
        if key not in SCALARS:
            raise self.wrong(f"{key[:40]!r} can be no key of a map")
        entry = nested.add()
        entry.name = "".join(part[:1].upper() + part[1:] for part in field.name.split("_")) + "Entry"
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, label=1, type=SCALARS[key], json_name="key")
        inner = entry.field.add(name="value", number=2, label=1, json_name="value")
        if value in SCALARS:
            inner.type = SCALARS[value]
        else:
            inner.type_name = value
        if field.options.HasField("features"):
            for made in entry.field:
                made.options.features.CopyFrom(field.options.features)
        field.type, field.type_name = 11, entry.name

    def _enum(self, enum: pb.EnumDescriptorProto) -> None:
        enum.name = self.name()
        self._open()
        while not self.has("}"):
            if self.next == "option" and self._is_option() and self.tokens[self.at + 1][0] != "=":
                self.take()
                self._option(enum.options)
                self.expect(";")
            elif self.next == "reserved" and self.tokens[self.at + 1][0] != "=":
                self._reserved(enum)
            elif not self.has(";"):
                self._enum_value(enum)
        self.depth -= 1

    def _enum_value(self, enum: pb.EnumDescriptorProto) -> None:
        value = enum.value.add(name=self.name())
        self.expect("=")
        number = self.whole()
        if not -MAX_ENUM - 1 <= number <= MAX_ENUM:
            raise self.wrong(f"{value.name} has the number {number}")
        value.number = number
        if self.has("["):
            while True:
                self._set(value.options, *self._assignment())
                if self.expect(",", "]") == "]":
                    break
        self.expect(";")

    def _reserved(self, into: Any) -> None:
        self.take()
        is_enum = isinstance(into, pb.EnumDescriptorProto)
        while True:
            if self.next[:1] in ('"', "'"):
                into.reserved_name.append(self.strings().decode("utf-8", "replace"))
            elif self.next[:1].isdigit() or self.next == "-":
                low, high = self._span(MAX_ENUM if is_enum else MAX_TAG)
                into.reserved_range.add(start=low, end=high if is_enum else high + 1)
            else:
                into.reserved_name.append(self.name())
            if self.expect(",", ";") == ";":
                return

    def _span(self, most: int) -> tuple[int, int]:
        low = self.whole()
        if not self.has("to"):
            return low, low
        return low, most if self.has("max") else self.whole()

    def _extensions(self, message: pb.DescriptorProto) -> None:
        self.take()
        while True:
            low, high = self._span(MAX_TAG)
            message.extension_range.add(start=low, end=high + 1)
            if self.next == "[":
                self.skip_block("[", "]")
            if self.expect(",", ";") == ";":
                return

    def _extend(self, extensions: Any, nested: Any) -> None:
        extendee = self.take()
        self._open()
        while not self.has("}"):
            if not self.has(";"):
                self._field(extensions, nested, extendee)
        self.depth -= 1

    def _option(self, options: Any) -> None:
        name, value = self._assignment()
        if options is not None:
            self._set(options, name, value)

    def _set(self, options: Any, name: str, value: Any) -> None:
        """Set an option that changes how bytes are read; others tell programs how to be generated, and are left out."""
        if name == "features" and isinstance(value, dict):
            for inner, word in value.items():
                self._set(options, f"features.{inner}", word)
            return
        if name.startswith("features."):
            options, name = options.features, name.removeprefix("features.")
        field = options.DESCRIPTOR.fields_by_name.get(name)
        if field is None or name not in WIRE:
            return
        if field.enum_type is not None:
            found = field.enum_type.values_by_name.get(str(value))
            if found is None:
                raise self.wrong(f"{name} can not be {str(value)[:40]!r}")
            setattr(options, name, found.number)
        elif value in ("true", "false"):
            setattr(options, name, value == "true")

    def _assignment(self) -> tuple[str, Any]:
        """Return an option's name and its value: a word, a number as text, bytes of a string, or a dict; None for a custom one."""
        name = ""
        while self.next != "=":
            word = self.take()
            name += "(" if word == "(" else word
        self.expect("=")
        return name, self._value()

    def _value(self) -> Any:
        if self.next == "{":
            return self._aggregate()
        if self.next[:1] in ('"', "'") and self.next:
            return self.strings()
        sign = "-" if self.has("-") else ""
        self.has("+")
        return sign + self.take()

    def _aggregate(self) -> dict[str, Any]:
        """Return the simple parts of { name: value … }; the others are skipped."""
        start, found = self.at, {}
        self.skip_block()
        words = [word for word, _ in self.tokens[start : self.at]]
        for place, word in enumerate(words[:-2]):
            if words[place + 1] == ":" and re.fullmatch(r"\w+", words[place + 2]):
                found[word] = words[place + 2]
        return found

    def skip_block(self, opening: str = "{", closing: str = "}") -> None:
        self.expect(opening)
        open_ones = 1
        while open_ones:
            word = self.take()
            open_ones += (word == opening) - (word == closing)


WIRE = (
    "packed", "deprecated", "allow_alias", "map_entry", "message_set_wire_format", "field_presence", "enum_type",
    "repeated_field_encoding", "utf8_validation", "message_encoding", "json_format",
)  # fmt: skip


def _tokens(text: str) -> list[tuple[str, int]]:
    found = []
    for match in TOKEN.finditer(text):
        if match.lastgroup != "skip":
            found.append((match.group(), match.start()))
    return [*found, ("", len(text)), ("", len(text)), ("", len(text))]


def _synthetic_oneofs(message: pb.DescriptorProto) -> None:
    """Give each proto3 optional field the oneof of its own that stands for "may be absent"."""
    for field in message.field:
        if field.proto3_optional:
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add().name = f"_{field.name}"


def _json_name(name: str) -> str:
    return re.sub(r"_+([a-zA-Z0-9]?)", lambda found: found[1].upper(), name)


def _default(field: pb.FieldDescriptorProto, value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    if field.type == SCALARS["bytes"]:
        return "".join(chr(byte) if 32 <= byte < 127 and byte not in b"\"'\\" else f"\\{byte:03o}" for byte in value)
    return value.decode("utf-8", "replace")


def _unescaped(text: str) -> bytes:
    """Return the bytes of a string literal."""

    def one(found: re.Match[str]) -> bytes:
        said = found[1]
        if said[0] in "xX" and len(said) > 1:
            return bytes([int(said[1:], 16)])
        if said[0] in "01234567":
            return bytes([int(said, 8) & 0xFF])
        if said[0] in "uU" and len(said) > 1:
            return chr(min(int(said[1:], 16), 0x10FFFF)).encode("utf-8", "replace")
        return bytes([ESCAPES[said]]) if said in ESCAPES else said.encode()

    parts, at = [], 0
    for found in re.finditer(r"\\([xX][0-9a-fA-F]{1,2}|[0-7]{1,3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", text, re.DOTALL):
        parts += [text[at : found.start()].encode("utf-8", "replace"), one(found)]
        at = found.end()
    return b"".join([*parts, text[at:].encode("utf-8", "replace")])
