"""Where a Skyvern server of ours lives, and the ports it uses."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """`venv` and `browsers` are one for the checkout; data, keys and logs are each server's own."""

    data: Path
    port: int
    site_port: int

    @classmethod
    def here(cls) -> "Place":
        folder = Path(os.environ.get("SKYDECK_VAR", ROOT / "var")).absolute() / "skyvern"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(
            folder,
            int(os.environ.get("SKYVERN_PORT", "8090")),
            int(os.environ.get("SITE_PORT", "8091")),
        )

    @property
    def venv(self) -> Path:
        return ROOT / "var" / "skyvern" / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def browsers(self) -> Path:
        return ROOT / "var" / "skyvern" / "browsers"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.site_port}"

    def log(self, name: str) -> Path:
        return self.data / f"{name}.log"

    def api_key(self) -> str:
        """The key that the server made for its first organisation, in the `.env` it starts from."""
        for line in (self.data / ".env").read_text().splitlines():
            name, _, value = line.partition("=")
            if name.strip() == "SKYVERN_API_KEY":
                return value.strip().strip("'\"")
        raise LookupError(f"{self.data / '.env'} has no SKYVERN_API_KEY")
