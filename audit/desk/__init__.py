"""Questions to the audit log alone: pure functions from records to what an auditor asks for."""
