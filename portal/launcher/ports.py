"""The two ports of a start, and what to say where one is taken."""

import socket


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def sentence_about_taken(name: str, port: int, *, first: bool) -> str:
    """Return what to do about a port that is taken; `first` if this data has never started."""
    if name == "web":
        return (
            f"Port {port} is taken by another program. Start with another one, for example "
            f"PORT={port + 100} ./bin/up"
        )
    if first:
        return (
            f"Port {port}, for the embedded forge, is taken by another program. Start with another "
            f"PORT; the forge uses the one after it: PORT={port + 99} ./bin/up"
        )
    return (
        f"Port {port} is taken by another program. The embedded forge needs this very port, "
        "because the addresses of its repositories contain it. Stop the other program, or start "
        "with a new CALLBOARD_DATA."
    )
