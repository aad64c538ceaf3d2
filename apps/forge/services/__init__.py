"""What the forge does, one module for each kind of thing."""
