#!/usr/bin/env python3
"""PyPI's `joserfc` for `jose_exchange`."""

import warnings
from importlib.metadata import version
from json import dumps, loads

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwe, jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet, RSAKey

from protocol import from_base64url, serve, to_base64url


class Signed(jws.JWSRegistry):
    """With room for 128 KiB."""

    max_payload_length = 1 << 18


class Encrypted(jwe.JWERegistry):
    """With room for the same, signed and then encrypted."""

    max_ciphertext_length = 1 << 18


class Library:
    def __init__(self):
        self.keys = {}

    def hello(self):
        return {
            "name": f"joserfc {version('joserfc')}",
            "encrypts": True,
            "issues": True,
            "opens_empty": True,
            "limits_sizes": True,
            "reads": ["spki", "x509", "jwk"],
            "writes": ["spki", "jwk", "pkcs8", "pkcs1", "private-jwk"],
            "never_makes": ["crit"],
        }

    def generate(self, key, bits):
        self.keys[key] = RSAKey.generate_key(bits)

    def load(self, key, form, text):
        self.keys[key] = RSAKey.import_key(loads(text) if form == "jwk" else text)

    def write(self, key, form):
        key = self.keys[key]
        match form:
            case "spki":
                return key.as_pem(private=False).decode()
            case "jwk":
                return dumps(key.as_dict(private=False))
            case "private-jwk":
                return dumps(key.as_dict(private=True))
            case "pkcs8":
                return key.as_pem(private=True).decode()
            case "pkcs1":
                traditional = PrivateFormat.TraditionalOpenSSL
                return key.private_key.private_bytes(Encoding.PEM, traditional, NoEncryption()).decode()

    def sign(self, key, header, payload, json):
        key, payload, algorithms = self.keys[key], from_base64url(payload), [header["alg"]]
        if json:
            return dumps(jws.serialize_json({"protected": header}, payload, key, algorithms))
        return jws.serialize_compact(header, payload, key, algorithms)

    def verify(self, key, token, stock):
        registry = (jws.JWSRegistry if stock else Signed)(algorithms=["PS256"])
        return to_base64url(jws.deserialize_compact(token, self.keys[key], registry=registry).payload)

    def encrypt(self, key, header, plaintext, json):
        key, plaintext, algorithms = self.keys[key], from_base64url(plaintext), [header["alg"], header["enc"], "DEF"]
        if json:
            token = jwe.FlattenedJSONEncryption(header, plaintext)
            token.add_recipient({}, key)
            return dumps(jwe.encrypt_json(token, None, algorithms))
        return jwe.encrypt_compact(header, plaintext, key, algorithms)

    def decrypt(self, key, token, stock):
        registry = (jwe.JWERegistry if stock else Encrypted)(algorithms=["RSA-OAEP-256", "A256GCM"])
        return to_base64url(jwe.decrypt_compact(token, self.keys[key], registry=registry).plaintext)

    def issue(self, key, header, claims):
        return jwt.encode(header, claims, self.keys[key], ["PS256"])

    def accept(self, key_set, token, issuer, audience):
        claims = jwt.decode(token, KeySet.import_key_set(loads(key_set)), ["PS256"]).claims
        required = {"iss": issuer, "aud": audience}
        checks = {claim: {"essential": True, "value": value} for claim, value in required.items()}
        jwt.JWTClaimsRegistry(exp={"essential": True}, **checks).validate(claims)
        return dumps(claims)


warnings.simplefilter("ignore", SecurityWarning)  # that RSA1_5 is out of date is what is to be shown
serve(Library(), JoseError)
