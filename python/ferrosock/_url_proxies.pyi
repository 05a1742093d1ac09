"""The proxies of `urllib.request`; nothing of it is public."""
