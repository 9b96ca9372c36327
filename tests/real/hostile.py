"""Names that break programs: all that Kafka allows for topics, and what people really put into ids of groups."""

TOPICS = (
    ".hidden", "-", "--", "--help", "-rf", "_", "__", "__like-internal", "...", "a..b", ".a.", "a.", "a-", "-a", "0", "00", "007", "1e9",
    "0x10", "-1", "1.0", "NaN", "Infinity", "null", "NULL", "None", "nil", "undefined", "true", "false", "new", "create", "delete",
    "edit", "index.html", "static", "api", "topics", "groups", "messages", "partitions", "consumers", "config", "activity", "records",
    "constructor", "__proto__", "prototype", "toString", "hasOwnProperty", "valueOf", "length", "self", "this", "window", "con", "CON",
    "nul", "aux", "com1", "select", "DROP-TABLE", "union.select", "script", "onerror", "javascript", "data", "file", "etc.passwd",
    "..-..-etc", "x" * 249, "a" * 200 + ".b", "UPPER.lower_Mixed-1", "upper.lower_mixed-1", "2026-11-24", "12.30", "127.0.0.1",
    "example.org", "user-example.org", "v1.2.3-rc.1", "a.b.c.d.e.f.g.h.i.j", "a-b_c.d", "a_b", "a-b", "tab", "space", "percent25", "plus",
    "and", "or", "not", "name", "id", "in", "re", "glob", "x.-_", "_.-x", "__consumer_offsets-copy", "connect-configs",
    "default_ksql_processing_log", "e2e", "zzz",
)  # fmt: skip

GROUPS = (
    " ", "  two  spaces ", "tab\tinside", "line\nbreak", "cr\rlf\n", "/", "//", "a/b", "/a/", "a//b", "\\", "a\\b", "C:\\x", "%", "%2F",
    "%00", "%25", "%zz", "?", "a?b=c", "?x=1&y=2", "#", "a#b", "&", "&amp;", "&lt;b&gt;", "<b>bold</b>", "<script>alert(1)</script>",
    "</script>", "<!--", "-->", "]]>", "\"", "'", "\"'`", "' or 1=1 --", "\"; drop table x; --", "{{ 7*7 }}", "{% raw %}", "${7*7}",
    "#{7*7}", "$(id)", "`id`", "; rm -rf /", "| cat", "> out", "..", ".", "../..", "../../etc/passwd", "....//", "=", "=a", "==",
    "=cmd|' /C calc'!A0", "+1", "-1", "@sum(1)", "*", "**", ".*", "^$", "[a-z]+", "(?i)x", "(", ")", "[", "a{1,2}", "\\d+", "a|b", "~",
    "!", "!x", ":", "a:b", "::", ",", "a,b", ";", "null", "None", "undefined", "__proto__", "constructor", "toString", "0", "1e309", "é",
    "e\u0301", "Ω", "ключ", "中文", "日本語", "한국어", "عربى", "שלום", "\u202etxt.exe", "zero\u200bwidth", "\ufeffbom", "\u00a0", "\u2028",
    "👩‍👩‍👧‍👦", "𝕳𝖊𝖑𝖑𝖔", "🏳️‍🌈", "ﷺ", "İ", "ß", "ẞ", "Å", "\u0001", "\u001b[31m", "\u007f", "x" * 1000,
)  # fmt: skip
