"""`python -m ferrosock` is the command `ferrosock`."""

import sys

from ferrosock.cli import main

sys.exit(main())
