"""What the service remembers of its users: keys, scene lists, orders, quota, and the links it gave them."""
