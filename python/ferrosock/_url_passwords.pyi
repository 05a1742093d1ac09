"""The passwords of `urllib.request`, and the handlers that show them, typed there."""

from ferrosock.urllib.request import AbstractBasicAuthHandler as AbstractBasicAuthHandler
from ferrosock.urllib.request import AbstractDigestAuthHandler as AbstractDigestAuthHandler
from ferrosock.urllib.request import HTTPBasicAuthHandler as HTTPBasicAuthHandler
from ferrosock.urllib.request import HTTPDigestAuthHandler as HTTPDigestAuthHandler
from ferrosock.urllib.request import HTTPPasswordMgr as HTTPPasswordMgr
from ferrosock.urllib.request import HTTPPasswordMgrWithDefaultRealm as HTTPPasswordMgrWithDefaultRealm
from ferrosock.urllib.request import HTTPPasswordMgrWithPriorAuth as HTTPPasswordMgrWithPriorAuth
from ferrosock.urllib.request import ProxyBasicAuthHandler as ProxyBasicAuthHandler
from ferrosock.urllib.request import ProxyDigestAuthHandler as ProxyDigestAuthHandler
from ferrosock.urllib.request import parse_keqv_list as parse_keqv_list
