"""`make bench-scale`: latency by rows, by people at once, and what questions cost on BigQuery."""
