"""The JSON API, `/api/v1`: the same snapshot, rights and changes as the pages, for programs.

v1       assembly: who may call, how trouble is told
lists    filter, sort, page
shapes   the field names, exactly as published
"""
