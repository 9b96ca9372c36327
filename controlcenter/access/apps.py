"""The app: after each migration the built-in roles are renewed; any change of rights moves the version."""

from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save


class AccessConfig(AppConfig):
    name = "controlcenter.access"

    def ready(self) -> None:
        from controlcenter.access import roles, version  # models are loaded only now

        post_migrate.connect(lambda **_: roles.after_migration(), sender=self, weak=False, dispatch_uid="builtin-roles")
        for signal in (post_save, post_delete, m2m_changed):
            signal.connect(version.on_change, dispatch_uid=f"access-version-{id(signal)}")
