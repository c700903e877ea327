"""What weights exist, where they are, and whether they are whole."""
