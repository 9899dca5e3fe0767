"""The `[sign_in]` table of assay.toml: which issuer, for which address, and what its claims mean here."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from catalog.base import Entry, Name

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a public key only: a shared secret (HS*) or none at all cannot be chosen."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _protected(url: str) -> str:
    """An https URL (http on this machine only), without query or fragment."""
    if not url:
        return url
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("must be an https:// URL (http:// only for localhost)")
    if any(sign in url for sign in " \"'<>\\"):
        raise ValueError("must not hold spaces, quotes or backslashes")
    if not parts.hostname or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be a URL with a host and without user, query or fragment")
    return url


Url = Annotated[str, AfterValidator(_protected)]
Scope = Annotated[str, Field(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$")]
ClaimPath = str | Annotated[tuple[str, ...], Field(min_length=1)]
"""A claim's exact name, or a list of names from the outside in: ["realm_access", "roles"]."""


class ClaimSettings(Entry):
    """What claims mean. Every comparison is exact: case and spaces count."""

    role: ClaimPath = "roles"
    """Holds a string, or a list of strings; a string is one value and is never split."""
    roles: dict[str, Name] = {}
    """Value of the role claim -> role of the policies. The order of the lines is the order of choice."""
    user: ClaimPath = "sub"
    """The company's own id of the person, which row filters on `user` compare with."""
    name: ClaimPath = "name"
    email: ClaimPath = "email"
    email_verified: ClaimPath = "email_verified"
    """Says whether the issuer checked the e-mail; without it an e-mail counts as not told."""
    attributes: dict[str, ClaimPath] = {}
    """Attribute that row filters use -> claim; a string or a list of strings."""


class SignInSettings(Entry):
    """Who may call over HTTP. Without `issuer` nobody signs in, and only this machine is served."""

    issuer: Url = ""
    public_url: Url = ""
    """The endpoint as clients type it, for example https://assay.example.com/mcp; tokens must be meant for it."""
    audiences: tuple[str, ...] = ()
    """More accepted values of `aud`, for issuers that put a client id there."""
    clients: tuple[str, ...] = ()
    """Client ids that tokens may be given to; empty: any client of the issuer."""
    jwks_uri: Url = ""
    """The issuer's keys; empty: as the issuer's own metadata say."""
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256", "PS256", "ES256", "ES384", "EdDSA"), min_length=1)
    token_types: tuple[str, ...] = ()
    """Accepted `typ` headers ("at+jwt"); empty: any."""
    scopes: tuple[Scope, ...] = ()
    """Every one of them is required, in the token's own words."""
    asked_scopes: tuple[Scope, ...] = ()
    """What clients are told to ask for, where the issuer writes that differently from what its tokens hold."""
    leeway_seconds: int = Field(default=30, ge=0, le=300)
    keys_fresh_seconds: int = Field(default=300, ge=1, le=86_400)
    keys_stale_seconds: int = Field(default=3_600, ge=1, le=604_800)
    """How long keys serve on while the issuer cannot be reached; longer trusts a withdrawn key for longer."""
    keys_cooldown_seconds: int = Field(default=10, ge=1, le=300)
    """The issuer is asked for keys at most once in this time, whatever is sent to us."""
    fetch_seconds: float = Field(default=4, gt=0, le=30)
    people: Literal["", "email", "user"] = ""
    """Join to catalog/principals.yml for attributes, by verified e-mail or by the `user` claim."""
    claims: ClaimSettings = ClaimSettings()
    metrics_token: str = Field(default="", repr=False)
    """Opens /metrics; from ASSAY_METRICS_TOKEN."""
    token: str = Field(default="", repr=False)
    """The person's token for stdio; from ASSAY_TOKEN."""

    @property
    def on(self) -> bool:
        """Whether people sign in."""
        return bool(self.issuer)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The Host header that requests to the public URL carry."""
        return (urlsplit(self.public_url).netloc,) if self.public_url else ()

    @property
    def advertised_scopes(self) -> tuple[str, ...]:
        """The scopes that clients ask the issuer for."""
        return self.asked_scopes or self.scopes

    @property
    def accepted_audiences(self) -> tuple[str, ...]:
        """Values of `aud` that mean this server, with and without a slash at the end."""
        own = self.public_url.removesuffix("/")
        return (own, own + "/", *self.audiences)

    @model_validator(mode="after")
    def _whole(self) -> SignInSettings:
        if self.on and not self.public_url:
            raise ValueError("public_url is missing: the address of the endpoint as clients type it")
        if self.on and not self.claims.roles:
            raise ValueError("claims.roles is empty, so nobody could sign in: map values of the role claim to roles")
        if not self.on and (self.public_url or self.claims.roles):
            raise ValueError("issuer is missing, so nobody would be asked to sign in")
        if self.keys_stale_seconds < self.keys_fresh_seconds:
            raise ValueError("keys_stale_seconds is shorter than keys_fresh_seconds")
        return self
