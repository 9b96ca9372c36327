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


GUID = "89791762-2336-4186-9674-299b90a802e2"


def test_a_schema_by_guid_is_asked_once_and_known_by_it():
    told = {"schema": '"long"', "guid": GUID}
    paths = {f"/schemas/guids/{GUID}": told, f"/schemas/guids/{GUID}/ids": [{"context": ".", "id": 7}],
             "/schemas/ids/7/versions": [{"subject": "orders-value", "version": 3}]}  # fmt: skip
    sent = []
    with registry.serving(paths) as there:
        book = Book(Client(Connection(there.url)), learned=sent.append)
        found = book.by_guid(GUID)
        assert book.by_guid(GUID) is found
        assert len(there.seen) == 3
    assert found == Schema(7, "AVRO", '"long"', (), (Version("orders-value", 3),), GUID)
    kept = Cache()
    kept.learn(HERE, [model.framed(each) for each in sent])
    assert Book(None, [model.of_frame(each) for each in kept.known(HERE)]).by_guid(GUID) == found


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "not in the registry"),
        (registry.status(404, b""), "the registry does not look schemas up by GUID"),  # as Apicurio 3.0.9 answers
        (registry.status(404, b'{"error_code": 404}'), "the registry does not look schemas up by GUID"),  # as an older one of Confluent
        ({"schema": '"long"', "guid": GUID.replace("8", "7")}, f"the registry answers with GUID {GUID.replace('8', '7')}"),
        (registry.status(500, b"{}"), "the registry failed with status 500"),
    ],
)
def test_a_guid_that_is_not_had_is_told_in_words(answer, said):
    with registry.serving({f"/schemas/guids/{GUID}": answer}) as there, pytest.raises(Problem) as met:
        Book(Client(Connection(there.url))).by_guid(GUID)
    assert met.value.what == said
