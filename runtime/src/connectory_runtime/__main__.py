"""``python -m connectory_runtime`` is the command ``connectory``."""

from connectory_runtime.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
