"""`manage.py token USER` prints a new API token as its last line: the only time anybody sees it."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from controlcenter.access import audit, principals, tokens
from controlcenter.errors import Problem


class Command(BaseCommand):
    help = "Make an API token for a user and print it, as the last line. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--days", type=int, default=tokens.DAYS, help="how long it lives, at most 365 (default: 90)")
        parser.add_argument("--role", action="append", default=[], help="hold only this role of the user's; may be repeated")
        parser.add_argument("--cidr", action="append", default=[], help="work only from this network; may be repeated")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = get_user_model().objects.filter(username=options["user"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['user']}.")
        try:
            kept, text = tokens.make(owner, days=options["days"], roles=options["role"], cidrs=options["cidr"])
        except Problem as problem:
            raise CommandError(str(problem)) from None
        told = {"owner": owner.get_username(), "prefix": kept.prefix, "roles": kept.role_subset, "cidrs": kept.cidrs}
        audit.record(principals.system("command"), "app.tokens.create", None, f"cc_{kept.prefix}", args=told, via="command")
        self.stdout.write(f"Token of {owner.get_username()}, until {kept.expires_at:%Y-%m-%d}. Keep it now: it is not shown again.")
        self.stdout.write(text)
