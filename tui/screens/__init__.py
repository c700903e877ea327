"""What fills the terminal: the main screen, the events, and the small ones that lie over them."""
