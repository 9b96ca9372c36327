"""A registry is believed only where its answer makes sense, and is waited for only so long."""

import time

import pytest

from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem
from controlcenter.schemas import http, subjects
from controlcenter.schemas.client import Client
from controlcenter.schemas.model import Connection, Schema, Version
from tests.schemas import registry

ID_7 = {"schema": '"long"'}
ORDERS = [{"subject": "orders-value", "version": 3}]


def asked(paths, number=7, **more):
    with registry.serving(paths) as lying:
        return Client(Connection(lying.url), **more).schema(number), lying.seen


def refused(paths, number=7, **more):
    began = time.monotonic()
    with registry.serving(paths) as lying, pytest.raises(Problem) as met:
        Client(Connection(lying.url), **more).schema(number)
    return met.value, time.monotonic() - began


def test_a_schema_comes_with_its_subjects():
    found, _ = asked({"/schemas/ids/7": ID_7, "/schemas/ids/7/versions": ORDERS})
    assert found == Schema(7, "AVRO", '"long"', (), (Version("orders-value", 3),))


def test_a_registry_that_does_not_tell_subjects_still_gives_the_schema():
    found, _ = asked({"/schemas/ids/7": ID_7, "/schemas/ids/7/versions": registry.status(500)})
    assert found == Schema(7, "AVRO", '"long"')


def test_references_are_followed_each_after_what_it_needs():
    def refers(text, *names):
        references = [{"name": name, "subject": f"{name}/a b", "version": 1} for name in names]
        return {"schema": text, "schemaType": "PROTOBUF", "references": references}

    paths = {
        "/schemas/ids/7": refers("main", "one", "two"),
        "/subjects/one%2Fa%20b/versions/1": refers("1", "two"),
        "/subjects/two%2Fa%20b/versions/1": refers("2"),
    }
    found, seen = asked(paths)
    assert found.references == (("two", "2"), ("one", "1"))
    assert [path for path, _ in seen].count("/subjects/two%2Fa%20b/versions/1") == 1


def test_references_that_go_round_end():
    paths = {
        "/schemas/ids/7": {"schema": "main", "references": [{"name": "a", "subject": "a", "version": 1}]},
        "/subjects/a/versions/1": {"schema": "1", "references": [{"name": "a", "subject": "a", "version": 1}]},
    }
    assert asked(paths)[0].references == (("a", "1"),)


def test_more_references_than_anybody_needs_are_refused():
    paths = {"/schemas/ids/7": {"schema": "m", "references": [{"name": "n0", "subject": "s0", "version": 1}]}}
    for place in range(150):
        paths[f"/subjects/s{place}/versions/1"] = {
            "schema": "x",
            "references": [{"name": f"n{place + 1}", "subject": f"s{place + 1}", "version": 1}],
        }
    problem, _ = refused(paths, seconds=5)
    assert problem.what == "it refers to more than 100 schemas"


@pytest.mark.parametrize(
    ("answer", "kind", "what"),
    [
        ({"schema": "x", "id": 8}, Kind.BROKEN, "the registry answers with id 8"),
        ({"schema": "x", "schemaType": "XML"}, Kind.UNSUPPORTED, "the registry tells a schema of type XML"),
        ({"schema": 5}, Kind.BROKEN, "the registry tells no schema text"),
        ({"schema": "x" * ((1 << 20) + 1)}, Kind.BROKEN, "the schema is larger than 1,048,576 characters"),
        ({"schema": "x", "references": [{"name": 5}]}, Kind.BROKEN, "the registry tells a reference that names nothing"),
        ([1], Kind.BROKEN, "what answers is no schema registry"),
        (None, Kind.ABSENT, "not in the registry"),
        (registry.status(200, b"<html>"), Kind.BROKEN, "the registry's answer (status 200) is no JSON"),
        (registry.status(200, b"[" * 100_000), Kind.BROKEN, "the registry's answer (status 200) is no JSON"),
        (registry.status(500, b'{"message": "boom"}'), Kind.BROKEN, "the registry failed with status 500: boom"),
        (registry.status(401), Kind.DENIED, "the registry refuses our sign-in"),
        (registry.status(302, Location="file:///etc/passwd"), Kind.BROKEN, "the registry answers with a redirect, which is not followed"),
        (registry.endless, Kind.BROKEN, "the registry's answer is larger than 10,485,760 bytes"),
    ],
)
def test_an_answer_that_makes_no_sense_is_not_believed(answer, kind, what):
    problem, _ = refused({"/schemas/ids/7": answer}, seconds=5)
    assert (problem.kind, problem.what) == (kind, what)


@pytest.mark.parametrize("answer", [registry.silent, registry.dripping])
def test_silence_and_a_slow_drip_end_in_time(answer):
    problem, took = refused({"/schemas/ids/7": answer}, seconds=0.3)
    assert (problem.kind, problem.what) == (Kind.TIMEOUT, "registry timeout")
    assert took < 3


def test_nobody_there_is_unreachable():
    with registry.serving({}) as lying:
        url = lying.url
    with pytest.raises(Problem) as met:
        Client(Connection(url)).subjects()
    assert met.value.kind is Kind.UNREACHABLE


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/", "http://[fe80::1]/", "http://0.0.0.0:1/", "http://224.0.0.1/", "http://[::ffff:169.254.1.1]/"]
)
def test_what_is_no_place_for_a_registry_is_not_asked(url):
    with pytest.raises(Problem) as met:
        http.get(Connection(url), "/subjects")
    assert met.value.kind is Kind.DENIED


@pytest.mark.parametrize("url", ["file:///etc/passwd", "", "ftp://x"])
def test_only_http_is_asked(url):
    with pytest.raises(Problem) as met:
        http.get(Connection(url), "/subjects")
    assert met.value.kind is Kind.INVALID


def test_we_sign_in_at_the_registrys_own_address_with_its_path_kept():
    with registry.serving({"/api/subjects": ["b", "a", 5]}) as lying:
        client = Client(Connection(f"{lying.url}/api/", "user", Secret("tiger")))
        assert client.subjects() == ("a", "b")
    assert lying.seen == [("/api/subjects", "Basic dXNlcjp0aWdlcg==")]
    assert "tiger" not in repr(client.connection)


def test_a_subject_has_versions_and_a_latest_one():
    paths = {
        "/subjects/..%2Fconfig/versions": [2, 1],
        "/subjects/..%2Fconfig/versions/latest": {"schema": "{}", "schemaType": "JSON", "id": 4, "version": 2},
    }
    with registry.serving(paths) as lying:
        client = Client(Connection(lying.url))
        assert client.versions("../config") == (1, 2)
        assert client.version("../config") == Schema(4, "JSON", "{}", (), (Version("../config", 2),))


def test_subjects_of_a_topic_are_known_by_name():
    names = ["orders-value", "orders-key", "orders-com.shop.Order", "orders-eu-value", "other-value"]
    assert subjects.of_topic("orders", "value", names) == ("orders-value", "orders-com.shop.Order", "orders-eu-value")
    assert subjects.of_topic("orders", "key", names)[0] == "orders-key"
    assert subjects.of_topic("nothing", "value", names) == ()
