"""Handlers of files, FTP and data of `urllib.request`, typed there."""

from ferrosock.urllib.request import CacheFTPHandler as CacheFTPHandler
from ferrosock.urllib.request import DataHandler as DataHandler
from ferrosock.urllib.request import FileHandler as FileHandler
from ferrosock.urllib.request import FTPHandler as FTPHandler
from ferrosock.urllib.request import ftpwrapper as ftpwrapper
from ferrosock.urllib.request import pathname2url as pathname2url
from ferrosock.urllib.request import url2pathname as url2pathname
