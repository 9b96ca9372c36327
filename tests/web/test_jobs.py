"""Searches in the background at their door: begun by a form, shown to their owner, stopped and forgotten there."""

import zlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from controlcenter.browse import background, exports
from controlcenter.browse.models import Job, JobPart
from controlcenter.web import jobs

BEGIN = "/clusters/demo/topics/rides/messages/background/"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo", "store")]


def row(offset: int) -> dict[str, Any]:
    field = {"format": "json", "text": f'{{"n": {offset}, "x": "<b>"}}', "size_bytes": 9, "is_cut": False, "notes": []}
    return {"partition": 0, "offset": offset, "key": None, "value": field, "fault": "" if offset else "Offset 0 cannot be decoded safely."}


def test_a_search_is_begun_seen_stopped_and_removed_by_its_owner(client_of: Callable[[Any], Client], bob: Any) -> None:
    client = client_of(bob)
    answer = client.post(BEGIN, {"from": "oldest", "filter": "needle", "n": "500"})
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/{job.pk}/")
    assert (job.topic, job.state, dict(pair.split("=") for pair in job.query.split("&"))["filter"]) == ("rides", "queued", "needle")
    JobPart.objects.create(job=job, number=0, rows=zlib.compress(orjson.dumps([row(i) for i in range(150)])))
    Job.objects.update(found=150, progress={"share": 0.5, "records": 1000, "eta_s": 3})
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "needle" in page
    assert "50 %" in page
    assert "&lt;b&gt;" in page
    assert "cannot be decoded safely" in page
    assert "1 to 100 of 150" in page
    assert "101 to 150 of 150" in client.get(f"/jobs/{job.pk}/?from=100").content.decode()
    listed = client.get("/jobs/").content.decode()
    assert "needle" in listed
    assert "1st in line" in listed
    assert "<b>1st</b> in line" in page
    assert client.post("/jobs/", {"do": "stop", "id": job.pk}).status_code == 302
    assert Job.objects.get().state == "stopped"
    assert client.post("/jobs/", {"do": "resume", "id": job.pk}).status_code in (302, 409)
    client.post("/jobs/", {"do": "remove", "id": job.pk})
    assert "No search runs" in client.get("/jobs/").content.decode()


@pytest.mark.parametrize("form", [{"from": "live"}, {"n": "0"}, {"filter": "a ==", "mode": "expression"}, {"from": "group"}])
def test_what_cannot_run_to_an_end_is_refused_in_words(client_of: Callable[[Any], Client], bob: Any, form: dict[str, str]) -> None:
    answer = client_of(bob).post(BEGIN, form)
    assert answer.status_code == 400
    assert Job.objects.count() == 0


@pytest.mark.parametrize("form", [{}, {"do": "explode", "id": "1"}, {"do": "stop", "id": "x"}, {"do": "stop", "id": "9" * 30}])
def test_an_act_that_cannot_be_is_refused(client_of: Callable[[Any], Client], bob: Any, form: dict[str, str]) -> None:
    assert client_of(bob).post("/jobs/", form).status_code == 400


def test_nobody_sees_or_stops_anothers_search(client_of: Callable[[Any], Client], alice: Any, bob: Any) -> None:
    client_of(bob).post(BEGIN, {"filter": "needle"})
    job = Job.objects.get()
    others = client_of(alice)
    assert others.get(f"/jobs/{job.pk}/").status_code == 404
    assert others.post("/jobs/", {"do": "stop", "id": job.pk}).status_code == 404
    assert "needle" not in others.get("/jobs/").content.decode()
    assert Job.objects.get().state == "queued"


def test_the_place_in_line_is_told(client_of: Callable[[Any], Client], alice: Any, bob: Any) -> None:
    client_of(alice).post(BEGIN, {"filter": "before"})
    client = client_of(bob)
    for _ in range(2):
        client.post(BEGIN, {"filter": "needle"})
    told = client.get("/jobs/").content.decode()
    assert "2nd in line" in told
    assert "3rd in line" in told
    assert "before" not in told
    Job.objects.filter(owner=alice).update(state="complete")
    assert "1st in line" in client.get("/jobs/").content.decode()


@pytest.mark.parametrize(
    ("place", "word"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")]
)
def test_a_place_reads_as_one_says_it(place: int, word: str) -> None:
    assert jobs.ordinal(place) == word


def test_an_export_is_begun_where_it_is_estimated(client_of: Callable[[Any], Client], alice: Any, bob: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(exports, "estimate", lambda *_: exports.Estimate(1_234, 5 << 20, 0.25, 300))
    url = "/clusters/demo/topics/rides/messages/export-all/"
    page = client_of(alice).get(f"{url}?filter=needle&n=100&format=csv").content.decode()
    assert "about 1,234" in page
    assert "25 % of the offsets" in page
    assert 'value="csv" selected' in page
    assert 'name="filter" value="needle"' in page
    answer = client_of(alice).post(url, {"filter": "needle", "format": "csv", "separator": ";", "plain": "on"})
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"], job.form) == (302, f"/jobs/{job.pk}/", "csv")
    wish = background.request_of(job)
    assert (wish.filter, wish.separator, wish.is_guarded, wish.order) == ("needle", ";", False, "oldest")
    told = client_of(alice).get(f"/jobs/{job.pk}/").content.decode()
    assert "written as csv" in told
    assert f"/jobs/{job.pk}/export/" not in told
    assert client_of(alice).get(f"/jobs/{job.pk}/export/").status_code == 409
    assert client_of(bob).get(url).status_code == 403
    assert client_of(bob).get(f"/jobs/{job.pk}/export/").status_code == 404
    Job.objects.update(state="complete")
    assert f"/jobs/{job.pk}/export/" in client_of(alice).get(f"/jobs/{job.pk}/").content.decode()
    fetched = client_of(alice).get(f"/jobs/{job.pk}/export/")
    assert b"".join(fetched.streaming_content) == b"partition;offset;timestamp;key;value;headers;note\r\n"
    assert fetched["Content-Disposition"] == 'attachment; filename="rides.csv"'


def test_a_search_of_ones_own_is_exported_as_it_was_asked(client_of: Callable[[Any], Client], alice: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(exports, "estimate", lambda *_: exports.Estimate(None, None, 0.25, 300))
    client = client_of(alice)
    client.post(BEGIN, {"from": "time", "at": "-15m", "filter": "needle"})
    search = Job.objects.get()
    assert client.get(f"/jobs/{search.pk}/export/").status_code == 409
    url = "/clusters/demo/topics/rides/messages/export-all/"
    assert f"{url}?job={search.pk}" in client.get(f"/jobs/{search.pk}/").content.decode()
    assert "none in the 300 read" in client.get(f"{url}?job={search.pk}").content.decode()
    client.post(url, {"job": search.pk, "format": "ndjson"})
    assert background.request_of(Job.objects.exclude(pk=search.pk).get()).at_ms == background.request_of(search).at_ms
    assert client.get(f"/clusters/demo/topics/others/messages/export-all/?job={search.pk}").status_code == 404
    assert client.get(f"{url}?job=x").status_code == 404


@pytest.mark.parametrize("form", [{"format": "xml"}, {"separator": "::"}, {"from": "live"}, {"until": "records", "to": "5"}])
def test_what_no_export_can_be_is_refused(client_of: Callable[[Any], Client], alice: Any, form: dict[str, str]) -> None:
    assert client_of(alice).post("/clusters/demo/topics/rides/messages/export-all/", form).status_code == 400
    assert Job.objects.count() == 0
