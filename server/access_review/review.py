"""Log + catalog → the facts of an access review: one line a user and role, what is unused, what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from audit.desk.calls import LOG_EXPORT, Call, Log, Period, calls, in_order, moment
from audit.desk.definitions import PolicyChange, policy_changes
from audit.desk.exports import Export, exports
from audit.desk.periods import days
from audit.log import Verification
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.principals import LocalUser, Principal
from server.access_review.proposals import DORMANT_DAYS, Proposal, Use, proposal
from server.access_review.rights import Rights, rights_of


@dataclass(frozen=True)
class Person:
    """A user in one role. `listed`: in the workspace's own list of users (else known from the log alone, as users with
    tokens are); `agent`: what runs unasked as this user; `rights` None where the role is gone."""

    user: str
    name: str
    role: str
    role_label: str
    listed: bool
    agent: str
    rights: Rights | None
    use: Use
    pii_read: Mapping[str, int]
    refusals: Mapping[str, int]
    exports: int
    rows_out: int
    proposal: Proposal


@dataclass(frozen=True)
class Week:
    """Calls of one week of the quarter."""

    start: date
    answered: int
    refused: int


@dataclass(frozen=True)
class Review:
    """Everything that the page and the table say. `end` is the last moment looked at, `log_begins` the first on record
    (None: nothing is); counts are those of the quarter."""

    company: str
    quarter: str
    first: date
    last: date
    end: datetime
    made_at: datetime
    log_begins: datetime | None
    verified: Verification
    policy_version: str
    people: tuple[Person, ...]
    weeks: tuple[Week, ...]
    pii_calls: Mapping[str, int]
    unused_roles: tuple[str, ...]
    unread_tables: tuple[str, ...]
    changes: tuple[PolicyChange, ...]
    exports: tuple[Export, ...]
    refusals: Mapping[str, int]
    calls: int
    interrupted: int
    zone: str


def review_of(
    log: Log,
    catalog: Catalog,
    calendar: CompanyCalendar,
    quarter: str,
    first: date,
    last: date,
    verified: Verification,
    now: datetime,
) -> Review:
    """The review of the fiscal quarter from `first` to `last`. What is dormant is judged at `now` (UTC), so that who
    has come back since the quarter ended is not. Raises AuditDown."""
    period = days(calendar, first, last)
    end = min(period.until or now, now)
    dormant_since = now - timedelta(days=DORMANT_DAYS)
    since = min(period.since or dormant_since, dormant_since)
    looked_at = in_order(calls(log, Period(since, now), now))
    own = [call for call in looked_at if call.tool != LOG_EXPORT or call.role in _roles(catalog)]
    within = [call for call in own if period.holds(call.asked_at)]
    begins = next((moment(record) for record in log.records()), None)
    ledger = exports(call for call in looked_at if period.holds(call.asked_at))
    people = _people(catalog, own, period, ledger, begins, now)
    visible = {name for person in people if person.rights for name in person.rights.tables}
    read = {table for call in within if call.answered for table in call.tables}
    return Review(
        company=catalog.company.name,
        quarter=quarter,
        first=first,
        last=last,
        end=end,
        made_at=now,
        log_begins=begins,
        verified=verified,
        policy_version=catalog.policy_version,
        people=people,
        weeks=_weeks(within, calendar, first, last),
        pii_calls=dict(Counter(name for call in within if call.answered for name in call.pii).most_common()),
        unused_roles=tuple(sorted(_roles(catalog) - {call.role for call in within})),
        unread_tables=tuple(sorted(visible - read)),
        changes=tuple(change for change in policy_changes(own) if period.holds(change.call.asked_at)),
        exports=tuple(ledger),
        refusals=dict(Counter(call.outcome for call in within if call.state == "refused").most_common()),
        calls=len(within),
        interrupted=sum(call.state == "interrupted" for call in within),
        zone=calendar.time_zone,
    )


def _roles(catalog: Catalog) -> frozenset[str]:
    return frozenset(role.name for role in catalog.policies.roles)


def _people(
    catalog: Catalog,
    found: Sequence[Call],
    period: Period,
    ledger: Iterable[Export],
    begins: datetime | None,
    now: datetime,
) -> tuple[Person, ...]:
    """Every user in every role they hold or called in, those of the list first."""
    by_person: dict[tuple[str, str], list[Call]] = {}
    for user in catalog.users.values():
        by_person |= {(user.user, role): [] for role in user.roles}
    for call in found:
        by_person.setdefault((call.user, call.role), []).append(call)
    exported: dict[tuple[str, str], list[Export]] = {}
    for each in ledger:
        exported.setdefault((each.call.user, each.call.role), []).append(each)
    agents = {agent.run_as: agent.title for agent in catalog.agents.agents}
    return tuple(
        _person(catalog, who, own, period, exported.get(who, []), agents.get(who[0], ""), begins, now)
        for who, own in by_person.items()
    )


def _person(
    catalog: Catalog,
    who: tuple[str, str],
    own: Sequence[Call],
    period: Period,
    exported: Sequence[Export],
    agent: str,
    begins: datetime | None,
    now: datetime,
) -> Person:
    user, role = who
    listed = catalog.users.get(user)
    held = catalog.policies.role(role)
    within = [call for call in own if period.holds(call.asked_at)]
    answered = [call for call in within if call.answered]
    rights = rights_of(catalog, _principal(listed, user, role, own))
    pii_read = dict(Counter(name for call in answered for name in call.pii).most_common())
    use = Use(
        calls=len(within),
        answered=len(answered),
        last=own[-1].asked_at if own else None,
        tables=frozenset(table for call in answered for table in call.tables),
        unused=not own or (now - own[-1].asked_at).days >= DORMANT_DAYS,
        days_on_record=(now - begins).days if begins else 0,
    )
    return Person(
        user=user,
        name=listed.name if listed else "",
        role=role,
        role_label=(held.label or role) if held else role,
        listed=listed is not None and role in listed.roles,
        agent=agent,
        rights=rights,
        use=use,
        pii_read=pii_read,
        refusals=dict(Counter(call.outcome for call in within if call.state == "refused").most_common()),
        exports=len(exported),
        rows_out=sum(each.rows for each in exported),
        proposal=proposal(rights, use, frozenset(pii_read)),
    )


def _principal(listed: LocalUser | None, user: str, role: str, own: Sequence[Call]) -> Principal:
    """The user as listed, or as last seen at the gate."""
    if listed and role in listed.roles:
        return listed.as_principal(role)
    seen: Mapping[str, Any] = own[-1].attributes if own else dict[str, Any]()
    return Principal(user=user or "?", role=role, attributes={name: tuple(values) for name, values in seen.items()})


def _weeks(within: Iterable[Call], calendar: CompanyCalendar, first: date, last: date) -> tuple[Week, ...]:
    answered: Counter[date] = Counter()
    refused: Counter[date] = Counter()
    for call in within:
        day = CompanyCalendar(call.asked_at, calendar.time_zone).today
        (answered if call.answered else refused)[calendar.start_of("week", day)] += 1
    start, weeks = calendar.start_of("week", first), list[Week]()
    while start <= last:
        weeks.append(Week(start, answered[start], refused[start]))
        start = calendar.next_start("week", start)
    return tuple(weeks)
