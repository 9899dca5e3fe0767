"""Names and types of columns → what a catalog entry wants to know. Each guess says that it is one, for review.

Personal data is guessed broadly: a column wrongly called personal is denied until somebody looks, which harms nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from server.drafting.found import FoundColumn, FoundLink, FoundTable

PERSONAL: tuple[tuple[str, str], ...] = (
    ("email", r"e_?mail"),
    ("phone", r"phone|mobile|fax|msisdn|whatsapp"),
    ("tax_id", r"(^|_)(tax|vat|tin|ein)(_?(id|no|number|code))?(_|$)|fiscal_code"),
    ("national_id", r"ssn|social_sec|passport|national_id|identity_(no|number|card)|driver_?licen|nino(_|$)"),
    ("bank_account", r"iban|(^|_)bic(_|$)|account_number|card_number|(^|_)pan(_|$)|cvv|routing_number"),
    ("birth_date", r"birth|(^|_)dob(_|$)"),
    ("address", r"address|street|zip|post_?code|postal|latitude|longitude|(^|_)(lat|lng|lon)(_|$)|geo_?point"),
    ("ip_address", r"(^|_)ip(_?(addr|address|v4|v6))?(_|$)|device_id|mac_addr|user_agent|cookie|fingerprint"),
    ("health", r"diagnos|icd_?\d*|medic(al|ation)|disabilit|blood|allerg"),
    ("salary", r"salar|wage|compensation|payroll|bonus(_|$)"),
    ("credential", r"password|passwd|secret|token|api_?key|hash(ed)?_pw|otp(_|$)"),
    ("person_name", r"(first|last|given|family|middle|full|maiden|sur)_?name"),
    ("person_name", r"(^|_)(contact|person|employee|user|owner|patient|manager|customer_contact)_name"),
    ("free_text", r"comment|notes?(_|$)|message|remark|feedback|transcript|(^|_)(body|subject)(_|$)|verbatim"),
    ("company_name", r"(customer|company|account|client|vendor|supplier|legal|organi[sz]ation)_name"),
)
"""Class of personal data and the names that speak for it, the more harmful first."""
MONEY = re.compile(
    r"amount|revenue|price|cost|fee|total|mrr|arr|billed|paid|value|spend|discount|(^|_)(usd|eur|gbp|chf)(_|$)"
)
COUNTED = re.compile(r"quantity|qty|units|count|seats|lives|hours|minutes|clicks|views|visits|steps")
CURRENCIES = ("usd", "eur", "gbp", "chf", "sek", "nok", "dkk", "jpy", "cad", "aud")
KEYS = re.compile(r"(_id|_key|_uuid|_guid|_hash|_ref|_number|_no)$|^(id|key|uuid)$")
SNAPSHOT = re.compile(r"snapshot|as_of|asof|(^|_)(daily|balance|status_day)(_|$)")
DIMENSION = re.compile(r"^(dim|d)_|_dim$")
TIMES = ("snapshot_date", "as_of_date", "date", "day", "event_date", "created_at", "created_on", "occurred_at")
PREFIX = re.compile(r"^(dim|fact|fct|d|f|agg|mart)_")
MOST_KINDS_OF = 4


def personal(column: FoundColumn) -> str | None:
    """The class of personal data that a column's name speaks for."""
    name = column.name.lower()
    return next((kind for kind, pattern in PERSONAL if re.search(pattern, name)), None)


def entity(table: str) -> str:
    """The singular noun of a table's rows: dim_customers → customer."""
    noun = PREFIX.sub("", table.lower())
    if noun.endswith("ies") and len(noun) > MOST_KINDS_OF:
        return noun[:-3] + "y"
    if noun.endswith(("ss", "us", "is")) or not noun.endswith("s"):
        return noun
    return noun[:-1]


def time_of(table: FoundTable) -> str | None:
    """The column that dates a row: the partition's, else one named like it, else the only one there is."""
    dated = [column.name for column in table.columns if column.type in ("date", "timestamp")]
    if table.partition in dated:
        return table.partition
    for wanted in TIMES:
        found = next((name for name in dated if name.lower() == wanted), None)
        if found:
            return found
    fitting = [n for n in dated if personal(FoundColumn(n, "date", "DATE")) is None]
    return fitting[0] if len(fitting) == 1 or (fitting and not DIMENSION.search(table.name)) else None


def kind_of(table: FoundTable) -> str:
    """dimension, snapshot or fact."""
    if DIMENSION.search(table.name) or (time_of(table) is None and not any(is_money(c) for c in table.columns)):
        return "dimension"
    dated = time_of(table)
    return "snapshot" if SNAPSHOT.search(table.name.lower()) or (dated and SNAPSHOT.search(dated.lower())) else "fact"


def grain_of(table: FoundTable) -> tuple[tuple[str, ...], bool]:
    """The columns that identify a row, and whether the warehouse says so itself."""
    if table.key:
        return table.key, True
    noun = entity(table.name)
    names = [column.name for column in table.columns]
    own = next(
        (n for n in names if n.lower() in (f"{noun}_id", f"{noun}_key", "id", f"{noun}_uuid", f"{noun}id")), None
    )
    if kind_of(table) == "snapshot" and (dated := time_of(table)):
        keys = [n for n in names if KEYS.search(n.lower()) and n != dated]
        return (*(keys or names[:1]), dated), False
    if own:
        return (own,), False
    keys = [n for n in names if KEYS.search(n.lower())]
    return (keys[0] if keys else names[0],), False


def links_of(table: FoundTable, tables: Mapping[str, FoundTable]) -> list[tuple[FoundLink, bool]]:
    """Columns that point at another table's key, and whether the warehouse says so itself."""
    found = [(link, True) for link in table.links if link.to_table in tables]
    linked = {link.column for link, _ in found}
    own = set(grain_of(table)[0]) if kind_of(table) == "dimension" else set[str]()
    for column in table.columns:
        if column.name in linked or column.name in own or not KEYS.search(column.name.lower()):
            continue
        for other in tables.values():
            key, _ = grain_of(other)
            same = key == (column.name,) and other.name != table.name and kind_of(other) == "dimension"
            if same and _same_type(column, other):
                found.append((FoundLink(column.name, other.name, column.name), False))
                break
    return found


def is_money(column: FoundColumn) -> bool:
    """A number that reads like an amount of money."""
    return column.type in ("decimal", "float") and bool(MONEY.search(column.name.lower()))


def is_counted(column: FoundColumn) -> bool:
    """A number that can be added up: money, or a quantity."""
    numeric = column.type in ("decimal", "float", "integer")
    return is_money(column) or (numeric and bool(COUNTED.search(column.name.lower())))


def unit_of(column: FoundColumn) -> str:
    """The currency that a name ends with, in capitals; else nothing."""
    words = re.split(r"_+", column.name.lower())
    return next((word.upper() for word in words if word in CURRENCIES), "")


def is_dimension(column: FoundColumn, grain: Sequence[str]) -> bool:
    """A text or flag to group by: no key, nothing personal."""
    if column.name in grain or KEYS.search(column.name.lower()) or personal(column):
        return False
    return column.type in ("string", "boolean")


def _same_type(column: FoundColumn, other: FoundTable) -> bool:
    return any(c.name == column.name and c.type == column.type for c in other.columns)
