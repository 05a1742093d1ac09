"""`from ferrosock import binascii` gives the native module, which is the same with the overlay on or off."""

import sys

from ferrosock._native import binascii

# What stands in sys.modules after this file ran is what the import gives.
sys.modules[__name__] = binascii
