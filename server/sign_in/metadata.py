"""What the server tells of itself before anyone signs in: protected-resource metadata (RFC 9728) and challenges."""

from __future__ import annotations

from urllib.parse import urlsplit

from server.sign_in.refusals import SignInRefused
from server.sign_in.settings import SignInSettings

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def metadata(settings: SignInSettings) -> dict[str, object]:
    """The metadata document: which resource this is, whose tokens it takes, which scopes to ask for."""
    told: dict[str, object] = {
        "resource": settings.public_url,
        "authorization_servers": [settings.issuer],
        "bearer_methods_supported": ["header"],
        "resource_name": "Assay",
    }
    if settings.advertised_scopes:
        told["scopes_supported"] = list(settings.advertised_scopes)
    return told


def metadata_url(settings: SignInSettings) -> str:
    """Where the metadata are: the well-known path goes between host and path of the public URL."""
    parts = urlsplit(settings.public_url)
    return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"


def metadata_paths(settings: SignInSettings) -> frozenset[str]:
    """Paths that answer with the metadata: the one of the public URL, and the root one for older clients."""
    return frozenset({WELL_KNOWN, urlsplit(metadata_url(settings)).path})


def challenge(settings: SignInSettings, refused: SignInRefused) -> str:
    """The WWW-Authenticate header of a refusal (RFC 6750, RFC 9728)."""
    parts = [f'resource_metadata="{metadata_url(settings)}"']
    if refused.error:
        parts = [f'error="{refused.error}"', f'error_description="{refused.message}"', *parts]
    if settings.advertised_scopes:
        parts.append(f'scope="{" ".join(settings.advertised_scopes)}"')
    return f"Bearer {', '.join(parts)}"
