"""The jars in files of `http.cookiejar`, typed there."""

from ferrosock.http.cookiejar import FileCookieJar as FileCookieJar
from ferrosock.http.cookiejar import LoadError as LoadError
from ferrosock.http.cookiejar import LWPCookieJar as LWPCookieJar
from ferrosock.http.cookiejar import MozillaCookieJar as MozillaCookieJar
from ferrosock.http.cookiejar import lwp_cookie_str as lwp_cookie_str
