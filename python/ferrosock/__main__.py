"""`python -m ferrosock` is the command `ferrosock`."""

import sys

from ferrosock.cli import main

if __name__ == "__main__":
    sys.exit(main())
