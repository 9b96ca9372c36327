"""The form that writes records at its door: nothing typed is lost, nothing is sent by halves, and nobody sees another's run."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from controlcenter.kafka.model import Message
from controlcenter.observe.snapshot import TABLES, Snapshot, key
from controlcenter.operate import parcels
from controlcenter.operate.perform import Result
from controlcenter.web import produce

PAGE = "/clusters/demo/topics/orders/produce/"
pytestmark = pytest.mark.usefixtures("demo", "known")


@pytest.fixture
def known(store, monkeypatch):
    topic = {**dict.fromkeys(TABLES["topics"]), "name": "orders", "id": "i", "partitions": 3, "is_internal": False}
    monkeypatch.setattr(store.__class__, "read", lambda self, slug: Snapshot(1, {"topics": {key("orders"): topic}}))
    return topic


@pytest.fixture
def sent(monkeypatch):
    """What would have been sent: every action that reached the door of changes."""
    actions = []

    def perform(action, request):
        actions.append(action)
        return Result(
            "ok", "audit-1", action.done(), None, {"state": "done", "total": 1, "ok": 1, "failed": 0, "unknown": 0, "results": []}
        )

    monkeypatch.setattr(produce, "perform", perform)
    return actions


def form(**more):
    return {"do": "produce", "key_form": "text", "key": "k", "value_form": "json", "value": "{}", "count": "1", "rate": "0", **more}


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"value": '{"a": '}, "JSON"),
        ({"value_form": "hex", "value": "0x1"}, "hex"),
        ({"value_form": "base64", "value": "%%%"}, "base64"),
        ({"value_form": "int32", "value": "4294967296"}, "int"),
        ({"partition": "first"}, "“first” is not a partition."),
        ({"timestamp": "yesterday"}, "“yesterday” is not a time."),
        ({"count": "many"}, "“many” is not a whole number."),
        ({"header_name": "", "header_form": "text", "header_value": "lost"}, "A header needs a name."),
        ({"value_form": "xml"}, "xml"),
    ],
)
def test_what_cannot_be_is_told_and_stays_as_typed(client_of, alice, sent, typed, word):
    answer = client_of(alice).post(PAGE, form(**typed))
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert sent == []
    for text in typed.values():
        assert text in answer.context["values"].values() or any(text in header for header in answer.context["headers"])


def test_the_records_that_were_typed_are_those_that_are_sent(client_of, alice, sent, store):
    client_of(alice).post(
        PAGE, form(partition="2", timestamp="5", header_name=["a", "a"], header_form=["text", "null"], header_value=["1", ""])
    )
    (action,) = sent
    expected = Message(b"k", b"{}", (("a", b"1"), ("a", None)), 2, 5)
    assert list(parcels.take(store.redis, action.parcel)) == [expected]
    assert (action.partitions, action.kinds) == ((2,), {"key": "text", "value": "json"})


def test_a_file_is_shown_first_and_its_parcel_is_what_is_sent(client_of, alice, sent, store):
    client = client_of(alice)
    shown = client.post(PAGE, {"do": "file", "file_form": "csv", "key_form": "text", "value_form": "text",
                               "file": SimpleUploadedFile("r.csv", b"key,value\na,1\nb,2,3\n")})  # fmt: skip
    assert shown.status_code == 200
    assert sent == []
    assert shown.context["faulty"]["count"] == 1
    client.post(PAGE, form(parcel=shown.context["action"].parcel))
    (action,) = sent
    assert list(parcels.take(store.redis, action.parcel)) == [Message(b"a", b"1")]


def test_a_fault_beside_a_files_records_sends_none_of_them(client_of, alice, sent, store):
    client = client_of(alice)
    shown = client.post(PAGE, {"do": "file", "file_form": "lines", "value_form": "text", "file": SimpleUploadedFile("r.txt", b"a\nb\n")})
    answer = client.post(PAGE, form(parcel=shown.context["action"].parcel, rate="fast"))
    assert (answer.status_code, sent) == (422, [])


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("big.ndjson", b"x" * (31 << 20), "Split it."),
        ("odd.csv", b'value\n"open', "Broken quotes"),
        ("other.txt", b"\xff\xfe", "not UTF-8"),
        ("none.ndjson", b"[1]\n[2]\n", "No line of the file can be sent."),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(client_of, alice, sent, name, data, word):
    form_ = "csv" if name.endswith(".csv") else "ndjson"
    answer = client_of(alice).post(PAGE, {"do": "file", "file_form": form_, "value_form": "json", "file": SimpleUploadedFile(name, data)})
    assert answer.status_code in (400, 422)
    assert word in answer.content.decode()
    assert sent == []


def test_nobody_sees_or_stops_anothers_run(client_of, alice, bob, store):
    parcel, _ = parcels.put(store.redis, "somebody-else", [Message(None, b"x")])
    run = f"{PAGE}runs/{parcel}/"
    assert client_of(alice).get(run).status_code == 404
    assert client_of(alice).post(run).status_code == 404
    assert not parcels.is_stopped(store.redis, parcel)
    assert client_of(alice).post(PAGE, form(parcel=parcel)).status_code == 404


def test_a_reader_may_not_write(client_of, bob, sent):
    assert client_of(bob).post(PAGE, form()).status_code == 403
    assert sent == []
