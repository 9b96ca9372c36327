"""Searches on real brokers: they outlive their tab, stop within a second, go on without loss, and are shown to whoever may read."""

import os
import signal
import time
from typing import Any

import psutil
import pytest
from asgiref.sync import sync_to_async

from controlcenter.access import principals
from controlcenter.access.models import AuditEvent
from controlcenter.browse import search
from controlcenter.browse.sandbox import Sandbox
from controlcenter.errors import Kind, Problem
from controlcenter.fleet.models import Cluster
from controlcenter.live import scan
from tests.real.test_browse import Log
from tests.real.test_tail import Tab, until

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store")]
MANY = 6000


@pytest.fixture(scope="module")
def large(kafka: Any) -> Log:
    log = Log(kafka.bootstrap, 3)
    for p in range(3):
        log.produce(
            *(b'{"n": %d, "wanted": %s}' % (i, b"true" if i % 100 == 7 else b"false") for i in range(MANY)), partition=p, at_ms=10_000
        )
    return log


@pytest.fixture
def log(large: Log) -> Log:
    Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers=large.bootstrap)
    return large


WANTED = [(p, i) for p in range(3) for i in range(7, MANY, 100)]
QUERY = "filter=value.wanted&mode=expression&n=1000"


async def began(log: Log, user: Any, query: str = QUERY, **more: Any) -> Tab:
    tab = Tab(await sync_to_async(principals.of_user)(user))
    await scan.scan(tab, {"do": "scan", "ch": "s", "cluster": "demo", "topic": log.name, "query": query, **more})
    return tab


async def done(tab: Tab) -> dict[str, Any]:
    await until(lambda: tab.kinds("done") or tab.kinds("closed"))
    assert not tab.kinds("closed")
    return tab.kinds("done")[-1]


def found(tab: Tab) -> list[tuple[int, int]]:
    return [(row["partition"], row["offset"]) for frame in tab.kinds("found") for row in frame["rows"]]


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_a_search_finds_all_in_order_and_says_that_it_is_complete(log: Log, bob: Any, order: str) -> None:
    tab = await began(log, bob, f"{QUERY}&order={order}")
    end = await done(tab)
    assert (end["state"], end["next"], end["reason"]) == ("complete", "", "")
    assert sorted(found(tab)) == WANTED
    times = [row["timestamp_ms"] for frame in tab.kinds("found") for row in frame["rows"]]
    assert times == sorted(times, reverse=order == "newest")
    progress = end["progress"]
    assert (progress["records"], progress["matched"], progress["share"]) == (3 * MANY, len(WANTED), 1.0)
    assert [frame["phase"] for frame in tab.kinds("phase")][-1] in ("sifting", "reading", "planning", "waiting")
    noted = await sync_to_async(lambda: AuditEvent.objects.get(operation="message.read").args)()
    assert noted["partitions"] == [f"{p}:0-{MANY}" for p in range(3)]


async def test_a_full_page_goes_on_under_the_same_id_without_loss(log: Log, bob: Any) -> None:
    tab = await began(log, bob, "filter=value.wanted&mode=expression&n=50")
    for pages in range(1, 5):
        await until(lambda pages=pages: len(tab.kinds("done")) == pages)
        end = tab.kinds("done")[-1]
        if end["state"] == "complete":
            break
        assert (end["state"], end["reason"], len(found(tab)), bool(end["next"])) == ("limit", "The page is full.", 50 * pages, True)
        await scan.go_on(tab, {"ch": "s"})
    assert sorted(found(tab)) == WANTED
    assert len({frame["search"] for frame in tab.kinds("search")}) == 1


async def test_a_search_goes_on_without_its_tab_and_shows_itself_to_another(log: Log, bob: Any, alice: Any) -> None:
    tab = await began(log, bob)
    await until(lambda: tab.kinds("search"))
    name = tab.kinds("search")[0]["search"]
    await scan.stop_all(tab)
    other = await began(log, alice, "", search=name)
    end = await done(other)
    assert (end["state"], other.kinds("search")[0]["is_mine"]) == ("complete", False)
    assert sorted(found(other)) == WANTED
    await scan.stop(other, {"ch": "s"})
    assert "Only who began" in other.kinds("refused")[0]["reason"]
    again = await began(log, bob, "", search=name)
    await done(again)
    assert found(again) == found(other)


async def test_stop_ends_within_a_second_whatever_its_child_does(log: Log, bob: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    forked = Sandbox.child

    def freeze(box: Sandbox, cpu_s: int) -> Any:
        child = forked(box, cpu_s)
        if not frozen:
            os.kill(child.pid, signal.SIGSTOP)
            frozen.append(child.pid)
        return child

    monkeypatch.setattr(Sandbox, "child", freeze)
    tab = await began(log, bob)
    await until(lambda: frozen and tab.kinds("search"))
    asked = time.monotonic()
    await scan.stop(tab, {"ch": "s"})
    end = await done(tab)
    assert time.monotonic() - asked < 1
    assert (end["state"], end["reason"], end["can_go_on"]) == ("stopped", "Stopped.", True)
    assert not psutil.pid_exists(frozen[0]) or psutil.Process(frozen[0]).status() == psutil.STATUS_ZOMBIE
    await scan.go_on(tab, {"ch": "s"})
    await until(lambda: len(tab.kinds("done")) == 2)
    assert sorted(found(tab)) == WANTED


async def test_steps_of_a_search_add_up_to_all_of_it(log: Log, bob: Any) -> None:
    tab = await began(log, bob, f"{QUERY}&until=records&to=4000&order=oldest")
    for steps in range(1, 20):
        await until(lambda steps=steps: len(tab.kinds("done")) == steps)
        if tab.kinds("done")[-1]["state"] == "complete":
            break
        assert tab.kinds("done")[-1]["reason"] == "As many records as asked were read."
        await scan.go_on(tab, {"ch": "s"})
    assert sorted(found(tab)) == WANTED
    assert tab.kinds("done")[-1]["progress"]["records"] >= 3 * MANY


async def test_a_search_whose_process_is_gone_is_interrupted_and_goes_on(
    log: Log, bob: Any, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    principal = await sync_to_async(principals.of_user)(bob)
    monkeypatch.setattr(search.threading.Thread, "start", lambda thread: None)
    name = await sync_to_async(search.start)(principal, "demo", log.name, QUERY)
    monkeypatch.undo()
    store.redis.delete(search._key("demo", name, "beat"))
    state = await sync_to_async(search.read)(principal, "demo", name)
    assert (state.state, state.reason) == ("interrupted", "The process that searched has ended.")
    await sync_to_async(search.resume)(principal, "demo", name)
    tab = await began(log, bob, "", search=name)
    assert (await done(tab))["state"] == "complete"
    assert sorted(found(tab)) == WANTED


async def test_of_one_person_the_last_eight_are_kept(log: Log, bob: Any) -> None:
    names = []
    for _ in range(search.EACH_KEPT + 1):
        tab = await began(log, bob, "n=1")
        await done(tab)
        names.append(tab.kinds("search")[0]["search"])
    principal = await sync_to_async(principals.of_user)(bob)
    with pytest.raises(Problem, match="no such search"):
        await sync_to_async(search.read)(principal, "demo", names[0])
    assert (await sync_to_async(search.read)(principal, "demo", names[1])).found == 1


async def test_charlie_sees_no_search_of_others(log: Log, bob: Any, charlie: Any) -> None:
    tab = await began(log, bob)
    await done(tab)
    name = tab.kinds("search")[0]["search"]
    principal = await sync_to_async(principals.of_user)(charlie)
    with pytest.raises(Problem) as refused:
        await sync_to_async(search.read)(principal, "demo", name)
    assert refused.value.kind in (Kind.ABSENT, Kind.DENIED)
    for asked in ({"search": name}, {}):
        theirs = await began(log, charlie, **asked)
        await until(lambda theirs=theirs: theirs.kinds("closed"))
        assert found(theirs) == []


@pytest.mark.parametrize("bad", [{"query": 5}, {"topic": 5}, {"search": 5}, {"cluster": None}])
async def test_a_malformed_wish_is_refused(log: Log, bob: Any, bad: dict[str, Any]) -> None:
    tab = await began(log, bob, **{"query": QUERY, **bad})
    assert tab.kinds("closed")[0]["reason"] == "malformed"


@pytest.mark.parametrize(("query", "field"), [("filter=value.x+%3D%3D&mode=expression", "filter"), ("n=0", "n"), ("cursor=xx", "cursor")])
async def test_what_cannot_be_is_told_at_its_field(log: Log, bob: Any, query: str, field: str) -> None:
    tab = await began(log, bob, query)
    await until(lambda: tab.kinds("closed"))
    assert tab.kinds("closed")[0]["field"] == field


async def test_a_search_that_never_was_is_absent(log: Log, bob: Any) -> None:
    for name in ("never", "../x", "x" * 100, ""):
        tab = await began(log, bob, "", search=name)
        await until(lambda tab=tab: tab.kinds("closed"))
        assert "no such search" in tab.kinds("closed")[0]["reason"]
