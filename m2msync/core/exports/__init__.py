"""What is held, as other programs read it: pure functions from records to rows, features and documents."""
