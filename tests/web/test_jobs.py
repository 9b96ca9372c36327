"""Searches in the background at their door: begun by a form, shown to their owner, stopped and forgotten there."""

import zlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from controlcenter.browse.models import Job, JobPart

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
    assert "needle" in client.get("/jobs/").content.decode()
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
