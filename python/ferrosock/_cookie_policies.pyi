"""The policies of `http.cookiejar`, typed there."""

from ferrosock.http.cookiejar import CookiePolicy as CookiePolicy
from ferrosock.http.cookiejar import DefaultCookiePolicy as DefaultCookiePolicy
