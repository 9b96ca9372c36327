"""The Django application of history and events."""

from django.apps import AppConfig


class ObserveConfig(AppConfig):
    name = "controlcenter.observe"
    label = "observe"
