"""The investigation agent: figures beyond their threshold and their habit, and data that is at fault.

`watch` finds what is out of range, `faults` what is wrong with the data, `checks` looks at both together (data first),
`verdict` says what it was, `incidents` what of it is new, `thread` how it reads. `investigator` puts them together.
"""

from agents.investigation.investigator import investigate

__all__ = ["investigate"]
