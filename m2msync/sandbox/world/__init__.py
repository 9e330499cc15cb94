"""What exists: the grid, the datasets, the scenes of every day, what is known of them, and how they are found."""
