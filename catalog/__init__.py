"""What may be asked: tables, metrics, policies, sources and playbooks, as YAML and typed models.

The lowest floor: it imports nothing else of this repository.
"""
