"""A script: analysed whole against a copy of the catalog, then done; one bad statement changes nothing."""

from dataclasses import replace

from controlcenter.errors import Problem
from controlcenter.query import acts, answers, rights, scripts
from controlcenter.query.answers import Answer
from controlcenter.query.models import History
from controlcenter.query.scripts import Hands, Wish


def run(wish: Wish, hands: Hands) -> list[Answer]:
    """Return an answer for each statement; or one fault, and then nothing of the script has happened."""
    text = wish.text
    try:
        text, steps, _ = scripts.analyzed(wish)
        for step in steps:
            rights.check(wish.principal, wish.slug, step.found)
    except Problem as problem:
        _remember(wish, wish.text, "fault", problem.what)
        return [answers.fault(problem, text)]
    done: list[Answer] = []
    for step in steps:
        try:
            answer = acts.do(wish, step, hands)
        except Problem as problem:
            done.append(answers.fault(problem, text, step.text))
            _remember(wish, step.text, "fault", problem.what)
            break
        done.append(replace(answer, statement=step.text, span=step.span))
        _remember(wish, step.text, answer.kind, "", answer.told.get("query", ""))
    return done


def _remember(wish: Wish, statement: str, outcome: str, reason: str, result: str = "") -> None:
    History.objects.create(
        user=str(wish.principal.id), cluster=wish.slug, statement=statement[:10_000], outcome=outcome, reason=reason[:1000], result=result
    )
