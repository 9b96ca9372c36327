"""The one filter forms need: what stands under a name that is no identifier."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(mapping: Mapping[str, Any], name: str) -> Any:
    """Return mapping[name], or "" (which is also an empty list to loop over)."""
    return mapping.get(name, "")
