"""What outlives Redis: events, and samples for charts. Keyed by the cluster's slug; the clusters themselves live in `fleet`."""

from django.db import models


class Event(models.Model):  # type: ignore[misc]
    """Something that happened. subject_kind: cluster, broker, topic, partition, group. before, after: JSON, as the kind needs."""

    cluster = models.CharField(max_length=100)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=20)
    subject = models.TextField()
    text = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    actor = models.CharField(max_length=200, default="", blank=True)  # "" when the cluster itself did it

    class Meta:
        indexes = (
            models.Index(fields=["cluster", "-at"], name="event_by_time"),
            models.Index(fields=["cluster", "subject_kind", "subject", "-at"], name="event_by_subject"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.text}"


class Tick(models.Model):  # type: ignore[misc]
    """All series of one cluster at one instant, until they are compacted into chunks. data: zlib of JSON {series: value}."""

    cluster = models.CharField(max_length=100)
    at_ms = models.BigIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["cluster", "at_ms"], name="one_tick_an_instant"),)

    def __str__(self) -> str:
        return f"{self.cluster} {self.at_ms}"


class Chunk(models.Model):  # type: ignore[misc]
    """Consecutive samples of one series. data: zlib of JSON [[at_ms, value], …]."""

    cluster = models.CharField(max_length=100)
    series = models.TextField()
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["cluster", "series", "start_ms"], name="one_chunk_a_start"),)
        indexes = (models.Index(fields=["cluster", "end_ms"], name="chunk_by_age"),)

    def __str__(self) -> str:
        return f"{self.cluster} {self.series} {self.start_ms}"
