"""Handlers of `urllib.request`, typed there."""

from ferrosock.urllib.request import AbstractHTTPHandler as AbstractHTTPHandler
from ferrosock.urllib.request import BaseHandler as BaseHandler
from ferrosock.urllib.request import HTTPCookieProcessor as HTTPCookieProcessor
from ferrosock.urllib.request import HTTPDefaultErrorHandler as HTTPDefaultErrorHandler
from ferrosock.urllib.request import HTTPErrorProcessor as HTTPErrorProcessor
from ferrosock.urllib.request import HTTPHandler as HTTPHandler
from ferrosock.urllib.request import HTTPRedirectHandler as HTTPRedirectHandler
from ferrosock.urllib.request import HTTPSHandler as HTTPSHandler
from ferrosock.urllib.request import ProxyHandler as ProxyHandler
from ferrosock.urllib.request import UnknownHandler as UnknownHandler
