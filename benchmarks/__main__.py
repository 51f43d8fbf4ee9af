"""Print all the figures: python -m benchmarks."""

from benchmarks import job, server, startup


def main() -> None:
    """Run every benchmark in turn."""
    for benchmark in (job, server, startup):
        print(f"\n{(benchmark.__doc__ or '').strip()}\n")
        benchmark.main()


if __name__ == "__main__":
    main()
