"""`manage.py audit verify` checks the chain of the audit trail; `manage.py audit head` prints its last link."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from controlcenter.access import audit


class Command(BaseCommand):
    help = "Check the chain of the audit trail (verify), or print its last link, to be kept elsewhere (head)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=("verify", "head"))
        parser.add_argument("--head", default="", metavar="SEQ:HASH", help="a link noted earlier: shows a trail cut short since")

    def handle(self, *args: Any, **options: Any) -> None:
        seq, mark = audit.head()
        if options["do"] == "head":
            self.stdout.write(f"{seq}:{mark}")
            return
        fault = audit.verify(_link(options["head"]))
        if fault:
            raise CommandError(f"The audit trail does not hold at row {fault.seq}: {fault.what}.")
        self.stdout.write(f"The audit trail holds: {seq} rows, head {seq}:{mark}")


def _link(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    seq, _, mark = text.partition(":")
    if not seq.isdecimal() or not mark:
        raise CommandError("Write the head as SEQ:HASH, as `audit head` prints it.")
    return int(seq), mark
