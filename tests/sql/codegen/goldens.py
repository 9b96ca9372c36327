"""Generated source per feature: tests/cases/codegen/<feature>.sql and, beside it, the <feature>.txt that a person has read.

`python -m tests.sql.codegen.goldens` writes the texts anew: read the difference before it is committed.
"""

from pathlib import Path

from controlcenter.sql.engine import Engine

FOLDER = Path(__file__).parent.parent.parent / "cases" / "codegen"


def scripts():
    return sorted(FOLDER.glob("*.sql"))


def generated(path):
    """Return the source of the last query of a script; a first line `-- cached` asks for the form with a cache."""
    text = path.read_text(encoding="utf-8")
    engine = Engine(is_cached=text.startswith("-- cached"))
    engine.execute(text)
    return list(engine.queries.values())[-1].task.code


if __name__ == "__main__":
    for script in scripts():
        script.with_suffix(".txt").write_text(generated(script), encoding="utf-8")
