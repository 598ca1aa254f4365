#!/usr/bin/env python3
"""Debian's command `jose` for `jose_exchange`. It knows keys as JWK only, and that of Debian 12 has no RSA-OAEP."""

import subprocess
import tempfile
from json import dumps
from pathlib import Path

from protocol import serve, to_base64url


class Refused(Exception):
    pass


def jose(*arguments, stdin=""):
    done = subprocess.run(["jose", *arguments], input=stdin.encode(), capture_output=True, check=False)
    if done.returncode == 1:
        raise Refused(done.stderr.decode().strip())
    done.check_returncode()
    return done.stdout


class Command:
    def __init__(self, directory):
        self.directory = Path(directory)

    def hello(self):
        version = subprocess.run(["dpkg-query", "-f${Version}", "-W", "jose"], capture_output=True, check=True).stdout
        return {
            "name": f"Debian's jose {version.decode()}",
            "encrypts": False,
            "opens_empty": False,
            "issues": False,
            "limits_sizes": False,
            "reads": ["jwk"],
            "writes": ["jwk", "private-jwk"],
            "never_makes": ["RSA-OAEP", "A128GCM", "A256CBC-HS512", "zip", "cty", "unknown kid of a JWE", "JWE as JSON"],
        }

    def generate(self, key, bits):
        jose("jwk", "gen", "-i", dumps({"kty": "RSA", "bits": bits}), "-o", self.path(key))

    def load(self, key, form, text):
        (self.directory / key).write_text(text)

    def write(self, key, form):
        return (self.directory / key).read_text() if form == "private-jwk" else jose("jwk", "pub", "-i", self.path(key)).decode()

    def sign(self, key, header, payload, json):
        options = [] if json else ["-c"]
        signature = ["-s", dumps({"protected": header}), "-k", self.path(key)]
        return jose("jws", "sig", "-i-", *signature, *options, stdin=dumps({"payload": payload})).decode()

    def verify(self, key, token, stock):
        return to_base64url(jose("jws", "ver", "-i-", "-k", self.path(key), "-O-", stdin=token))

    def encrypt(self, key, header, plaintext, json):
        template = ["-i", dumps({"protected": header}), "-k", self.path(key)]
        return jose("jwe", "enc", *template, "-I-", "-c", stdin=plaintext).decode()

    def path(self, key):
        return str(self.directory / key)


with tempfile.TemporaryDirectory() as scratch:
    serve(Command(scratch), Refused)
