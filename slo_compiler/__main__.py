"""The entry point: answers `--version` at once, and turns a fault of ours into a request to report it."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys

from slo_compiler import __version__

WRONG_USE, OUR_FAULT, INTERRUPTED = 2, 3, 130


def run() -> None:
    """The program: the command line, then the end at once. To give back the memory of a thousand SLOs, bit by bit, would take a tenth of the run."""
    code: object = 0
    try:
        _need_output()
        try:
            main()
        except SystemExit as end:
            code = end.code
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    except BrokenPipeError:
        os._exit(1)
    except OSError as error:
        _give_up(error)
        os._exit(WRONG_USE)
    os._exit(code if isinstance(code, int) else int(code is not None))


def main() -> None:
    """Run the command line; raises SystemExit."""
    if sys.argv[1:] == ["--version"]:
        print(f"slo {__version__}")
        return
    gc.disable()  # a run makes no cycles worth collecting, and ends soon
    try:
        from slo_compiler.cli import app  # noqa: PLC0415  # late: --version must not pay for it

        app()
    except OSError:
        raise  # `run` tells it
    except Exception as error:
        if "SLO_DEBUG" in os.environ:
            raise
        _confess(error)
        sys.exit(OUR_FAULT)


def _need_output() -> None:
    """Raise OSError where standard output is closed: what is asked for would be lost."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _give_up(error: OSError) -> None:
    """Tell of a standard stream that cannot be written to; files are looked after where they are touched."""
    with contextlib.suppress(OSError):
        print(f"slo: the output cannot be written: {error.strerror}\n  help: check where standard output leads", file=sys.stderr)


def _confess(error: Exception) -> None:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "unknown place"
    print(
        f"slo: this is a fault of slo-compiler {__version__}, not of your files: {type(error).__name__} at {place}: {error}\n"
        "  help: nothing was written; please report it with the file that caused it. SLO_DEBUG=1 shows the traceback.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    run()
