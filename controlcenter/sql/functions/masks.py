"""Masks: letters and digits replaced, so that the form of a text stays and its content goes."""

from typing import Any
from unicodedata import category

from controlcenter.sql.functions.base import SEE, Scalar
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import text

_DEFAULTS = ("X", "x", "n", "-")
_CLASSES = {"Lu": 0, "Ll": 1, "Nd": 2}
_MASKS = "STRING upper, STRING lower, STRING digit, STRING other"


def masked(value: str, masks: tuple[str | None, ...]) -> str:
    """Return the text with capitals, small letters, digits and the rest replaced; a null mask keeps its class."""
    return "".join(char if (mask := masks[_CLASSES.get(category(char), 3)]) is None else mask for char in value)


def mask(value: str | None, *masks: str | None) -> str | None:
    chosen = _checked(masks)
    return None if value is None else text.joined(masked(text.units(value), chosen))


def _part(*, left: bool, keep: bool) -> Any:
    """Return the function that masks one side, or all but that side."""

    def mask_part(value: str | None, count: int | None, *masks: str | None) -> str | None:
        chosen = _checked(masks)
        if count is None or count < 0:
            raise ValueError("The number of characters must not be negative or null.")
        if value is None:
            return None
        units = text.units(value)
        place = min(count, len(units)) if left else max(len(units) - count, 0)
        head, tail = units[:place], units[place:]
        return text.joined(masked(head, chosen) + tail if left != keep else head + masked(tail, chosen))

    return mask_part


def _checked(masks: tuple[str | None, ...]) -> tuple[str | None, ...]:
    if any(one is not None and text.length(one) != 1 for one in masks):
        raise ValueError("A mask must be one character.")
    return masks or _DEFAULTS


def _sides(name: str, description: str, *, left: bool, keep: bool) -> Scalar:
    call = _part(left=left, keep=keep)
    shapes = ("STRING input, INTEGER numChars", f"STRING input, INTEGER numChars, {_MASKS}")
    return Scalar(name, description, "STRING", tuple(signature(shape, "STRING", call, nulls=SEE) for shape in shapes))


FUNCTIONS = (
    Scalar("mask", "Masks a text, keeping its form.", "STRING", tuple(
        signature(shape, "STRING", mask, nulls=SEE) for shape in ("STRING input", f"STRING input, {_MASKS}")
    )),
    _sides("mask_left", "Masks the first characters.", left=True, keep=False),
    _sides("mask_right", "Masks the last characters.", left=False, keep=False),
    _sides("mask_keep_left", "Masks all but the first characters.", left=True, keep=True),
    _sides("mask_keep_right", "Masks all but the last characters.", left=False, keep=True),
)  # fmt: skip
