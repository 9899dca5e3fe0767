"""Sign-in over HTTP: turns a bearer token from the company's own issuer into a principal, or a refusal.

`guard` stands in front of the endpoint, `tokens` proves the token with the issuer's `keys`, `people` maps its claims.
"""
