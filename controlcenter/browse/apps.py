"""The Django application of searches that run in the background, and of saved filters."""

from django.apps import AppConfig


class BrowseConfig(AppConfig):  # type: ignore[misc]
    name = "controlcenter.browse"
    label = "browse"
