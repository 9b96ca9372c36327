"""The clusters we watch, as rows of our own database."""

from django.db import models


class Cluster(models.Model):
    """One cluster: how to reach it and how careful to be with it. Secrets are sealed; `fleet.secrets` opens them."""

    class Environment(models.TextChoices):
        DEV = "dev", "Development"
        TEST = "test", "Test"
        PROD = "prod", "Production"

    class Mode(models.TextChoices):
        NORMAL = "normal", "Normal"
        PROTECTED = "protected", "Protected"
        READ_ONLY = "read_only", "Read-only"

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=128)
    environment = models.CharField(max_length=8, choices=Environment.choices, default=Environment.DEV)
    bootstrap_servers = models.TextField()
    security_protocol = models.CharField(max_length=16, default="PLAINTEXT")
    sasl_mechanism = models.CharField(max_length=24, blank=True, default="")
    sasl_username = models.CharField(max_length=255, blank=True, default="")
    sasl_password_sealed = models.TextField(blank=True, default="")
    ssl_ca_pem = models.TextField(blank=True, default="")
    ssl_certificate_pem = models.TextField(blank=True, default="")
    ssl_key_sealed = models.TextField(blank=True, default="")
    registry_url = models.TextField(blank=True, default="")
    registry_username = models.CharField(max_length=255, blank=True, default="")
    registry_password_sealed = models.TextField(blank=True, default="")
    mode = models.CharField(max_length=12, choices=Mode.choices, default=Mode.NORMAL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "slug")

    def __str__(self) -> str:
        return self.name

    @property
    def is_read_only(self) -> bool:
        return self.mode == self.Mode.READ_ONLY
