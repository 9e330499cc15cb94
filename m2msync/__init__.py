"""Declarative, incremental and verified downloads from the USGS M2M API."""

__version__ = "0.1.0"
