"""What readers choose for their own pages."""

from django.conf import settings
from django.db import models


class Choice(models.Model):  # type: ignore[misc]
    """One choice of one reader in one cluster. name: favourites, or columns of a list; value: JSON, as the page needs."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    cluster = models.CharField(max_length=100)
    name = models.CharField(max_length=40)
    value = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "cluster", "name"], name="one_choice_a_name"),)

    def __str__(self) -> str:
        return f"{self.user} {self.cluster} {self.name}"
