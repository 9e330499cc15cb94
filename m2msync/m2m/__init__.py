"""The only conversation with the M2M API."""
