"""What Assay itself remembers: one SQL database, embedded (SQLite) or shared by replicas (PostgreSQL)."""
