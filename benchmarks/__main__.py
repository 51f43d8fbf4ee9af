"""Run all benchmarks, or those that are named: python -m benchmarks, python -m benchmarks training photo_cache."""

import argparse

from benchmarks import (
    accelerator,
    channels,
    crowd,
    explain,
    hub,
    job,
    lesson,
    live,
    models,
    page,
    photo_cache,
    server,
    startup,
    survey,
    training,
)

BENCHMARKS = {
    module.__name__.split(".")[-1]: module
    for module in (
        *(
            job,
            server,
            crowd,
            lesson,
            page,
            live,
            channels,
            explain,
            models,
            survey,
            startup,
            hub,
            training,
            photo_cache,
            accelerator,
        ),
    )
}


def main() -> None:
    """Run the benchmarks one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)}; all, if none is named"
    )
    names = parser.parse_args().names
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"benchmarks are {', '.join(BENCHMARKS)}. Received: {', '.join(sorted(unknown))}.")
    for name in names or BENCHMARKS:
        print(f"\n{(BENCHMARKS[name].__doc__ or '').strip()}\n")
        BENCHMARKS[name].main()


if __name__ == "__main__":
    main()
