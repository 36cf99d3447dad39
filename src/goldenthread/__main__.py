"""`python -m goldenthread` is the `goldenthread` command."""

from goldenthread.commands import main

if __name__ == "__main__":
    main()
