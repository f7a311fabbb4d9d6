"""The signature on Skyvern's webhooks: hex HMAC-SHA256 of the raw body, keyed by the API key."""

import hmac


def sign(raw_body: bytes, key: str) -> str:
    return hmac.new(key.encode(), raw_body, "sha256").hexdigest()


def verify(raw_body: bytes, header: str, key: str) -> bool:
    """Whether `header` (`x-skyvern-signature`) is this body's; False for any garbage.

    It proves who wrote the body, not when: the timestamp header is not signed.
    """
    given = header.strip().lower().encode("utf-8", "replace")
    return bool(key) and hmac.compare_digest(sign(raw_body, key).encode(), given)
