"""The Django application of history and events."""

from django.apps import AppConfig


class ObserveConfig(AppConfig):  # type: ignore[misc]
    name = "controlcenter.observe"
    label = "observe"
