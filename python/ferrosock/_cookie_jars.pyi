"""The cookies and the jar of `http.cookiejar`, typed there."""

from ferrosock.http.cookiejar import Cookie as Cookie
from ferrosock.http.cookiejar import CookieJar as CookieJar
