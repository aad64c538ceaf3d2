"""Which network addresses the portal may speak to; pure (reliability.md 1.3 rule 3, B14)."""

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_STRICT_IPV4 = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}")
# A last label of digits or 0x… makes resolvers read the whole as one IPv4 number (inet_aton).
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_odd_ipv4(host: str) -> bool:
    """Tell whether a host is an IPv4 address in another spelling than four plain numbers."""
    last = host.rstrip(".").rpartition(".")[2]
    return bool(_NUMERIC_LABEL.fullmatch(last)) and not _STRICT_IPV4.fullmatch(host)


def is_public(text: str) -> bool:
    """Tell whether an address is one of the public network, in whatever it is wrapped."""
    address = _unwrapped(ipaddress.ip_address(text.partition("%")[0]))
    return address.is_global and not address.is_multicast and not address.is_reserved


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address hidden in an IPv6 one (mapped, 6to4, Teredo, NAT64), or itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    low_32_bits = int(address) & 0xFFFFFFFF
    # ::a.b.c.d, the old "IPv4-compatible" form, and NAT64.
    if address in _NAT64 or (int(address) >> 32 == 0 and low_32_bits > 1):
        return ipaddress.IPv4Address(low_32_bits)
    return address
