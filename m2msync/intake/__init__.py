"""Files from elsewhere: found in a folder, read, and put in their places in the store."""
