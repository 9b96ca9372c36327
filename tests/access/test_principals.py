"""From rows to decisions: roles, bindings, tokens, and how fast a change arrives."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone

from controlcenter import access
from controlcenter.access import decisions, principals, roles, tokens, version
from controlcenter.access.models import ApiToken, AuditEvent, Binding, Grant, Role
from controlcenter.access.operations import ALL, BY_NAME, VOCABULARY
from controlcenter.errors import Kind, Problem
from controlcenter.fleet.models import Cluster
from tests.conftest import persona

pytestmark = pytest.mark.django_db

# role → the operations of this version that it holds, as section 2.4 of the access model says
LOOKING = {
    "cluster.view",
    "broker.view",
    "broker.config.view",
    "broker.logdirs.view",
    "topic.view",
    "topic.config.view",
    "group.view",
    "query.view",
}
HELD = {
    "viewer": LOOKING,
    "reader": LOOKING | {"message.read", "query.run"},
    "developer": LOOKING
    | {"message.read", "message.produce", "message.export", "topic.create", "query.run", "query.persist", "query.terminate"},
    "operator": LOOKING | {"query.terminate"},
    "admin": set(BY_NAME),
    "auditor": LOOKING | {"app.audit.view"},
}


def allowed(principal, operation, name="", cluster="demo"):
    where = None if operation.startswith("app.") else cluster
    return decisions.decide(principal, operation, where, name).is_allowed


@pytest.mark.parametrize("role", HELD)
def test_each_built_in_role_holds_exactly_its_operations(demo, role):
    principal = principals.of_user(persona("somebody", role))
    assert {operation for operation in BY_NAME if allowed(principal, operation, "x")} == HELD[role]


def test_charlie_may_nothing(charlie, demo):
    principal = principals.of_user(charlie)
    assert not any(allowed(principal, operation, name) for operation in BY_NAME for name in ("", "x"))
    assert not any(decisions.could(principal, operation, "demo") for operation in BY_NAME)


def test_a_superuser_flag_grants_nothing(charlie, demo):
    charlie.is_superuser = charlie.is_staff = True
    charlie.save()
    assert not allowed(principals.of_user(charlie), "cluster.view")


def test_every_operation_stands_in_the_vocabulary_and_is_seen_by_one_that_exists():
    for operation in ALL:
        assert operation.action in VOCABULARY[operation.resource]
        assert not operation.seen_by or operation.seen_by in BY_NAME
        assert operation.alters == bool(operation.level) or operation.name == "app.tokens.create"


def test_installing_the_roles_again_keeps_their_grants(db):
    before = list(Grant.objects.values_list("id", "resource", "actions"))
    number = version.current()
    roles.install()
    assert list(Grant.objects.values_list("id", "resource", "actions")) == before
    assert version.current() == number


def test_a_meddled_role_is_set_right(db):
    Grant.objects.filter(role__name="viewer", resource="topic").update(actions=["view", "delete"])
    Grant.objects.create(role=Role.objects.get(name="viewer"), resource="app", actions=["users.edit"])
    roles.install()
    assert "delete" not in Grant.objects.get(role__name="viewer", resource="topic").actions
    assert not Grant.objects.filter(role__name="viewer", resource="app").exists()


def test_a_developer_bound_to_a_prefix_makes_topics_there_alone(alice, demo):
    user = persona("dora")
    Binding.objects.create(user=user, role=Role.objects.get(name="developer"), name_pattern="team-a.*")
    principal = principals.of_user(user)
    assert allowed(principal, "cluster.view")
    assert allowed(principal, "broker.view")
    assert allowed(principal, "topic.create", "team-a.new")
    assert not allowed(principal, "topic.create", "team-b.new")
    assert not allowed(principal, "topic.create")
    assert decisions.could(principal, "topic.create", "demo")
    assert decisions.visible(principal, "topic.view", "demo", ["team-a.x", "zones", "team-a.y"]) == ["team-a.x", "team-a.y"]


def test_a_binding_to_one_cluster_says_nothing_of_others(alice, demo):
    Cluster.objects.create(slug="prod", name="Prod", bootstrap_servers="p:1")
    user = persona("dora")
    Binding.objects.create(user=user, role=Role.objects.get(name="admin"), cluster_glob="de*")
    principal = principals.of_user(user)
    assert allowed(principal, "topic.delete", "x")
    assert not allowed(principal, "topic.view", "x", "prod")
    assert not allowed(principal, "app.audit.view")


def test_roles_come_by_group_and_end_with_it(charlie, demo):
    group = Group.objects.create(name="team")
    Binding.objects.create(group=group, role=Role.objects.get(name="viewer"))
    charlie.groups.add(group)
    assert allowed(principals.of_user(charlie), "topic.view", "x")
    charlie.groups.remove(group)
    assert not allowed(principals.of_user(charlie), "topic.view", "x")


def test_an_expired_binding_gives_nothing(charlie, demo):
    Binding.objects.create(user=charlie, role=Role.objects.get(name="viewer"), expires_at=timezone.now() - timedelta(seconds=1))
    assert not allowed(principals.of_user(charlie), "topic.view", "x")


def test_the_mode_of_a_cluster_counts_at_once(alice, demo):
    assert allowed(principals.of_user(alice), "topic.delete", "x")
    demo.mode = "read_only"
    demo.save()
    decision = decisions.decide(principals.of_user(alice), "topic.delete", "demo", "x")
    assert (decision.effect, decision.reason) == ("deny", "cluster is read-only")
    assert allowed(principals.of_user(alice), "topic.view", "x")
    demo.mode = "protected"
    demo.save()
    assert decisions.decide(principals.of_user(alice), "topic.delete", "demo", "x").effect == "request"


def test_a_change_written_by_another_process_arrives_within_half_a_second(charlie, demo, monkeypatch):
    number = version.current()
    assert not allowed(principals.of_user(charlie), "topic.view", "x")
    Binding.objects.bulk_create([Binding(user=charlie, role=Role.objects.get(name="viewer"))])  # sends no signal
    version.AccessVersion.objects.update(number=number + 1)
    assert not allowed(principals.of_user(charlie), "topic.view", "x")
    looked_at, seen = version._seen
    monkeypatch.setattr(version, "_seen", (looked_at - version.FRESH_S - 0.01, seen))
    assert allowed(principals.of_user(charlie), "topic.view", "x")


def test_signing_in_does_not_move_the_version(bob):
    number = version.current()
    bob.last_login = timezone.now()
    bob.save(update_fields=["last_login"])
    assert version.current() == number
    bob.is_active = False
    bob.save()
    assert version.current() == number + 1


def test_what_may_not_be_seen_does_not_exist_and_what_may_be_seen_is_denied(bob, charlie, demo):
    for principal, operation, kind in (
        (bob, "topic.delete", Kind.DENIED),
        (charlie, "topic.delete", Kind.ABSENT),
        (charlie, "topic.view", Kind.ABSENT),
        (bob, "topic.create", Kind.DENIED),
        (charlie, "topic.create", Kind.ABSENT),
        (charlie, "message.read", Kind.ABSENT),
        (bob, "app.audit.view", Kind.ABSENT),
        (bob, "no.such", Kind.ABSENT),
    ):
        with pytest.raises(Problem) as met:
            access.check(principals.of_user(principal), operation, None if operation.startswith("app") else "demo", "rides")
        assert met.value.kind is kind, operation


def test_a_token_does_what_its_owner_may(robot, demo):
    principal = principals.of_token(robot, "127.0.0.1")
    assert (principal.kind, principal.name) == ("token", "robot")
    assert allowed(principal, "message.read", "x")
    assert not allowed(principal, "topic.create", "x")


def test_a_token_for_one_role_does_no_more_than_that_role(alice, demo):
    Binding.objects.create(user=alice, role=Role.objects.get(name="viewer"))
    principal = principals.of_token(tokens.make(alice, roles=["viewer"])[1], "")
    assert allowed(principal, "topic.view", "x")
    assert not allowed(principal, "message.read", "x")
    alice.bindings.filter(role__name="viewer").delete()
    Binding.objects.filter(user=alice).delete()
    assert not allowed(principals.of_user(alice), "topic.view", "x")


def test_a_token_ends_with_its_time_its_revocation_its_owner_and_its_networks(robot, bob):
    kept = ApiToken.objects.get()
    good = "127.0.0.1"
    assert tokens.recognise(robot, good).pk == kept.pk
    for wrong in ("", "cc", "cc__", "cc_x_y", robot + "x", robot[:-1], robot.replace("cc_", "xx_"), "cc_" + robot, robot.upper()):
        with pytest.raises(Problem) as met:
            tokens.recognise(wrong, good)
        assert met.value.kind is Kind.DENIED
    ApiToken.objects.update(cidrs=["10.0.0.0/8", "::1/128"])
    for address, fits in (("10.9.9.9", True), ("::1", True), ("11.0.0.1", False), ("", False), ("nonsense", False)):
        if fits:
            tokens.recognise(robot, address)
        else:
            with pytest.raises(Problem):
                tokens.recognise(robot, address)
    ApiToken.objects.update(cidrs=[])
    with pytest.raises(Problem):
        tokens.recognise(robot, good, now=kept.expires_at)
    tokens.revoke(kept)
    with pytest.raises(Problem):
        tokens.recognise(robot, good)


def test_a_token_of_a_disabled_owner_may_nothing(robot, demo):
    owner = ApiToken.objects.get().owner
    owner.is_active = False
    owner.save()
    assert not allowed(principals.of_token(robot, ""), "topic.view", "x")


def test_a_token_is_kept_only_as_its_hash(robot):
    secret = robot.split("_", 2)[2]
    kept = ApiToken.objects.get()
    assert secret not in str(vars(kept))
    assert len(secret) >= 43


@pytest.mark.parametrize("told", [{"days": 0}, {"days": 366}, {"cidrs": ["nonsense"]}, {"cidrs": ["10.0.0.1/8"]}, {"roles": ["admin"]}])
def test_a_token_that_cannot_be_right_is_not_made(bob, told):
    with pytest.raises(Problem) as met:
        tokens.make(bob, **told)
    assert met.value.kind is Kind.INVALID
    assert not ApiToken.objects.exists()


def test_the_command_prints_the_token_as_its_last_line_and_writes_it_down(alice, demo, capsys):
    call_command("token", "alice", "--days", "7", "--cidr", "127.0.0.0/8")
    text = capsys.readouterr().out.strip().splitlines()[-1]
    assert allowed(principals.of_token(text, "127.0.0.1"), "topic.view", "x")
    row = AuditEvent.objects.get()
    assert row.operation == "app.tokens.create"
    assert text.split("_", 2)[2] not in str(vars(row))
    with pytest.raises(CommandError, match="no user"):
        call_command("token", "nobody")
    with pytest.raises(CommandError, match="does not hold"):
        call_command("token", "alice", "--role", "viewer")
