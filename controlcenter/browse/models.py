"""What outlives a search's process: searches run to their end in the background, what they found, and filters kept for later."""

from django.conf import settings
from django.db import models


class Job(models.Model):
    """One search or export run to its end.

    form      what an export writes (`export.FORMATS`), "" for a search, which keeps rows to show
    size_bytes  of an export's files
    query     as an address has it; request: the same as it was understood then (msgpack), times resolved
    state     queued, running, complete, partial, limit, stopped, failed
    place     where it goes on (msgpack), null before it knows
    runner, lease_until  who works on it, and until when nobody else may
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    cluster = models.CharField(max_length=100)
    topic = models.TextField()
    query = models.TextField()
    request = models.BinaryField()
    state = models.CharField(max_length=20, default="queued")
    reason = models.TextField(default="", blank=True)
    place = models.BinaryField(null=True)
    progress = models.JSONField(default=dict)
    found = models.PositiveIntegerField(default=0)
    form = models.CharField(max_length=10, default="", blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    is_stop_asked = models.BooleanField(default=False)
    runner = models.CharField(max_length=40, default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["state", "lease_until"], name="job_to_claim"),
            models.Index(fields=["owner", "-created_at"], name="job_of_owner"),
            models.Index(fields=["expires_at"], name="job_to_forget"),
        )

    def __str__(self) -> str:
        return f"{self.cluster}/{self.topic}: {self.state}"


class JobPart(models.Model):
    """Rows found between two checkpoints, written in one transaction with the place after them. rows: zlib of a JSON list."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    rows = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["job", "number"], name="job_part_once"),)

    def __str__(self) -> str:
        return f"{self.job_id}/{self.number}"


class JobFile(models.Model):
    """What one run of an export wrote, and how much of it counts (`files`). name: of its file; the other two stand beside it."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=40)
    size_bytes = models.PositiveBigIntegerField()
    members_bytes = models.PositiveBigIntegerField()
    manifest_bytes = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["job", "number"], name="job_file_once"),
            models.UniqueConstraint(fields=["job", "name"], name="job_file_of_run"),
        )

    def __str__(self) -> str:
        return f"{self.job_id}/{self.name}"


class SavedFilter(models.Model):
    """A filter somebody keeps for a topic. mode: text or expression."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    cluster = models.CharField(max_length=100)
    topic = models.TextField()
    name = models.CharField(max_length=100)
    text = models.TextField()
    mode = models.CharField(max_length=20)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["owner", "cluster", "topic", "name"], name="saved_filter_name"),)

    def __str__(self) -> str:
        return f"{self.topic}: {self.name}"
