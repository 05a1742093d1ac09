"""The proxies in Windows' settings, for `urllib.request`."""

import re
import sys

_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"


def _values(*names):
    """Return values of the user's settings for the internet.

    Raises:
        OSError: there is no such value.
    """
    import winreg

    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _SETTINGS) as key:
        return [winreg.QueryValueEx(key, name)[0] for name in names]


def settings():
    """Return the URL of the proxy for each scheme; an empty dict if there are none, or if they make no sense."""
    proxies = {}
    try:
        if not _values("ProxyEnable")[0]:
            return proxies
        server = str(_values("ProxyServer")[0])
        if "=" not in server and ";" not in server:
            server = f"http={server};https={server};ftp={server}"  # one for all
        for part in server.split(";"):
            scheme, address = part.split("=", 1)
            if not re.match("(?:[^/:]+)://", address):
                if scheme in ("http", "https", "ftp"):
                    address = "http://" + address
                elif scheme == "socks":
                    address = "socks://" + address
            proxies[scheme] = address
        if proxies.get("socks"):
            # What is said to be for SOCKS is for its version 4, and for what has no proxy of its own.
            address = re.sub("^socks://", "socks4://", proxies["socks"])
            for scheme in ("http", "https"):
                proxies[scheme] = proxies.get(scheme) or address
    except (ImportError, OSError, ValueError, TypeError):
        pass
    return proxies


def bypass(request, host):
    """Return whether a host needs no proxy.

    Args:
        request: the module `urllib.request`.
        host: the host, which may have a port.
    """
    no = False if sys.version_info >= (3, 13) else 0
    try:
        enabled, override = _values("ProxyEnable", "ProxyOverride")
    except (ImportError, OSError):
        return no
    override = str(override)
    if not enabled or not override:
        return no
    if sys.version_info >= (3, 13):
        return request._proxy_bypass_winreg_override(host, override)
    name, _ = request._splitport(host)
    names = [name, *_other_names(request.socket, name)]
    for rule in override.split(";"):
        if rule == "<local>" and "." not in name:
            return 1
        pattern = rule.replace(".", r"\.").replace("*", ".*").replace("?", ".")
        if any(re.match(pattern, one, re.IGNORECASE) for one in names):
            return 1
    return 0


def _other_names(socket, name):
    """Return the address and the full name of a host, as far as they are others than its name."""
    found = []
    for look_up in (socket.gethostbyname, socket.getfqdn):
        try:
            other = look_up(name)
        except OSError:
            continue
        if other != name:
            found.append(other)
    return found
