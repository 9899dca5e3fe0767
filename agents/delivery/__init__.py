"""From a finished finding to a message that arrived, once: the run ledger, the outbox, the channels, the clock."""
