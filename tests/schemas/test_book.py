"""Schemas are asked for once, and a registry that is down is not waited for record by record."""

import pytest

from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem
from controlcenter.schemas import book, model
from controlcenter.schemas.book import Book
from controlcenter.schemas.cache import Cache
from controlcenter.schemas.client import Client
from controlcenter.schemas.model import Connection, Schema, Version
from tests.schemas import registry

LONG = Schema(7, "AVRO", '"long"', (("a", "b"),), (Version("orders-value", 3),))
HERE, THERE = Connection("http://here"), Connection("http://there", "user", Secret("pass"))


def test_a_schema_is_fetched_once_and_told():
    learned = []
    with registry.serving({"/schemas/ids/7": {"schema": '"long"'}}) as lying:
        held = Book(Client(Connection(lying.url)), learned=learned.append)
        assert held.get(7) is held.get(7)
    assert [path for path, _ in lying.seen] == ["/schemas/ids/7", "/schemas/ids/7/versions"]
    assert learned == [Schema(7, "AVRO", '"long"')]


def test_what_was_handed_over_is_not_asked_for_even_when_nobody_answers():
    assert Book(None, [LONG]).get(7) is LONG
    with pytest.raises(Problem) as met:
        Book(None).get(8)
    assert met.value.kind is Kind.ABSENT


def test_a_registry_that_is_down_is_asked_twice_and_no_more():
    with registry.serving(dict.fromkeys([f"/schemas/ids/{n}" for n in range(9)], registry.silent)) as lying:
        held = Book(Client(Connection(lying.url), seconds=0.1))
        for number in range(9):
            with pytest.raises(Problem) as met:
                held.get(number)
            assert met.value.kind is Kind.TIMEOUT
        assert len(lying.seen) == book.TRIES


def test_ids_without_end_are_not_all_asked_for():
    with registry.serving({}) as lying:
        held = Book(Client(Connection(lying.url)))
        for number in range(book.IDS + 50):
            with pytest.raises(Problem):
                held.get(number)
        assert len(lying.seen) == book.IDS


def test_a_child_beats_before_it_waits_and_tells_what_it_learned():
    sent = []
    with registry.serving({"/schemas/ids/7": {"schema": '"long"'}}) as lying:
        job = Cache().job(Connection(lying.url))
        held = book.of_job(job, lambda *frame: sent.append(frame))
        assert held is not None
        held.get(7)
    assert [frame[0] for frame in sent] == ["fetching", "fetching", "schemas"]
    assert model.of_frame(sent[-1][1][0]) == Schema(7, "AVRO", '"long"')
    assert book.of_job(None, print) is None


def test_the_memory_hands_each_registry_its_own_schemas():
    kept = Cache()
    kept.learn(HERE, [model.framed(LONG)])
    assert kept.job(HERE) == {"url": "http://here", "username": "", "password": "", "known": [model.framed(LONG)]}
    assert kept.known(THERE) == []
    assert kept.job(THERE) == {"url": "http://there", "username": "user", "password": "pass", "known": []}
    assert kept.job(None) is None


def test_the_memory_is_bounded_and_the_longest_unused_go_first():
    kept = Cache(most_bytes=1000)
    for number in range(100):
        kept.learn(HERE, [model.framed(Schema(number, "JSON", "x" * 100))])
        assert kept.size_bytes <= 1000
    kept.learn(HERE, [model.framed(Schema(99, "JSON", "x" * 100))])
    assert [frame[0] for frame in kept.known(HERE)] == list(range(99, 89, -1))


def test_a_schema_survives_the_way_through_the_pipe():
    assert model.of_frame(model.framed(LONG)) == LONG


@pytest.mark.parametrize(
    "told",
    [None, [], [7, "XML", "x", [], []], ["x", "AVRO", "x", [], []], [7, "AVRO", "x", [["a"]], []], [7, "AVRO", "x" * (9 << 20), [], []],
     [7, "AVRO", "x", [["a", "b"]] * 101, []], [7, "AVRO", "x", [], [["a", "b"]]], 5],
)  # fmt: skip
def test_what_is_no_schema_is_not_kept(told):
    kept = Cache()
    with pytest.raises(ValueError, match=r"."):
        kept.learn(HERE, [told])
    assert kept.size_bytes == 0
