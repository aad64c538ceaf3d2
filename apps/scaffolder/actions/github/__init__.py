"""The actions that change something on GitHub or on the embedded forge."""
