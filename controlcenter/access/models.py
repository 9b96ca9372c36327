"""Rights and the trail, as rows. Reading them is `principals` and `audit`; deciding is `policy`, which knows no rows."""

import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models


class Role(models.Model):
    """A named bundle of grants. is_builtin: ours, renewed at each migration, never edited."""

    name = models.SlugField(max_length=64, unique=True)
    is_builtin = models.BooleanField(default=False)
    description = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """What a role may do: actions of one resource, in clusters and on names that match."""

    class Effect(models.TextChoices):
        ALLOW = "allow"
        REQUEST = "request"
        DENY = "deny"

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="grants")
    effect = models.CharField(max_length=8, choices=Effect.choices, default=Effect.ALLOW)
    resource = models.CharField(max_length=32)
    actions = models.JSONField(default=list)
    cluster_glob = models.CharField(max_length=255, default="*")
    name_pattern = models.CharField(max_length=512, default="*")
    expires_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.role}: {self.effect} {self.resource} {','.join(self.actions)} on {self.cluster_glob}/{self.name_pattern}"


class Binding(models.Model):
    """A role given to a user or to a group, if wanted only for some clusters and a name pattern (`team-a.*`)."""

    class Source(models.TextChoices):
        LOCAL = "local"
        OIDC = "oidc"
        SAML = "saml"
        LDAP = "ldap"
        FILE = "file"

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="bindings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="bindings")
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.CASCADE, related_name="bindings")
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.LOCAL)
    cluster_glob = models.CharField(max_length=255, default="*")
    name_pattern = models.CharField(max_length=512, default="*")
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="binding_user_or_group",
                condition=models.Q(user__isnull=True, group__isnull=False) | models.Q(user__isnull=False, group__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} → {self.user or self.group}"


class ApiToken(models.Model):
    """A key for programs: shown once, kept as its SHA-256. role_subset empty: all roles of the owner; cidrs empty: from anywhere."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    prefix = models.CharField(max_length=16, unique=True)
    sha256 = models.CharField(max_length=64)
    role_subset = models.JSONField(default=list, blank=True)
    cidrs = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"cc_{self.prefix}_•••"


class AccessVersion(models.Model):
    """One row: grows with every change of rights, so that each process knows that what it compiled is old."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)


class SetupLink(models.Model):
    """The one-time link of a first start: only its hash, and until when."""

    sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"until {self.expires_at:%H:%M}"


class SignIn(models.Model):
    """One session of a user: where from, with what, and whether it has ended."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, db_index=True)
    address = models.CharField(max_length=64, blank=True, default="")
    client = models.CharField(max_length=255, blank=True, default="")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.user} from {self.address}"


class AuditHead(models.Model):
    """One row: the last link of the chain. Writing it first is also what puts writers in a queue."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"


class AuditEvent(models.Model):
    """One link of the trail, never changed. phase intent is followed by a row of phase outcome; a single event is both."""

    class Phase(models.TextChoices):
        INTENT = "intent"
        OUTCOME = "outcome"
        EVENT = "event"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seq = models.BigIntegerField(unique=True)
    prev_hash = models.CharField(max_length=64, blank=True, default="")
    hash = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    phase = models.CharField(max_length=8, choices=Phase.choices)
    intent = models.UUIDField(null=True, blank=True, db_index=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True, default="")
    actor = models.CharField(max_length=255)
    credential = models.CharField(max_length=64, blank=True, default="")
    address = models.CharField(max_length=64, blank=True, default="")
    client = models.CharField(max_length=255, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")
    via = models.CharField(max_length=16, blank=True, default="")
    cluster = models.CharField(max_length=64, blank=True, default="")
    operation = models.CharField(max_length=64)
    resource = models.CharField(max_length=32, blank=True, default="")
    names = models.JSONField(default=list)
    args = models.JSONField(default=dict)
    plan_hash = models.CharField(max_length=64, blank=True, default="")
    effect = models.CharField(max_length=8, blank=True, default="")
    grant_ids = models.JSONField(default=list)
    reason = models.TextField(blank=True, default="")
    outcome = models.CharField(max_length=8, blank=True, default="")
    error = models.TextField(blank=True, default="")
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    duration_ms = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("-seq",)

    def __str__(self) -> str:
        return f"{self.seq} {self.actor} {self.operation} {self.outcome or self.phase}"


class Intent(models.Model):
    """The state of a change on its way, apart from the trail so that it may move: whoever moves it from waiting, owns it."""

    id = models.UUIDField(primary_key=True)
    state = models.CharField(max_length=12, default="waiting")
    actor = models.CharField(max_length=255)
    cluster = models.CharField(max_length=64, blank=True, default="")
    operation = models.CharField(max_length=64)
    names = models.JSONField(default=list)
    args = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.operation} {self.state}"
