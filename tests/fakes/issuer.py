"""An issuer on a real socket that does what a real one must never do too: wrong audiences, swapped keys, going away.

It publishes metadata and keys, counts who asks for them, signs any claims, and grants tokens by authorization code with
PKCE to clients that register themselves, for the person named in `signs_in`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

KINDS = {
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), RSAAlgorithm),
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm),
}


class SigningKey:
    """A private key with the name and algorithm it is published under."""

    def __init__(self, kid: str, algorithm: str = "RS256") -> None:
        make, self._kind = KINDS[algorithm]
        self.kid, self.algorithm, self.private = kid, algorithm, make()

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half, as the issuer publishes it."""
        public = json.loads(self._kind.to_jwk(self.private.public_key()))
        return {**public, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    @property
    def pem(self) -> bytes:
        """The public half as text, which a forger takes for a shared secret."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Issuer:
    """What the issuer knows and has seen."""

    def __init__(self, port: int = 0) -> None:
        self.keys = [SigningKey("one"), SigningKey("two", "ES256"), SigningKey("three", "EdDSA"), SigningKey("four")]
        self.asked: Counter[str] = Counter()
        self.signs_in: dict[str, Any] = {}
        self.clients: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.audience = ""
        self._port = port
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def url(self) -> str:
        """The issuer's identifier."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Answer, on the same port as before."""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                status, headers, body = issuer.answer_get(self.path)
                self._send(status, headers, body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                status, headers, answer = issuer.answer_post(self.path, body)
                self._send(status, headers, answer)

            def _send(self, status: int, headers: Mapping[str, str], body: object) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Go away: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer_get(self, target: str) -> tuple[int, dict[str, str], object]:
        """Metadata, keys, or the browser's way through a sign-in."""
        path, _, query = target.partition("?")
        self.asked[path] += 1
        if path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
            return 200, {}, self._metadata()
        if path == "/jwks":
            return 200, {}, {"keys": [key.jwk for key in self.keys]}
        if path == "/authorize":
            told = dict(urllib.parse.parse_qsl(query))
            code = f"code-{len(self.codes)}"
            self.codes[code] = told
            back = urllib.parse.urlencode({"code": code, "state": told["state"], "iss": self.url})
            return 302, {"Location": f"{told['redirect_uri']}?{back}"}, {}
        return 404, {}, {}

    def answer_post(self, path: str, body: str) -> tuple[int, dict[str, str], object]:
        """Registration of a client, and tokens for a code."""
        self.asked[path] += 1
        if path == "/register":
            client = {
                **json.loads(body),
                "client_id": f"client-{len(self.clients)}",
                "token_endpoint_auth_method": "none",
            }
            self.clients[client["client_id"]] = client
            return 201, {}, client
        form = dict(urllib.parse.parse_qsl(body))
        asked = self.codes.pop(form["code"])
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {}, {"error": "invalid_grant"}
        token = self.token(
            **self.signs_in, aud=asked["resource"], client_id=form["client_id"], scope=asked.get("scope", "")
        )
        return (
            200,
            {},
            {"access_token": token, "token_type": "Bearer", "expires_in": 300, "scope": asked.get("scope", "")},
        )

    def token(self, key: SigningKey | None = None, headers: Mapping[str, Any] | None = None, **claims: object) -> str:
        """A signed token. Claims come on top of usable ones; a claim of None is left out."""
        key = key or self.keys[0]
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": self.audience,
            "sub": "u-1",
            "iat": now,
            "exp": now + 600,
            "scope": "assay:read",
        }
        payload = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        named = {name: value for name, value in {"kid": key.kid, **(headers or {})}.items() if value is not None}
        return jwt.encode(payload, key.private, algorithm=key.algorithm, headers=named)

    def _metadata(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "registration_endpoint": f"{self.url}/register",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
            "scopes_supported": ["assay:read"],
        }


@contextmanager
def issuer_server() -> Iterator[Issuer]:
    """An issuer that answers until the end of the block."""
    issuer = Issuer()
    try:
        yield issuer
    finally:
        issuer.stop()
