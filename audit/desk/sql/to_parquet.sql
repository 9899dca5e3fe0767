-- Records as JSON lines to one Parquet file, typed the same however many there are.
COPY (
    SELECT seq, CAST("time" AS TIMESTAMPTZ) AS "time", kind, receipt, hash, "user", role, tool, outcome, fields
    FROM read_json(
        :source,
        format = 'newline_delimited',
        maximum_object_size = 33554432,
        columns = {
            seq: 'BIGINT', "time": 'VARCHAR', kind: 'VARCHAR', receipt: 'VARCHAR', hash: 'VARCHAR', "user": 'VARCHAR',
            role: 'VARCHAR', tool: 'VARCHAR', outcome: 'VARCHAR', fields: 'VARCHAR'
        }
    )
) TO :target (FORMAT parquet, COMPRESSION zstd);
