"""`from ferrosock import select` gives the native module, which is the same with the overlay on or off."""

import sys

from ferrosock._native import select

# What stands in sys.modules after this file ran is what the import gives.
sys.modules[__name__] = select
