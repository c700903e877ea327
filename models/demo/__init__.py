"""A small self-trained model set, so that everything runs with nothing downloaded."""
