"""Documents → outgoing messages: each under its key, with its audience and what they must be allowed to read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from html import escape

from agents.delivery.receipt import receipt_of
from agents.document import Document
from agents.facts import Fact
from agents.messages import NOBODY, Mail, Origin, Outgoing, Post, Told
from agents.narration.documents import BY_RULES, by_rules
from agents.narration.rendered import check_rendered
from agents.render.charts import pictures
from agents.render.mail import mail
from agents.render.slack import slack
from agents.render.words import fact_ids

log = logging.getLogger(__name__)

HELD_BACK = (
    "A message from {heading} for you is held back: a number in it could not be traced to a figure. "
    "Nothing of it was sent. Whoever runs the agents finds the reason in the notes of this run."
)
THERE_IS_SOMETHING = "There is a new message from {heading}. Not everybody here may read all of it."


class UnbackedNumber(ValueError):
    """A finished message would show a number that no fact is behind; it is not sent."""


class Envelope:
    """Puts one document into messages. `origin` says under whose rights it was computed. Its pictures are drawn once,
    when the first message needs them."""

    def __init__(self, document: Document, link: str = "", origin: Origin = NOBODY) -> None:
        self._document = document
        self._link = link
        self._origin = origin
        self._notice = THERE_IS_SOMETHING.format(heading=document.heading)

    @cached_property
    def _pictures(self) -> Mapping[str, bytes]:
        return pictures(self._document)

    def mail(self, to: str, key: str, audience: tuple[str, ...], needs: tuple[str, ...]) -> Outgoing:
        """One person's mail. Raises UnbackedNumber where the finished mail would show a number without a fact."""
        content = self._checked_mail(to)
        return Outgoing(key, content, audience, needs, "mail", told=told(self._document), origin=self._origin)

    def _checked_mail(self, to: str) -> Mail:
        """The finished mail; what a model worded gives way to the built-in words where a number has no fact."""
        content = mail(self._document, to, self._pictures)
        faults = check_rendered(content.html, content.text, self._document)
        if faults and self._document.narrator != BY_RULES:
            log.warning("worded anew by rules: %s", faults[0])
            self._document = by_rules(self._document)
            content = mail(self._document, to, self._pictures)
            faults = check_rendered(content.html, content.text, self._document)
        if faults:
            raise UnbackedNumber("; ".join(f"{fault.rule}: {fault.detail}" for fault in faults[:5]))
        return content

    def posts(
        self, channel: str, key: str, reply_to: str, audience: tuple[str, ...], needs: tuple[str, ...]
    ) -> list[Outgoing]:
        """A post and, where it is long, the replies in its thread. `reply_to` is the key of the message it answers."""
        first, *more = slack(self._document, channel, reply_to or key, self._pictures)
        parent = Post(first.channel, first.text, first.blocks, first.images, reply_to) if reply_to else first
        posts = [parent, *more]
        keys = [key, *(f"{key}/more-{number}" for number in range(1, len(posts)))]
        made = [Outgoing(k, post, audience, needs, "post") for k, post in zip(keys, posts, strict=True)]
        # Of one message in several posts, the first one holds the figures.
        made[0] = replace(made[0], told=told(self._document))
        return [replace(each, receipt=receipt_of(key), origin=self._origin) for each in made]

    def notice_mail(self, to: str, key: str, audience: tuple[str, ...]) -> Outgoing:
        """For somebody who may not read it: that there is something, and where to ask."""
        return self._short_mail(self._notice, to, key, audience)

    def held_mail(self, to: str, key: str, audience: tuple[str, ...]) -> Outgoing:
        """In the place of a mail that did not pass the last check: that it is held back, and nothing of it."""
        return self._short_mail(HELD_BACK.format(heading=self._document.heading), to, key, audience)

    def _short_mail(self, words: str, to: str, key: str, audience: tuple[str, ...]) -> Outgoing:
        html = f'<!doctype html><html lang="en"><body><p>{escape(words)}</p></body></html>'
        text = f"{words}\n{self._link}".strip() + "\n"
        content = Mail(to, self._document.heading, html, text, list_id=self._document.agent)
        return Outgoing(key, content, audience, (), "mail", origin=self._origin)

    def notice_post(self, channel: str, key: str, reply_to: str) -> Outgoing:
        """For a channel in which somebody may not read it: a link, and nothing of what was found."""
        text = self._notice + (f" <{self._link}|Open the dashboard>" if self._link else "")
        return Outgoing(key, Post(channel, text, reply_to=reply_to), (), (), "post", origin=self._origin)


def told(document: Document) -> tuple[Told, ...]:
    """The figures that a reader of the document sees, in order."""
    return tuple(_told(document.facts[fact]) for fact in fact_ids(document))


def _told(fact: Fact) -> Told:
    return Told(
        fact=fact.id,
        kind=fact.kind,
        metric=fact.metric,
        label=fact.label,
        value=str(fact.value),
        unit=fact.unit,
        start=fact.period.start.isoformat(),
        end=fact.period.end.isoformat(),
        slice=fact.slice,
        receipt=fact.receipt,
        trust=fact.trust,
    )
