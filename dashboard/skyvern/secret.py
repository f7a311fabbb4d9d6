"""The API key, kept from being shown."""

MASK = "[redacted]"
SHORTEST = 8  # a key as short as the sandbox's is a word: masking it would spoil honest answers


class Secret:
    """A header value that shows itself in no repr and masks itself in what others say."""

    def __init__(self, value: str) -> None:
        self._value = value.strip()
        self.can_be_sent = all("!" <= letter <= "~" for letter in self._value)

    def __repr__(self) -> str:
        return MASK

    def reveal(self) -> str:
        """The key, or nothing if a header cannot hold it (then an error would quote it)."""
        return self._value if self.can_be_sent else ""

    def redact(self, body: bytes) -> bytes:
        if len(self._value) < SHORTEST:
            return body
        return body.replace(self._value.encode(), MASK.encode())

    def redact_text(self, text: str) -> str:
        return self.redact(text.encode("utf-8", "replace")).decode()
