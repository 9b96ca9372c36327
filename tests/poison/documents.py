"""JSON that usual parsers lose, refuse or die of."""

from tests.poison.poison import Poison, of

SMALL = {
    "integer-beyond": (b'{"n": 9007199254740993}', "2^53"),
    "integer-30-digits": (b'{"n": ' + b"1" * 30 + b"}", "2^53"),
    "integer-5000-digits": (b'{"n": ' + b"9" * 5000 + b"}", "larger than usual"),
    "integer-million-digits": (b'{"n": ' + b"9" * 1_000_000 + b"}", "larger than usual"),
    "number-1e999": (b'{"n": 1e999}', "larger than usual"),
    "number-minus-1e999": (b"[-1e999]", "larger than usual"),
    "nan": (b'{"n": NaN}', "NaN"),
    "infinity": (b"[Infinity, -Infinity]", "NaN or Infinity"),
    "key-twice": (b'{"a": 1, "a": 2}', "same key twice"),
    "key-twice-deep": (b'{"o": [{"a": 1, "b": 0, "a": 2}]}', "same key twice"),
    "key-twice-escaped": (b'{"a": 1, "\\u0061": 2}', "same key twice"),
    "lone-high": (b'["\\ud800"]', "lone surrogate"),
    "lone-low": (b'["\\udfff"]', "lone surrogate"),
    "halves-apart": (b'["\\ud83d\\ud83d\\ude00"]', "lone surrogate"),
    "lone-in-key": (b'{"\\udc00": 1}', "lone surrogate"),
    "nul-escaped": (b'{"a": "\\u0000"}', "json"),
    "proto-key": (b'{"__proto__": {"x": 1}, "constructor": 1}', "json"),
    "empty-key": (b'{"": {"": {"": 1}}}', "json"),
    "script-in-string": (b'{"a": "</script><img src=x onerror=alert(1)>"}', "json"),
    "trailing-comma": (b'{"a": 1,}', "text"),
    "comment": (b'{"a": 1} // no', "text"),
    "single-quotes": (b"{'a': 1}", "text"),
    "two-documents": (b'{"a": 1}{"a": 2}', "text"),
    "cut": (b'{"a": [1, 2', "text"),
    "control-in-string": (b'{"a": "\x01"}', "control character"),
    "bad-utf8-in-string": (b'{"a": "\xff"}', "no UTF-8"),
    "bom": (b"\xef\xbb\xbf{}", "text"),
    "leading-zeros": (b'{"n": 007}', "text"),
    "plus": (b'{"n": +1}', "text"),
    "hex-number": (b'{"n": 0x10}', "text"),
    "minus-zero": (b'{"n": -0, "m": -0.0}', "json"),
    "tiny": (b'{"n": 1e-999}', "json"),
    "bad-escape": (b'{"a": "\\x41"}', "text"),
    "short-unicode": (b'{"a": "\\u12"}', "text"),
    "only-bracket": (b"{", "text"),
    "only-brackets": (b"]", "text"),
}


def all() -> list[Poison]:
    return [
        *(of(f"json-{name}", data, said) for name, (data, said) in SMALL.items()),
        *(Poison(f"json-array-deep-{n}", lambda n=n: b"[" * n + b"]" * n, "nested deeper than 100") for n in (101, 900, 1100, 1_000_000)),  # type: ignore[misc]
        *(
            Poison(f"json-object-deep-{n}", lambda n=n: b'{"a":' * n + b"1" + b"}" * n, "nested deeper than 100")
            for n in (101, 900, 100_000)
        ),  # type: ignore[misc]
        Poison("json-open-million", lambda: b"[" * 1_000_000, "text"),
        Poison("json-keys-million", lambda: b"{" + b",".join(b'"%d":0' % n for n in range(1_000_000)) + b"}", "are shown", may_die=True),
        Poison("json-string-100mb", lambda: b'{"a":"' + b"x" * (100 << 20) + b'"}', "larger than 16,777,216 bytes"),
        Poison("json-array-5mb", lambda: b"[" + b"0," * (5 << 20) + b"0]", "are shown", may_die=True),
        Poison("json-spaces-10mb", lambda: b"{" + b" " * (10 << 20) + b"}", "are shown"),
        Poison("json-quotes-1mb", lambda: b"{" + b'"\\' * (1 << 19), "text"),
        Poison("json-surrogates-million", lambda: b'["' + b"\\ud800" * 200_000 + b'"]', "lone surrogate"),
        Poison("xml-entities", lambda: b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>', "text"),
        Poison("yaml-aliases", lambda: b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "text"),
    ]
