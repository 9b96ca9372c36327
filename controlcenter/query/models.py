"""What is kept of queries: definitions, persistent queries, and each user's sheets, history and saved texts."""

from django.db import models

NAME = 128


class Definition(models.Model):
    """One statement that made something, as the formatter prints it. Replayed in order of id they give the catalog.

    number  of a query's id: CTAS_RIDES_3 is made again as number 3
    """

    class Kind(models.TextChoices):
        SOURCE = "source"
        QUERY = "query"  # INSERT INTO: a query without a source of its own
        TYPE = "type"
        ALTER = "alter"
        VARIABLE = "variable"  # statement holds its value

    cluster = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=255)
    statement = models.TextField()
    properties = models.JSONField(default=dict)  # SET before it, as far as they matter to its meaning
    number = models.PositiveIntegerField(null=True)
    is_ended = models.BooleanField(default=False)  # its query was terminated; the source stays
    created_by = models.CharField(max_length=NAME)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class PersistentQuery(models.Model):
    """A query that runs without a browser. wanted: what somebody wishes; state: what the worker last said."""

    class Wanted(models.TextChoices):
        RUNNING = "RUNNING"
        PAUSED = "PAUSED"
        TERMINATED = "TERMINATED"

    cluster = models.CharField(max_length=64)
    query_id = models.CharField(max_length=255)
    statement = models.TextField()
    sink = models.CharField(max_length=255)
    sink_topic = models.CharField(max_length=255)
    topics = models.JSONField(default=list)
    properties = models.JSONField(default=dict)
    start = models.JSONField(null=True)  # as `Job.start`; null: as the properties say
    stuck = models.JSONField(null=True)  # [topic, partition, offset] of the record that ended its process again and again
    skipped = models.JSONField(default=list)  # of such records, those that somebody let it pass
    owner_kind = models.CharField(max_length=16)
    owner_id = models.CharField(max_length=64)
    owner = models.CharField(max_length=NAME)
    wanted = models.CharField(max_length=12, choices=Wanted.choices, default=Wanted.RUNNING)
    state = models.CharField(max_length=12, default="STARTING")
    reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("cluster", "query_id"), name="one_query_of_an_id"),)

    def __str__(self) -> str:
        return self.query_id


class Sheet(models.Model):
    """A tab of the editor."""

    user = models.CharField(max_length=64)
    cluster = models.CharField(max_length=64)
    title = models.CharField(max_length=NAME)
    text = models.TextField(blank=True, default="")
    position = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.title


class History(models.Model):
    """A statement somebody ran."""

    user = models.CharField(max_length=64)
    cluster = models.CharField(max_length=64)
    statement = models.TextField()
    outcome = models.CharField(max_length=16)
    reason = models.TextField(blank=True, default="")
    result = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.statement[:80]


class SavedQuery(models.Model):
    """A text somebody keeps under a name."""

    user = models.CharField(max_length=64)
    cluster = models.CharField(max_length=64)
    name = models.CharField(max_length=NAME)
    description = models.TextField(blank=True, default="")
    text = models.TextField()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("user", "cluster", "name"), name="one_saved_query_of_a_name"),)

    def __str__(self) -> str:
        return self.name
