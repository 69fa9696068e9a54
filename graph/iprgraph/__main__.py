"""`python -m iprgraph` is `iprgraph`."""

import sys

from iprgraph.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
