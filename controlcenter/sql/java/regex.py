"""Patterns of java.util.regex as Python's `re`, and Java's ways to search, replace and split with them.

Translated piece by piece, so that nothing passes that Python reads in another sense; what cannot be translated is a ValueError.
A pattern may run for ages: call these only where that can be killed.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from controlcenter.sql.java.regex_syntax import Translator


@lru_cache(maxsize=512)
def compile(pattern: str) -> re.Pattern[str]:
    """Return the pattern for Python; ValueError for what Java refuses or we cannot translate."""
    try:
        return re.compile(Translator(pattern).translated(), re.ASCII)
    except (re.error, OverflowError, RecursionError) as fault:
        raise ValueError(f"Invalid regular expression pattern: {pattern}: {fault}") from None


def find_all(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches as Matcher.find: after an empty one the search goes on one character later."""
    at = 0
    while at <= len(text) and (found := pattern.search(text, at)):
        yield found
        at = found.end() if found.end() > found.start() else found.end() + 1


def replace_all(pattern: re.Pattern[str], text: str, replacement: str) -> str:
    """Return the text with each match replaced; `$1`, `${name}` and `\\` mean what they mean in Java."""
    parts, end = [], 0
    for found in find_all(pattern, text):
        parts += [text[end : found.start()], _expand(found, replacement)]
        end = found.end()
    return "".join((*parts, text[end:]))


def split(pattern: re.Pattern[str], text: str) -> list[str]:
    """Return the parts between the matches, all of them, empty ones too."""
    parts, end = [], 0
    for found in find_all(pattern, text):
        parts.append(text[end : found.start()])
        end = found.end()
    return [*parts, text[end:]]


def java_split(pattern: re.Pattern[str], text: str) -> list[str]:
    """Return the parts as String.split: nothing before an empty match at the start, no empty parts at the end."""
    parts, end, is_split = [], 0, False
    for found in find_all(pattern, text):
        if found.end() == 0:
            continue
        parts.append(text[end : found.start()])
        end, is_split = found.end(), True
    if not is_split:
        return [text]
    parts.append(text[end:])
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _expand(found: re.Match[str], replacement: str) -> str:
    made, at = [], 0
    while at < len(replacement):
        char = replacement[at]
        if char == "\\":
            if at + 1 == len(replacement):
                raise ValueError("character to be escaped is missing")
            made.append(replacement[at + 1])
            at += 2
        elif char == "$":
            group, at = _group(found, replacement, at + 1)
            made.append(found.group(group) or "")
        else:
            made.append(char)
            at += 1
    return "".join(made)


def _group(found: re.Match[str], replacement: str, at: int) -> tuple[int | str, int]:
    """Return the group after a `$`: the longest number that exists, or a name in braces."""
    if named := re.compile(r"\{([A-Za-z][A-Za-z0-9]*)\}").match(replacement, at):
        if named.group(1) not in found.re.groupindex:
            raise ValueError(f"No group with name {{{named.group(1)}}}")
        return named.group(1), named.end()
    if not replacement[at : at + 1].isdigit() or not replacement[at].isascii():
        raise ValueError("Illegal group reference")
    group, at = int(replacement[at]), at + 1
    if group > found.re.groups:
        raise ValueError(f"No group {group}")
    while at < len(replacement) and "0" <= replacement[at] <= "9" and group * 10 + int(replacement[at]) <= found.re.groups:
        group, at = group * 10 + int(replacement[at]), at + 1
    return group, at
