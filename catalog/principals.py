"""Who is asking: a verified user with one chosen role and the attributes that row filters use."""

from __future__ import annotations

from pydantic import Field

from catalog.base import Entry, Name


class Principal(Entry):
    """A signed-in user. `role` is the one role chosen for this call; `roles` all that the user holds.
    `attributes` are lists of strings ({"territory": ["West"]}); the attribute `user` is the user id unless they say
    otherwise. Over HTTP `user` is the token's subject, `issuer` who vouches for it, `client` whom it was given to."""

    user: str = Field(min_length=1)
    role: Name
    roles: tuple[Name, ...] = ()
    name: str = ""
    email: str = ""
    slack_id: str = ""
    attributes: dict[str, tuple[str, ...]] = {}
    issuer: str = "local"
    client: str = ""

    def attribute(self, key: str) -> tuple[str, ...]:
        """The values of an attribute; empty when the user has none."""
        return self.attributes.get(key, (self.user,) if key == "user" else ())


class LocalUser(Entry):
    """One entry of catalog/principals.yml, for local use and demos."""

    user: str = Field(min_length=1)
    name: str = ""
    email: str = ""
    slack_id: str = ""
    roles: tuple[Name, ...] = Field(min_length=1)
    attributes: dict[str, tuple[str, ...]] = {}
    default: bool = False

    def as_principal(self, role: str | None = None) -> Principal:
        """This user acting in `role` (default: the first). The role must be one of the user's own."""
        chosen = role or self.roles[0]
        if chosen not in self.roles:
            raise ValueError(f"user '{self.user}' does not hold role '{chosen}'; roles are {', '.join(self.roles)}")
        return Principal(
            user=self.user,
            role=chosen,
            roles=self.roles,
            name=self.name,
            email=self.email,
            slack_id=self.slack_id,
            attributes=self.attributes,
        )
