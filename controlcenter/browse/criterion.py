"""The filter of a request. Apart from `sieve`, because who only checks a filter needs no decoder in memory."""

from controlcenter.browse import filter as filters
from controlcenter.browse.filter import Filter
from controlcenter.browse.request import Request


def compiled(request: Request, *, is_decoded: bool = False) -> Filter | None:
    """Return the filter of a request, None for all records; raises FilterError.

    is_decoded  for records whose header names their schema: their bytes may look like text, and are none
    """
    if not request.filter:
        return None
    forced = {"key": request.key_serde, "value": request.value_serde}
    json = [part for part, form in forced.items() if form in ("", "json", "text") and not is_decoded]
    return filters.compile(request.filter, mode=request.mode, ignore_case=request.is_case_ignored, parts=request.parts, json=json)
