"""Files of records: what is read, and what is wrong with which line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.errors import Problem
from controlcenter.operate import unpack
from controlcenter.operate.unpack import Row


def read(text, form="ndjson", separator=""):
    return list(unpack.rows(text.encode(), form, separator))


def test_a_line_is_a_record_with_all_its_parts():
    line = '{"key": "k", "value": {"n": 1}, "headers": [["a", "1"], ["a", null]], "partition": 2, "timestamp": 1700000000000}'
    assert read(line) == [(1, Row("k", '{"n":1}', (("a", "1"), ("a", None)), 2, 1_700_000_000_000))]


def test_null_and_an_empty_text_are_two_things():
    assert [row.value for _, row in read('{"value": null}\n{"value": ""}\n{}')] == [None, "", None]


@pytest.mark.parametrize("number", ["1.10", "9223372036854775808", "1e400", "-0.0", "0.1000000000000000055511151231257827"])
def test_a_number_keeps_its_letters(number):
    assert read(f'{{"value": {{"a": [{number}]}}}}') == [(1, Row(None, f'{{"a":[{number}]}}'))]


def test_a_bad_line_is_named_and_the_others_are_read():
    found = read('{"value": 1}\n{"value": \n\n[1]\n{"size": 3}\n{"value": "x", "partition": "two"}')
    assert [line for line, _ in found] == [1, 2, 4, 5, 6]
    assert [isinstance(row, Problem) for _, row in found] == [False, True, True, True, True]
    assert "size" in found[3][1].what
    assert "two" in found[4][1].what


def test_csv_finds_its_separator_and_keeps_quoted_lines():
    found = read('key;value\r\na;"one\r\ntwo"\r\nb;\r\n', "csv")
    assert [row for _, row in found] == [Row("a", "one\r\ntwo"), Row("b", "")]
    assert [line for line, _ in found] == [2, 4]


def test_broken_quotes_are_told_with_their_line_and_what_came_before_stays():
    found = read('value\ngood\n"open', "csv")
    assert found[0] == (2, Row(None, "good"))
    assert "quotes" in found[1][1].what


@pytest.mark.parametrize(("head", "word"), [("key,size", "size"), ("key,partition", "value")])
def test_csv_with_other_columns_is_refused_whole(head, word):
    with pytest.raises(Problem, match=word):
        read(f"{head}\n1,2", "csv")


def test_a_file_in_another_encoding_names_the_line():
    with pytest.raises(Problem, match="Line 2"):
        list(unpack.rows("fine\nä".encode("latin-1"), "lines"))


@pytest.mark.parametrize(("text", "ms"), [("1700000000000", 1_700_000_000_000), ("2023-11-14T22:13:20", 1_700_000_000_000),
                                          ("2023-11-14T23:13:20+01:00", 1_700_000_000_000), ("", None)])  # fmt: skip
def test_a_time_is_read_in_either_form(text, ms):
    assert unpack.timestamp(text) == ms


@pytest.mark.parametrize("text", ["yesterday", "-1", "9999999999999999", "2023-13-01"])
def test_what_is_no_time_stands_on_its_field(text):
    with pytest.raises(Problem) as caught:
        unpack.timestamp(text)
    assert caught.value.field == "timestamp"


@given(st.binary(max_size=300), st.sampled_from(unpack.FORMS))
def test_any_bytes_are_rows_or_a_problem(data, form):
    try:
        found = list(unpack.rows(data, form))
    except Problem:
        return
    assert all(isinstance(row, Row | Problem) for _, row in found)


def test_a_string_that_is_a_document_keeps_its_quotes():
    line = b'{"key": "k", "value": "t"}'
    assert list(unpack.rows(line, "ndjson", documents=frozenset({"value"}))) == [(1, Row("k", '"t"'))]


def test_a_first_line_with_an_open_quote_is_a_sentence():
    with pytest.raises(Problem, match="first line"):
        read('"key,value', "csv")
