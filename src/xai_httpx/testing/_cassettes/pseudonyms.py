"""Names that take the place of ids and people in a cassette: the same for the same, in every cassette.

They are made of a digest, so code that has an id written into it finds its recording again, without a table of real
ids. What can be guessed (addresses, names) keeps so few bits of the digest that it cannot be told from its pseudonym.
"""

import re
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_address

REDACTED = "REDACTED"
KNOWN = re.compile(
    r"facade00-0000-4000-8[0-9a-f]{3}-[0-9a-f]{12}|redacted(?:[0-9a-f]{12}|-\d{4})|\bfacade00[0-9a-f]{16,56}\b"
)
"""A pseudonym of an id: the server that knows the id does not know this."""

_MARK = "facade00"
_EXAMPLES = (IPv4Network("192.0.2.0/24"), IPv6Network("2001:db8::/32"))
_SEGMENT = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{12,}|\d{16,}")


def is_opaque(value: str) -> bool:
    """Whether a value looks like something that no person has thought up, as names of models are."""
    return _SEGMENT.search(value) is not None


def of_uuid(value: str) -> str:
    """A UUID for a UUID."""
    digest = _digest(value.lower())
    return value if KNOWN.fullmatch(value) else f"{_MARK}-0000-4000-8{digest[:3]}-{digest[3:15]}"


def of_hex(value: str) -> str:
    """Hexadecimal digits for as many."""
    return value if value.startswith(_MARK) else _MARK + _digest(value)[: len(value) - 8]


def of_id(value: str, prefix: str = "") -> str:
    """A name for an id; one that is short enough to be guessed gets one that many ids could have."""
    if KNOWN.search(value) or value == REDACTED:
        return value
    return f"{prefix}redacted{_digest(value)[:12]}" if prefix or is_opaque(value) else f"redacted-{_few(value):04}"


def of_email(value: str) -> str:
    """An address at example.com, which nobody has."""
    return value if value.endswith("@example.com") else f"person-{_few(value.lower()):04}@example.com"


def of_address(value: str) -> str:
    """An IP address of those that are kept for documents; what is none, or this machine's, stays."""
    try:
        address = ip_address(value)
    except ValueError:
        return value
    if address.is_loopback or address.is_unspecified or any(address in network for network in _EXAMPLES):
        return value
    return f"192.0.2.{_few(value) % 254 + 1}" if address.version == 4 else f"2001:db8::{_few(value) % 256:x}"


def _digest(value: str) -> str:
    return sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def _few(value: str) -> int:
    """So few bits that a thousand guesses have the same."""
    return int(_digest(value), 16) % 1024
