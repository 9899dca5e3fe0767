"""A believable company with known truths: stands alone, for the command line and the tests."""
