"""Which IP addresses belong to the public internet."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# What no public server has. Written out, as the answers of Python's `is_global` differ between its releases.
# https://www.iana.org/assignments/iana-ipv4-special-registry
_SPECIAL = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
    192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
"""
_AZURE = "168.63.129.16/32"  # its own services, for machines inside, at an address that looks public

# Public servers are in 2000::/3, but not in these. Among them are Teredo (2001::/32) and 6to4 (2002::/16), which hide
# an IPv4 address, and which nothing needs any more. https://www.iana.org/assignments/iana-ipv6-special-registry
_SPECIAL6 = "2001::/23 2001:db8::/32 2002::/16 3fff::/20"

_NETWORKS = [IPv4Network(network) for network in (*_SPECIAL.split(), _AZURE)]
_NETWORKS6 = [IPv6Network(network) for network in _SPECIAL6.split()]
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet: not to this machine, its network, or a special purpose."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NETWORKS)
    if address.ipv4_mapped is not None or address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST and not any(address in network for network in _NETWORKS6)
