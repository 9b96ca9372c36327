"""Deleting a topic: what would be lost, the typed name, the reason."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from controlcenter.errors import Problem
from controlcenter.operate import DeleteTopic
from controlcenter.operate.perform import Faulty, Request, perform, plan
from controlcenter.web import door


@door.page("topic.delete", name="topic")
def delete_topic(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    action = DeleteTopic(slug, topic)
    if request.method != "POST":
        return _show(request, action, {}, 200)
    typed = request.POST
    wish = Request(
        request.principal, "page", plan_hash=typed.get("plan_hash", ""), typed_name=typed.get("typed_name", "").strip(),
        reason=typed.get("reason", "").strip(), address=door.address_of(request),
    )  # fmt: skip
    try:
        result = perform(action, wish)
    except Faulty as faulty:
        return _show(request, action, {fault.field: fault for fault in faulty.faults}, 422)
    except Problem as problem:
        return _show(request, action, {"": problem}, door.STATUS[problem.kind])
    if result.problem:
        return _show(request, action, {"": result.problem}, door.STATUS[result.problem.kind])
    messages.success(request, result.text)
    return redirect("topics", slug)


def _show(request: HttpRequest, action: DeleteTopic, faults: dict[str, Problem], status: int) -> HttpResponse:
    context = {"view": "topics", "topic_name": action.name, "preview": plan(action), "faults": faults, "typed": request.POST}
    return render(request, "pages/delete_topic/form.html", context, status=status)
