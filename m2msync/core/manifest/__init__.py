"""From the text of a manifest to a checked value, or to everything that is wrong with it."""

ENDINGS = (".yaml", ".yml")
"""How the names of manifests end."""
