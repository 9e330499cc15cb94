"""Moving bytes: fetch, verify, publish."""
