"""What goes wrong with replies, and with which."""
