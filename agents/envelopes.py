"""Documents → outgoing messages: each under its key, with its audience and what they must be allowed to read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from html import escape

from agents.document import Document
from agents.messages import Mail, Outgoing, Post
from agents.narration.documents import BY_RULES, by_rules
from agents.narration.rendered import check_rendered
from agents.render.charts import pictures
from agents.render.mail import mail
from agents.render.slack import slack

log = logging.getLogger(__name__)

THERE_IS_SOMETHING = "There is a new message from {heading}. Not everybody here may read all of it."


class UnbackedNumber(ValueError):
    """A finished message would show a number that no fact is behind; it is not sent."""


class Envelope:
    """Puts one document into messages. Its pictures are drawn once, when the first message needs them."""

    def __init__(self, document: Document, link: str = "") -> None:
        self._document = document
        self._link = link
        self._notice = THERE_IS_SOMETHING.format(heading=document.heading)

    @cached_property
    def _pictures(self) -> Mapping[str, bytes]:
        return pictures(self._document)

    def mail(self, to: str, key: str, audience: tuple[str, ...], needs: tuple[str, ...]) -> Outgoing:
        """One person's mail. Raises UnbackedNumber where the finished mail would show a number without a fact."""
        return Outgoing(key, self._checked_mail(to), audience, needs, "mail")

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
        return [Outgoing(k, post, audience, needs, "post") for k, post in zip(keys, posts, strict=True)]

    def notice_mail(self, to: str, key: str, audience: tuple[str, ...]) -> Outgoing:
        """For somebody who may not read it: that there is something, and where to ask."""
        html = f'<!doctype html><html lang="en"><body><p>{escape(self._notice)}</p></body></html>'
        text = f"{self._notice}\n{self._link}".strip() + "\n"
        content = Mail(to, self._document.heading, html, text, list_id=self._document.agent)
        return Outgoing(key, content, audience, (), "mail")

    def notice_post(self, channel: str, key: str, reply_to: str) -> Outgoing:
        """For a channel in which somebody may not read it: a link, and nothing of what was found."""
        text = self._notice + (f" <{self._link}|Open the dashboard>" if self._link else "")
        return Outgoing(key, Post(channel, text, reply_to=reply_to), (), (), "post")
