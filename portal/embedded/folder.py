"""What the data folder of the embedded defaults holds, and where."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class DataFolder:
    """`CALLBOARD_DATA`: database, repositories of the embedded forge, keys, run-time files."""

    path: Path

    @classmethod
    def from_environment(cls) -> "DataFolder":
        """Return the folder named by `CALLBOARD_DATA`, `./var` in the checkout by default."""
        return cls(Path(os.environ.get("CALLBOARD_DATA") or CHECKOUT / "var").absolute())

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def forge(self) -> Path:
        return self.path / "forge"

    @property
    def run(self) -> Path:
        """Files of the running processes: lock, heartbeat, pids."""
        return self.path / "run"

    def secret(self, name: str) -> str:
        """Return a random secret kept in the folder (mode 0600), made at the first use."""
        file = self.path / "secrets" / name
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = file.with_name(f"{name}.{os.getpid()}")
            made.touch(mode=0o600)
            made.write_text(secrets.token_urlsafe(48))
            try:
                # A link fails when another process was first; then its secret counts.
                os.link(made, file)
            except FileExistsError:
                pass
            finally:
                made.unlink()
        return file.read_text().strip()

    def ports(self) -> dict[str, int]:
        """Return the ports of the first start; repository addresses contain them."""
        try:
            return dict(json.loads((self.path / "ports.json").read_text()))
        except (OSError, ValueError):
            port = int(os.environ.get("PORT") or 8000)
            return {"web": port, "forge": port + 1}
