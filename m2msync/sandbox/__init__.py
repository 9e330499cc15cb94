"""A simulator of the M2M API and its file hosts, for trying, teaching and testing."""
