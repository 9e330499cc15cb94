"""What the benchmarks of transfers are built from."""
