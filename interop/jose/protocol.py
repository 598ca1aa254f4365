"""The protocol of `jose_exchange`: a line of JSON asks, a line of JSON answers (see its --help)."""

import base64
import json
import sys


def serve(library, refusals):
    """Answers requests with the methods of `library` that they name, until there are none left.

    What the library refuses is an answer. Every other exception ends this program, so that no mistake in it passes for a refusal.
    """
    for line in sys.stdin:
        arguments = json.loads(line)
        operation = getattr(library, arguments.pop("op"))
        try:
            answer = {"done": operation(**arguments)}
        except refusals as refusal:
            answer = {"refused": f"{type(refusal).__name__}: {refusal}"}
        print(json.dumps(answer), flush=True)


def to_base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
