"""A user of the running product without a browser: a signed-in session over HTTP, and the live socket."""

import http.cookiejar
import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

from websockets.sync.client import connect

from tests.product import NAME, PASSWORD, ROOT

ANSWER_S = 30


class Visitor:
    """Signed in as the administrator. get and post return status and text; a refusal is an answer like any other."""

    def __init__(self, product):
        self.product, self.jar = product, http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.get("/login/")
        status, text = self.post("/login/", username=NAME, password=PASSWORD)
        assert status == 200, text
        self._token = ""

    def get(self, path, **asked):
        return self._ask(f"{path}?{urllib.parse.urlencode(asked)}" if asked else path)

    def post(self, path, **form):
        proof = next((cookie.value for cookie in self.jar if cookie.name == "csrftoken"), "")
        return self._ask(path, urllib.parse.urlencode({**form, "csrfmiddlewaretoken": proof}).encode())

    def _ask(self, path, body=None):
        question = urllib.request.Request(self.product.url + path, body, {"Referer": self.product.url + "/"})
        try:
            with self._opener.open(question, timeout=ANSWER_S) as answer:
                self.at = answer.url
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode("utf-8", "replace")

    @contextmanager
    def socket(self):
        """A socket of a program: it shows a token and is welcome at once."""
        if not self._token:
            command = [sys.executable, "manage.py", "token", NAME]
            told = subprocess.run(
                command, cwd=ROOT, env=self.product.environment, capture_output=True, text=True, timeout=60, check=True
            )  # fmt: skip
            self._token = told.stdout.strip().splitlines()[-1]
        headers = {"Authorization": f"Bearer {self._token}"}
        with connect(f"ws://127.0.0.1:{self.product.port}/ws", additional_headers=headers, compression=None) as socket:
            yield Socket(socket)


class Socket:
    """say a frame; wait for one that is wanted."""

    def __init__(self, socket):
        self._socket = socket

    def say(self, **frame):
        self._socket.send(json.dumps(frame))

    def wait(self, ch, *kinds):
        """Return the next frame of a channel that is of one of these kinds; fails when none comes in time."""
        while True:
            frame = json.loads(self._socket.recv(ANSWER_S))
            if frame.get("ch") == ch and frame.get("kind") in kinds:
                return frame
