"""Text → tokens: nothing is lost, nothing is refused."""

from hypothesis import given
from hypothesis import strategies as st

from controlcenter.sql import lexer

PIECES = ["'", '"', "`", "--", "//", "/*", "*/", "${", "}", "\n", "a", "1", ".", "1e", "->", ":=", " ", "SELECT", "é"]


def kinds(text):
    return [(token.kind, token.text) for token in lexer.tokens(text) if token.kind != "space"]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
def test_the_tokens_joined_are_the_text(text):
    found = list(lexer.tokens(text))
    assert "".join(token.text for token in found) == text
    assert all(text[token.start : token.end] == token.text for token in found)


def test_numbers_and_names_that_begin_with_a_digit_are_told_apart():
    assert kinds("1 1. .5 1.5 1e3 1.5E-2 1abc 2_") == [
        ("number", "1"),
        ("number", "1."),
        ("number", ".5"),
        ("number", "1.5"),
        ("number", "1e3"),
        ("number", "1.5E-2"),
        ("word", "1abc"),
        ("word", "2_"),
    ]


def test_quotes_inside_quotes_are_doubled():
    assert kinds("'it''s' `a``b` \"c\"\"d\"") == [("string", "'it''s'"), ("quoted", "`a``b`"), ("quoted", '"c""d"')]
    assert [lexer.unquoted(text) for _, text in kinds("'it''s' `a``b`")] == ["it's", "a`b"]


def test_comments_end_with_their_line_or_their_mark():
    assert kinds("a -- b\nc // d\ne /* f\n*/ g") == [
        ("word", "a"),
        ("comment", "-- b"),
        ("word", "c"),
        ("comment", "// d"),
        ("word", "e"),
        ("comment", "/* f\n*/"),
        ("word", "g"),
    ]


def test_a_comment_that_never_ends_is_one_unknown_token():
    assert kinds("a /* b") == [("word", "a"), ("unknown", "/* b")]


@given(st.text(min_size=1, max_size=10))
def test_a_quoted_name_is_read_as_itself(name):
    quoted = "`" + name.replace("`", "``") + "`"
    assert [lexer.name_of(token) for token in lexer.tokens(quoted)] == [name]
