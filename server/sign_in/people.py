"""Turns the claims of a proven token into a principal, by the mapping that the settings declare.

Issuer and subject are the identity. Role and attributes come from claims, more attributes from catalog/principals.yml
where a join is declared. What nothing maps gives nothing: no role, no access; no attribute, no rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from catalog.catalog import Catalog
from catalog.principals import LocalUser, Principal
from server.sign_in.refusals import NoRole, RoleNotHeld
from server.sign_in.settings import ClaimPath, ClaimSettings, SignInSettings

if TYPE_CHECKING:
    from server.sign_in.tokens import Verified

USER = "user"
"""The attribute that is the person's own id."""


class MappingError(Exception):
    """[sign_in] does not fit the catalog; the message says which line and what exists."""


class People:
    """Who a verified token stands for."""

    def __init__(self, settings: SignInSettings, catalog: Catalog) -> None:
        """Raises MappingError for a mapping that the catalog does not know."""
        self._settings = settings
        check_mapping(settings, catalog)
        self._known = _by_key(settings, catalog.users.values())

    def principal(self, token: Verified, wanted_role: str = "") -> Principal:
        """The principal of a token, in the role asked for, else the first that the token maps to.

        Raises NoRole, RoleNotHeld."""
        mapping = self._settings.claims
        roles = held_roles(token.claims, mapping)
        if not roles:
            raise NoRole
        if wanted_role and wanted_role not in roles:
            raise RoleNotHeld(f"You do not hold the role that the request asks for. Yours: {', '.join(roles)}.")
        email = verified_email(token.claims, mapping)
        claims = token.claims if email else without(token.claims, mapping.email)
        person = self._person(claims, email)
        known = person.model_dump(include={"name", "slack_id"}) if person else {}
        return Principal(
            user=token.subject,
            role=wanted_role or roles[0],
            roles=roles,
            name=" ".join(texts(claim(claims, mapping.name))[:1]) or known.get("name", ""),
            email=email,
            slack_id=known.get("slack_id", ""),
            attributes=self._attributes(claims, person),
            issuer=token.issuer,
            client=token.client[:200],
        )

    def _person(self, claims: Mapping[str, Any], email: str) -> LocalUser | None:
        if self._settings.people == "email":
            return self._known.get(same(email)) if email else None
        if self._settings.people == "user":
            return next(
                (self._known[v] for v in texts(claim(claims, self._settings.claims.user)) if v in self._known), None
            )
        return None

    def _attributes(self, claims: Mapping[str, Any], person: LocalUser | None) -> dict[str, tuple[str, ...]]:
        """Attributes of the person joined, then those that are mapped from claims: these decide, empty ones too."""
        mapping = self._settings.claims
        own = texts(claim(claims, mapping.user))[:1]
        if self._settings.people:
            own = (person.user,) if person else ()
        mapped = {name: texts(claim(claims, path)) for name, path in mapping.attributes.items()}
        return {**(person.attributes if person else {}), **mapped, USER: own}


def held_roles(claims: Mapping[str, Any], mapping: ClaimSettings) -> tuple[str, ...]:
    """The roles that the token's values map to, in the order of the settings."""
    told = set(texts(claim(claims, mapping.role)))
    return tuple(dict.fromkeys(role for value, role in mapping.roles.items() if value in told))


def verified_email(claims: Mapping[str, Any], mapping: ClaimSettings) -> str:
    """The e-mail that the issuer vouches for; empty otherwise."""
    vouched = claim(claims, mapping.email_verified)
    if vouched is not True and vouched not in ("true", "1") and not (type(vouched) is int and vouched == 1):
        return ""
    return " ".join(texts(claim(claims, mapping.email))[:1])


def claim(claims: Mapping[str, Any], path: ClaimPath) -> object:
    """The value at a path of names; None where there is none."""
    found: object = claims
    for name in (path,) if isinstance(path, str) else path:
        if not isinstance(found, Mapping):
            return None
        found = cast("Mapping[str, object]", found).get(name)
    return found


def without(claims: Mapping[str, Any], path: ClaimPath) -> dict[str, Any]:
    """The claims without the one at a path."""
    first, *rest = (path,) if isinstance(path, str) else path
    kept = {name: value for name, value in claims.items() if name != first}
    if rest and isinstance(inner := claims.get(first), Mapping):
        kept[first] = without(cast("Mapping[str, Any]", inner), tuple(rest))
    return kept


def texts(value: object) -> tuple[str, ...]:
    """A claim as strings: one string, or a list of them; anything else is nothing."""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, list):
        return tuple(v for v in cast("list[object]", value) if isinstance(v, str) and v)
    return ()


def same(email: str) -> str:
    """An e-mail for comparison: case does not count, except in alphabets where lower case could confuse two."""
    return email.lower() if email.isascii() else email


def _by_key(settings: SignInSettings, users: Iterable[LocalUser]) -> dict[str, LocalUser]:
    if settings.people == "user":
        return {user.user: user for user in users}
    known: dict[str, LocalUser] = {}
    for user in users if settings.people == "email" else ():
        if user.email and same(user.email) in known:
            raise MappingError(
                f"sign_in.people: '{known[same(user.email)].user}' and '{user.user}' of principals.yml share an e-mail"
            )
        if user.email:
            known[same(user.email)] = user
    return known


def check_mapping(settings: SignInSettings, catalog: Catalog) -> None:
    """Raises MappingError for roles or attributes that no policy knows, or people who cannot be told apart."""
    _by_key(settings, catalog.users.values())
    roles = {role.name for role in catalog.policies.roles}
    for value, role in settings.claims.roles.items():
        if role not in roles:
            raise MappingError(
                f"sign_in.claims.roles: '{value}' is mapped to the role '{role}', which policies.yml does not define; "
                f"roles are {', '.join(sorted(roles))}"
            )
    used = {rule.attribute for role in catalog.policies.roles for rule in role.rows} - {USER}
    for name in settings.claims.attributes:
        if name not in used:
            raise MappingError(
                f"sign_in.claims.attributes: no row filter uses the attribute '{name}'; "
                + (f"attributes are {', '.join(sorted(used))}" if used else "no row filter uses any")
                + ("; the person's own id is set with sign_in.claims.user" if name == USER else "")
            )
