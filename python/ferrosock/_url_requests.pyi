"""The requests and openers of `urllib.request`, typed there."""

from ferrosock.urllib.request import OpenerDirector as OpenerDirector
from ferrosock.urllib.request import Request as Request
