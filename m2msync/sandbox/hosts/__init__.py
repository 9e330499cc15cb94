"""The file hosts: what stands behind a link and how it is sent."""
