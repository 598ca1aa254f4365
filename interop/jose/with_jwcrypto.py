#!/usr/bin/env python3
"""PyPI's `jwcrypto` for `jose_exchange`."""

from importlib.metadata import version

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwcrypto.common import JWException, json_encode
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK, JWKSet
from jwcrypto.jws import JWS
from jwcrypto.jwt import JWT

from protocol import from_base64url, serve, to_base64url


class Library:
    def __init__(self):
        self.keys = {}

    def hello(self):
        return {
            "name": f"jwcrypto {version('jwcrypto')}",
            "encrypts": True,
            "issues": True,
            "opens_empty": False,
            "limits_sizes": False,
            "reads": ["spki", "x509", "jwk"],
            "writes": ["spki", "jwk", "pkcs8", "pkcs1", "private-jwk"],
            "never_makes": ["crit"],
        }

    def generate(self, key, bits):
        self.keys[key] = JWK.generate(kty="RSA", size=bits)

    def load(self, key, form, text):
        self.keys[key] = JWK.from_json(text) if form == "jwk" else JWK.from_pem(text.encode())

    def write(self, key, form):
        key = self.keys[key]
        match form:
            case "spki":
                return key.export_to_pem().decode()
            case "jwk":
                return key.export_public()
            case "private-jwk":
                return key.export_private()
            case "pkcs8":
                return key.export_to_pem(private_key=True, password=None).decode()
            case "pkcs1":
                traditional = PrivateFormat.TraditionalOpenSSL
                return key.get_op_key("sign").private_bytes(Encoding.PEM, traditional, NoEncryption()).decode()

    def sign(self, key, header, payload, json):
        token = JWS(from_base64url(payload))
        token.allowed_algs = [header["alg"]]
        token.add_signature(self.keys[key], protected=json_encode(header))
        return token.serialize(compact=not json)

    def verify(self, key, token, stock):
        jws = JWS()
        jws.allowed_algs = ["PS256"]
        jws.deserialize(token, self.keys[key])
        return to_base64url(jws.payload)

    def encrypt(self, key, header, plaintext, json):
        token = JWE(from_base64url(plaintext), json_encode(header), algs=[header["alg"], header["enc"]])
        token.add_recipient(self.keys[key])
        return token.serialize(compact=not json)

    def decrypt(self, key, token, stock):
        jwe = JWE(algs=["RSA-OAEP-256", "A256GCM"])
        jwe.deserialize(token, self.keys[key])
        return to_base64url(jwe.payload)

    def issue(self, key, header, claims):
        token = JWT(header=header, claims=claims)
        token.make_signed_token(self.keys[key])
        return token.serialize()

    def accept(self, key_set, token, issuer, audience):
        checks = {"iss": issuer, "aud": audience, "exp": None}
        keys = JWKSet.from_json(key_set)
        return JWT(jwt=token, key=keys, algs=["PS256"], check_claims=checks, strict_serialization=True).claims


serve(Library(), JWException)
