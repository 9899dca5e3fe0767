"""Mail → one file that a browser opens by itself: its images are written into the page."""

from __future__ import annotations

from base64 import b64encode

from agents.messages import Mail


def page(mail: Mail) -> str:
    """The mail's HTML with each `cid:` replaced by the picture."""
    html = mail.html
    for image in mail.images:
        data = b64encode(image.content).decode("ascii")
        html = html.replace(f'src="cid:{image.cid}"', f'src="data:image/png;base64,{data}"')
    return html
