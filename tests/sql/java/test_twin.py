"""Our Java ways against Java itself, on thousands of random values: run where a JDK is at hand (`javac` on the path)."""

import base64
import math
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from controlcenter.sql import types
from controlcenter.sql.functions.registry import BUILTIN
from controlcenter.sql.java import dates, doubles, iso, regex, simple_dates, uri

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK to compare with")]

PATTERNS = (
    "yyyy-MM-dd'T'HH:mm:ss.SSSX", "yyyy-MM-dd HH:mm:ss", "yyyyMMddHHmmssSSS", "dd/MM/yyyy", "yy-M-d", "EEE dd MMM yyyy HH:mm", "yyyy-DDD",
    "hh:mm a", "d.M.yy H:m", "HHmm", "yyyy-MM[-dd][ HH:mm]", "YYYY-'W'ww-e", "dd MMMM", "kk:mm", "yyyy-MM-dd HH:mm VV", "u-M-d XXX",
    "QQQ yyyy G", "h 'o''clock' a", "yyyy-MM-dd K:mm a xx", "EEEE D", "O HH:mm", "yyyy.MM.dd ZZZZ", "A", "MM-dd",
)  # fmt: skip
SIMPLE = ("yyyy-MM-dd", "dd.MM.yyyy", "yyyyMMdd", "d MMM yyyy", "MM/dd/yy", "yyyy-MM-dd HH:mm", "EEE, d MMM yyyy", "yyyy", "yyyy-DDD")
ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "+02:30", "Z")
ATOMS = (
    *"abcx1- .", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\b", "^", "$", "\\A", "\\z", "\\Z", "\\h", "\\v", "\\R", "[abc]", "[^abc]",
    "[a-c1-3]", "[a-z&&[^b]]", "[a[bc]]", "[^a[b]]", "[\\d\\-x]", "[\\]a]", "\\p{Alpha}", "\\p{L}", "\\P{Lu}", "\\p{Punct}", "\\Qa.b\\E",
    "(a)", "(b|c)", "(?:ab)", "(?<n>a)", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)", "(?>a+)", "(?i:B)", "\\.", "\\x41", "\\u0062", "\\t", "|",
)  # fmt: skip
QUANTIFIERS = ("", "", "", "*", "+", "?", "*?", "++", "{2}", "{1,2}", "{1,}?")
TEXTS = ("", "abc", "aabbcc", "a.b", "ABC abc", "a\nb\r\nc\n", "1-2 x3", "éa b", "b\u2028a", "cab-1\t", "A1b2C3\n")
URL_PARTS = (
    "http", "https", "://", "user", "@", "www.test.com", ":", "8080", "/", "path", "a b", "?", "q=1", "&b=2", "#", "frag", "%20", "%zz",
    "{", "mailto:", "[::1]", "_x", "1.2.3.4", "..", "+", "|", "file:///", "a-b.c", "1host", "host.",
)  # fmt: skip


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """Give the function that asks Java: (question, parts…) each → text, None, or "!" for an exception."""
    folder = tmp_path_factory.mktemp("twin")
    subprocess.run(["javac", "-d", folder, Path(__file__).parent / "Twin.java"], check=True, timeout=120)

    def ask(questions):
        lines = [" ".join((name, *(base64.b64encode(str(part).encode()).decode() for part in parts))) for name, *parts in questions]
        ran = subprocess.run(
            ["java", "-cp", folder, "Twin"], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True, timeout=120
        )
        answers = ran.stdout.splitlines()
        assert len(answers) == len(questions)
        return [answer if answer == "!" else None if answer == "-" else base64.b64decode(answer).decode() for answer in answers]

    return ask


def ours(work, *arguments):
    try:
        return str(work(*arguments))
    except ValueError:
        return "!"


def compare(twin, questions, work, allowed=0):
    """Assert that `work(parts…)` answers each question as Java does, but for `allowed` of them."""
    answers = twin(questions)
    wrong = [(asked, answer, mine) for asked, answer in zip(questions, answers, strict=True) if (mine := ours(work, *asked[1:])) != answer]
    assert len(wrong) <= allowed, wrong[:5]


def hexed(value):
    return struct.pack(">d", value).hex()


def real(text):
    return struct.unpack(">d", bytes.fromhex(text))[0]


def test_doubles_print_the_digits_of_java_17(twin):
    dice = random.Random(1)
    values = [real(f"{dice.getrandbits(64):016x}") for _ in range(8000)]
    values += [float(f"{dice.randint(1, 10**15)}e{dice.randint(-20, 8)}") for _ in range(8000)]
    values += [2.0**power for power in range(-1074, 1024)] + [float(dice.getrandbits(dice.randint(1, 63))) for _ in range(4000)]
    java = twin([("time", 0)])
    assert java == ["00:00"]
    questions = [("text", hexed(value)) for value in values if value == value]
    if int(subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr.split('"')[1].split(".")[0]) > 18:
        questions = [question for question in questions if 1e-3 <= abs(real(question[1])) < 1e7]  # newer JDKs print fewer digits
    compare(twin, questions, lambda bits: doubles.text(real(bits)))


@pytest.mark.parametrize(
    "name", ["ACOS", "ASIN", "ATAN", "ATAN2", "COSH", "SINH", "TANH", "CBRT", "CEIL", "FLOOR", "SQRT", "DEGREES", "RADIANS", "ROUND"]
)
def test_maths_are_java_s_to_the_last_digit(twin, name):
    dice = random.Random(name)
    odd = (0.0, -0.0, math.inf, -math.inf, math.nan, 1e300, -1e-300, 5e-324, 0.5, -0.5, 1.0, -1.0)
    values = [dice.choice([dice.uniform(-1, 1), dice.gauss(0, 30), round(dice.uniform(-9, 9), 2), dice.choice(odd)]) for _ in range(2000)]
    call = BUILTIN.scalar(name, [types.DOUBLE] * (2 if name == "ATAN2" else 1)).call
    others = [dice.choice([dice.uniform(-3, 3), *odd]) for _ in values]
    questions = [("math", name, hexed(x), hexed(y)) for x, y in zip(values, others, strict=True)]
    compare(
        twin,
        questions,
        lambda _name, x, y: doubles.text(float(call(real(x), real(y)) if name == "ATAN2" else call(real(x)))),
    )


def test_dates_are_written_in_java_s_patterns(twin):
    dice = random.Random(2)
    questions = [("format", dice.choice(PATTERNS), dice.randint(-(10**12), 3 * 10**12), dice.choice(ZONES)) for _ in range(6000)]
    compare(twin, questions, lambda pattern, instant, zone: dates.format_timestamp(pattern, instant, zone))


def test_dates_are_read_in_java_s_patterns(twin):
    dice = random.Random(3)
    questions = []
    for _ in range(6000):
        pattern, zone = dice.choice(PATTERNS), dice.choice(ZONES)
        text = dates.format_timestamp(pattern, dice.randint(0, 3 * 10**12), zone)
        if dice.random() < 0.3:
            place = dice.randrange(len(text))
            text = text[:place] + dice.choice("0123456789-: ") + text[place + dice.choice((0, 1)) :]
        questions.append(("parse", pattern, text.upper() if dice.random() < 0.1 else text, zone))
    compare(twin, questions, dates.parse_timestamp)


def test_simple_date_formats_are_read_as_leniently(twin):
    dice = random.Random(4)
    questions = []
    for _ in range(4000):
        pattern = dice.choice(SIMPLE)
        text = dates.format_timestamp(pattern, dice.randint(0, 2 * 10**12), "UTC")
        if dice.random() < 0.4:
            place = dice.randrange(len(text) + 1)
            text = text[:place] + dice.choice("0123456789 x") + text[place + dice.choice((0, 1)) :]
        questions.append(("simple", pattern, text))
    compare(twin, questions, simple_dates.parse)


def test_times_are_written_as_local_times(twin):
    compare(twin, [("time", second) for second in range(0, 86_400, 7)], lambda second: iso.time_text(second * 1000))


CLOCKS = [f"{hour:02}:{minute:02}:{second:02}.{ms:03}" for hour in (0, 9, 23, 24, 25) for minute in (0, 59, 60) for second in (0, 59, 60)
          for ms in (0, 1, 999)]  # fmt: skip


def test_midnight_ends_a_day_in_timestamps_and_begins_one_in_times(twin):
    questions = [
        ("parse", "yyyy-MM-dd'T'HH:mm:ss.SSS", f"{day}T{clock}", "UTC") for day in ("2024-02-28", "2023-12-31") for clock in CLOCKS
    ]
    compare(twin, questions, lambda pattern, text, zone: iso.parse_timestamp(text))
    compare(twin, [("clock", text[:length]) for text in CLOCKS for length in (5, 8, 12)], iso.parse_time)


def found(pattern, text):
    compiled = regex.compile(pattern)
    made = ""
    for match in regex.find_all(compiled, text):
        groups = (match.group(group) for group in range(compiled.groups + 1))
        made += f"{match.start()}-{match.end()}" + "".join(
            "," + ("-" if group is None else base64.b64encode(group.encode()).decode()) for group in groups
        ) + ";"  # fmt: skip
    return made + "|".join(regex.java_split(compiled, text))


def test_patterns_find_what_java_finds(twin):
    dice = random.Random(5)
    questions = []
    for _ in range(6000):
        pattern = "".join(dice.choice(ATOMS) + dice.choice(QUANTIFIERS) for _ in range(dice.randint(1, 4)))
        questions.append(("find", f"({pattern})" if dice.random() < 0.2 else pattern, dice.choice(TEXTS)))
    answers = twin(questions)
    refused = wrong = 0
    for (_, pattern, text), answer in zip(questions, answers, strict=True):
        mine = ours(found, pattern, text)
        refused += mine == "!" != answer
        wrong += mine not in ("!", answer)
    assert wrong <= 3  # groups inside of an empty repetition
    assert refused < len(questions) / 50  # refusing a pattern is allowed, another meaning is not


def test_replacements_are_java_s(twin):
    dice = random.Random(6)
    parts = ("x", "$0", "$1", "$12", "\\$", "\\\\", "${n}", "$", "-")
    questions = []
    for _ in range(3000):
        pattern = "".join(dice.choice((*ATOMS[:12], "(a)", "(?<n>b)", "(c)")) for _ in range(dice.randint(1, 2)))
        questions.append(("replace", pattern, dice.choice(TEXTS), "".join(dice.choice(parts) for _ in range(dice.randint(0, 3)))))
    compare(twin, questions, lambda pattern, text, new: regex.replace_all(regex.compile(pattern), text, new), allowed=2)


def test_urls_fall_into_java_s_parts(twin):
    dice = random.Random(7)
    questions = [("uri", "".join(dice.choice(URL_PARTS) for _ in range(dice.randint(1, 7)))) for _ in range(6000)]

    def shown(text):
        found = uri.parse(text)
        port = -1 if found.port is None else found.port
        return " ".join(
            "null" if part is None else str(part) for part in (found.scheme, found.host, port, found.path, found.query, found.fragment)
        )

    compare(twin, questions, shown)
