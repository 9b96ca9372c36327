"""What may stand at the cursor, marked `|` here."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.sql import analyze, complete, parser
from controlcenter.sql.catalog import Catalog

SOURCES = """
    CREATE STREAM rides (vendor STRING KEY, fare DOUBLE, place STRUCT<lat DOUBLE, town STRUCT<name STRING>>)
        WITH (KAFKA_TOPIC='rides', VALUE_FORMAT='JSON');
    CREATE TABLE "odd-name" (id STRING PRIMARY KEY, `fare b` INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');
    CREATE TYPE money AS DECIMAL(8, 2);
"""


def make():
    catalog = Catalog()
    for node in parser.parse(SOURCES):
        catalog = analyze.apply(catalog, analyze.statement(node, catalog))
    return catalog


CATALOG = make()


def at(marked):
    cursor = marked.index("|")
    return complete.at(marked.replace("|", ""), cursor, CATALOG)


def labels(marked):
    return [one.label for one in at(marked).suggestions]


@pytest.mark.parametrize(
    ("marked", "label"),
    [
        ("|", "SELECT"),
        ("sho|", "SHOW TOPICS"),
        ("SELECT * FROM |", "RIDES"),
        ("SELECT * FROM ri|", "RIDES"),
        ("SELECT fa| FROM rides", "FARE"),
        ("SELECT vendor, | FROM rides r", "ROWTIME"),
        ("SELECT r.| FROM rides r", "VENDOR"),
        ("SELECT place-> | FROM rides", "TOWN"),
        ("SELECT place->town->| FROM rides", "NAME"),
        ("SELECT * FROM rides WHERE su|", "SUBSTRING"),
        ("SELECT * FROM rides |", "WHERE"),
        ("SELECT * FROM rides WHERE fare > 3 |", "GROUP BY"),
        ('SELECT * FROM rides r JOIN "odd-name" o ON |', "O.fare b"),
        ("CREATE STREAM x (a |", "STRING"),
        ("CREATE STREAM x (a mo|", "MONEY"),
        ("CREATE STREAM x (a INT) WITH (|", "KAFKA_TOPIC"),
        ("CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', VALUE_FORMAT=|", "PROTOBUF"),
        ("CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', VALUE_FORMAT='J|'", "JSON"),
        ("DROP STREAM IF EXISTS |", "RIDES"),
        ("INSERT INTO |", "RIDES"),
        ("SHOW TABLES; SELECT * FROM |; SHOW TOPICS", "RIDES"),
    ],
)
def test_what_fits_is_suggested(marked, label):
    assert label in labels(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT 1 -- fa| FROM rides",
        "SELECT 'fa|' FROM rides",
        "SELECT nothing.| FROM rides",
        "CREATE STREAM |",
        "SELECT vendor->| FROM rides",
    ],
)
def test_where_nothing_is_known_nothing_is_suggested(marked):
    assert labels(marked) == []


def test_what_begins_alike_comes_first_and_replaces_the_word():
    found = at("SELECT len| FROM rides")
    assert (found.start, found.end) == (7, 10)
    assert found.suggestions[0].label == "LEN"
    assert "ARRAY_LENGTH" in [one.label for one in found.suggestions]


def test_a_name_is_written_so_that_it_can_be_read():
    assert [one.insert for one in at("SELECT * FROM odd|").suggestions] == ["`odd-name`"]


def test_a_function_shows_how_it_is_called():
    found = at("SELECT dateadd| FROM rides").suggestions[0]
    assert found.detail.lower().startswith("dateadd(")
    assert complete.signatures("nothing") == ()


def test_given_properties_are_not_suggested_again():
    assert "KAFKA_TOPIC" not in labels("CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', |")


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(["SELECT", "FROM", "rides", "r", ".", "->", "(", ")", ",", "WITH", "=", "'", "`", "--", ";", "\n", "CREATE", "é"])
    ),
    st.data(),
)
def test_every_place_of_every_text_has_an_answer(words, data):
    text = " ".join(words)
    found = complete.at(text, data.draw(st.integers(0, len(text))), CATALOG)
    assert 0 <= found.start <= found.end <= len(text)
