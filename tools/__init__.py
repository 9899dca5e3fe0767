"""What a caller may do: one tool a file, one audited gate, question reading, reconciliation and analysis."""
