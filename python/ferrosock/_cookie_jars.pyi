"""The cookies and the jar of `http.cookiejar`, typed there."""

from typing import Any

from ferrosock.http.cookiejar import Cookie as Cookie
from ferrosock.http.cookiejar import CookieJar as CookieJar

class Held:
    lock: Any
    def __init__(self, lock: Any) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *error: object) -> None: ...
