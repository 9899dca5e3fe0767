"""Documents → outgoing messages: each under its key, with its audience and what they must be allowed to read."""

from __future__ import annotations

from html import escape

from agents.document import Document
from agents.messages import Mail, Outgoing, Post
from agents.render.charts import pictures
from agents.render.mail import mail, subject
from agents.render.slack import slack

THERE_IS_SOMETHING = "There is a new message from {heading}. Not everybody here may read all of it."


def mail_for(document: Document, to: str, key: str, audience: tuple[str, ...], needs: tuple[str, ...]) -> Outgoing:
    """One person's mail."""
    return Outgoing(key, mail(document, to, pictures(document)), audience, needs, "mail")


def notice_mail(document: Document, to: str, key: str, audience: tuple[str, ...], link: str) -> Outgoing:
    """For somebody who may not read it: that there is something, and where to ask."""
    said = THERE_IS_SOMETHING.format(heading=document.heading)
    html = f'<!doctype html><html lang="en"><body><p>{escape(said)}</p></body></html>'
    text = f"{said}\n{link}".strip() + "\n"
    return Outgoing(key, Mail(to, document.heading, html, text, list_id=document.agent), audience, (), "mail")


def posts_for(
    document: Document, channel: str, key: str, reply_to: str, audience: tuple[str, ...], needs: tuple[str, ...]
) -> list[Outgoing]:
    """A post and, where it is long, the replies in its thread. `reply_to` is the key of the message it answers."""
    first, *more = slack(document, channel, reply_to or key, pictures(document, ("light",)))
    posts = [_in_thread(first, reply_to), *more]
    keys = [key, *(f"{key}/more-{number}" for number in range(1, len(posts)))]
    return [Outgoing(k, post, audience, needs, "post") for k, post in zip(keys, posts, strict=True)]


def notice_post(document: Document, channel: str, key: str, reply_to: str, link: str) -> Outgoing:
    """For a channel in which somebody may not read it: a link, and nothing of what was found."""
    text = THERE_IS_SOMETHING.format(heading=document.heading) + (f" <{link}|Open the dashboard>" if link else "")
    return Outgoing(key, Post(channel, text, reply_to=reply_to), (), (), "post")


def title_of(document: Document) -> str:
    """The bottom line as plain text."""
    return subject(document)


def _in_thread(post: Post, reply_to: str) -> Post:
    return Post(post.channel, post.text, post.blocks, post.images, reply_to) if reply_to else post
