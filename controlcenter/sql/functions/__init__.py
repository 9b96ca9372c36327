"""The functions of the language: what each is called, which arguments it takes, and what it computes.

`base` says what a function is and how an overload is chosen; `registry` finds one by name and types. The families
(`strings`, `math`, `dates`, `arrays`, `maps`, `lambdas`, `json`, `url`, `bytes`, `scalar`, `aggregate`, `table`) each hold a tuple
`FUNCTIONS`; `builtin` joins them. Everything that imitates Java's formatting or parsing stands in `sql.java`.
"""
