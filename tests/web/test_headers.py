"""What every answer tells the browser."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def policy_of(answer):
    return dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize("path", ["/login/", "/setup/", "/healthz", "/nowhere/", "/readyz"])
def test_every_answer_bears_the_headers(path, alice, store):
    answer = Client().get(path)
    policy = policy_of(answer)
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["style-src-attr"] == "'unsafe-inline'"
    assert "unsafe" not in policy["script-src"] + policy["style-src-elem"]
    assert all("http" not in sources and "*" not in sources for sources in policy.values())
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in answer


def test_the_nonce_is_new_with_each_answer(alice):
    nonces = {re.search(r"'nonce-([\w-]{20,})'", Client().get("/login/")["Content-Security-Policy"])[1] for _ in range(3)}
    assert len(nonces) == 3


def test_static_files_may_be_kept(alice):
    answer = Client().get("/static/css/tokens.css")
    assert answer.status_code == 200
    assert "no-store" not in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    answer.close()


def test_the_sign_in_page_loads_nothing_from_elsewhere(alice):
    page = Client().get("/login/").content.decode()
    assert all(address.startswith(("/", "data:", "#")) for address in re.findall(r'(?:src|href|action)="([^"]*)"', page))
