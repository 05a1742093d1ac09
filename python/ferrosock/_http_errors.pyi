"""The exceptions of `http.client`, typed there."""

from ferrosock.http.client import BadStatusLine as BadStatusLine
from ferrosock.http.client import CannotSendHeader as CannotSendHeader
from ferrosock.http.client import CannotSendRequest as CannotSendRequest
from ferrosock.http.client import HTTPException as HTTPException
from ferrosock.http.client import ImproperConnectionState as ImproperConnectionState
from ferrosock.http.client import IncompleteRead as IncompleteRead
from ferrosock.http.client import InvalidURL as InvalidURL
from ferrosock.http.client import LineTooLong as LineTooLong
from ferrosock.http.client import NotConnected as NotConnected
from ferrosock.http.client import RemoteDisconnected as RemoteDisconnected
from ferrosock.http.client import ResponseNotReady as ResponseNotReady
from ferrosock.http.client import UnimplementedFileMode as UnimplementedFileMode
from ferrosock.http.client import UnknownProtocol as UnknownProtocol
from ferrosock.http.client import UnknownTransferEncoding as UnknownTransferEncoding
