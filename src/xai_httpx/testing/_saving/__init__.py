"""Where the simulator keeps what is stored, in memory and on a disk."""
