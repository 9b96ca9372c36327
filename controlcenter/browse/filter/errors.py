"""What is wrong with a filter's text: a Problem that knows the column, draws the caret, and often knows the right text."""

from dataclasses import dataclass

from controlcenter.errors import Kind, Problem


@dataclass(unsafe_hash=True)  # not frozen: contextlib sets the traceback of an exception on its way out
class FilterError(Problem):
    """column  where, counted from 1 over the whole text; 0 when no place is meant
    text    the filter's text
    fix     the whole text as it would be right, or "" when nobody can know
    """

    column: int = 0
    text: str = ""
    fix: str = ""

    @property
    def caret(self) -> str:
        """The faulty line and a caret below the place, for a fixed-width font."""
        if not self.column:
            return self.text
        before = self.text[: self.column - 1]
        start = before.rfind("\n") + 1
        line = self.text[start:].partition("\n")[0]
        return f"{line}\n{' ' * (len(before) - start)}^"


def wrong(text: str, at: int, what: str, hint: str = "", *, fix: str = "") -> FilterError:
    """Return the error at a place, given as an index into the text."""
    return FilterError(Kind.INVALID, f"{what} (column {at + 1}).", hint, "filter", at + 1, text, fix)


def replaced(text: str, at: int, length: int, new: str) -> str:
    """Return the text with one piece replaced: the fix of an error."""
    return text[:at] + new + text[at + length :]
