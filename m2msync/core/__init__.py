"""The pure heart: values and decisions, without files, network, clock or threads."""
