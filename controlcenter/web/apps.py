from django.apps import AppConfig
from django.urls import register_converter

from controlcenter.web.names import NameConverter


class WebConfig(AppConfig):
    name = "controlcenter.web"

    def ready(self) -> None:
        register_converter(NameConverter, "name")  # before any address is built: pages and API both use it
