"""The functions that some cases bring with them: made here, never in the product."""

from controlcenter.sql.functions.registry import BUILTIN

REGISTRY = BUILTIN
