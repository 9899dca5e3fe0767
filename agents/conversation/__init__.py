"""The thread answers back: what people reply to an incident is answered there, with their own access."""
