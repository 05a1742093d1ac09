"""Which hosts need no proxy, and what proxies an odd environment names: functions of `urllib.request`.

That shows them under its own name, and they look its names up at each call: programs may put others in their place.

What is plain is native: see `ferrosock._native.proxies`.

Source: https://docs.python.org/3/library/urllib.request.html
"""

import re
import sys

_module = None  # urllib.request, which sets this


def _environment_objects(environ):
    """Do what `getproxies_environment` does, for an environment that is not the usual one."""
    found = [(name, value) for name, value in environ.items() if name[-6:].lower() == "_proxy"]
    proxies = {name[:-6].lower(): value for name, value in found if value}
    if "REQUEST_METHOD" in environ:
        proxies.pop("http", None)  # in a CGI script that may be the request's header Proxy
    for name, value in found:
        if name[-6:] == "_proxy":  # as it should be: that one counts
            if value:
                proxies[name[:-6].lower()] = value
            else:
                proxies.pop(name[:-6].lower(), None)
    return proxies


def _bypass_objects(host, proxies):
    """Do what `proxy_bypass_environment` does, for what is not plain text in a dict."""
    try:
        rules = proxies["no"]
    except KeyError:
        return False
    if rules == "*":
        return True
    host = host.lower()
    name, _ = _module._splitport(host)
    for rule in rules.split(","):
        rule = rule.strip()
        if rule:
            rule = rule.lstrip(".").lower()
            if rule in (name, host) or name.endswith("." + rule) or host.endswith("." + rule):
                return True
    return False


def _bits(address):
    """Return an IPv4 address, whose last numbers may be missing, as one number."""
    numbers = ([int(part) for part in address.split(".")] + [0, 0, 0])[:4]
    return numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3]


def _proxy_bypass_macosx_sysconf(host, proxy_settings):
    """Return whether a host needs no proxy by macOS's settings.

    Args:
        host: the host, which may have a port.
        proxy_settings: a dict: 'exclude_simple' is whether names without dots need none, 'exceptions' a list of names,
            which may have '*' in them, and of networks such as '10.0/16'.
    """
    from fnmatch import fnmatch

    name, _ = _module._splitport(host)
    if "." not in host and proxy_settings["exclude_simple"]:
        return True
    address = _numeric_address(name)
    for rule in proxy_settings.get("exceptions", ()):
        if not rule:
            continue
        network = re.match(r"(\d+(?:\.\d+)*)(/\d+)?", rule)
        if network is not None and (sys.version_info < (3, 13) or address is not None):
            if address is None:  # names were looked up until 3.13
                try:
                    address = _bits(_module.socket.gethostbyname(name))
                except OSError:
                    continue
            base, width = network.groups()
            width = int(width[1:]) if width else 8 * (base.count(".") + 1)
            if 0 <= width <= 32 and address >> (32 - width) == _bits(base) >> (32 - width):
                return True
        elif fnmatch(host, rule):
            return True
    return False


if sys.version_info >= (3, 13):

    def _numeric_address(name):
        """Return an IPv4 address as a number; None for a name."""
        from ipaddress import AddressValueError, IPv4Address

        try:
            return int(IPv4Address(name))
        except AddressValueError:
            return None

    def _proxy_bypass_winreg_override(host, override):
        """Return whether a host needs no proxy by Windows' settings.

        Args:
            host: the host, which may have a port.
            override: names with semicolons between them, which may have '*' in them; '<local>' is all without a dot.
        """
        from fnmatch import fnmatch

        host, _ = _module._splitport(host)
        for rule in map(str.strip, override.split(";")):
            if "." not in host if rule == "<local>" else fnmatch(host, rule):
                return True
        return False

else:

    def _numeric_address(name):
        """Return None: names and addresses are looked up alike."""
        return None
