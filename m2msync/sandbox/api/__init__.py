"""The endpoints of the API: from a call to an envelope."""
