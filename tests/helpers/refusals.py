"""Readers of foreign files, which take a file in or refuse it in one line."""

from analysis.exchange.material import ExchangeError


def taken(reader, *arguments, **options):
    """What the reader gives; None where it refuses. Any other answer is an error."""
    try:
        return reader(*arguments, **options)
    except ExchangeError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than one line: {error}") from None
    return None
