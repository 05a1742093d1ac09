from ferrosock._native.binascii import *
