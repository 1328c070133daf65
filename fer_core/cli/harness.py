"""What every command shares: `--json`, exit codes, clean streams.

A command file looks like this and needs nothing else:

    from fer_core.cli.answers import Answer             # and `table(header, rows)` for its text
    from fer_core.cli.harness import command, program

    app = program("What the model says about faces.")      # `app` is what `fer <name of the file>` runs

    @command(app)                                           # adds --json and --debug; the first line below is the help
    def predict(pictures: Annotated[list[Path], typer.Argument()], run: Annotated[str, typer.Option()]) -> Answer:
        '''What the model says about the faces in pictures.'''
        from fer_core.predictor import Predictor            # heavy rooms are imported here, never at the top
        ...
        return Answer(document={"run": ...}, text="for people")

One function in a file makes a command (`fer predict`); `group(...)` instead of `program(...)` makes a group (`fer data
describe`), with `default=` naming the command that runs when none is named. A command never prints: it returns an
`Answer`. Mistakes of the caller are raised as ValueError or FileNotFoundError with a sentence; progress goes to stderr.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import logging
import os
import pkgutil
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperGroup
from typer.main import get_command

from fer_core.cli.answers import DONE, FAILED, MISTAKE, Answer, page

NOT_COMMANDS = frozenset({"harness", "answers"})

STOPPED = 128 + signal.SIGINT
UNHEARD = 128 + 13  # SIGPIPE, as the shell counts it: whoever read our answer has left

# "ValueError | FileNotFoundError and kin": what is wrong with what the caller named. A full disk is not among them.
MISTAKES = (ValueError, FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError)

_Function = TypeVar("_Function", bound=Callable[..., Any])


def program(about: str) -> typer.Typer:
    """An application for a file with one command."""
    return typer.Typer(help=about, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def group(about: str, default: str | None = None) -> typer.Typer:
    """An application for a file with several commands.

    Args:
        about: The group's line in `fer --help`.
        default: The command that runs when none is named; None shows the help instead.
    """

    class Group(TyperGroup):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            named = bool(args) and (not args[0].startswith("-") or args[0] in ("-h", "--help"))
            return super().parse_args(ctx, args if named or default is None else [default, *args])

    app = typer.Typer(
        help=about, cls=Group, no_args_is_help=default is None, add_completion=False, pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )  # fmt: skip

    @app.callback()
    def here() -> None:  # a group of one command stays a group
        pass

    return app


def command(app: typer.Typer, name: str | None = None) -> Callable[[_Function], _Function]:
    """Register a function that returns an `Answer` as a command of `app`, with `--json` and `--debug` added.

    Args:
        app: From `program` or `group`.
        name: The command's name where the function's own would not do.

    Returns:
        A decorator that hands the function back unchanged, so that tests and other commands can call it.
    """

    def register(function: _Function) -> _Function:
        signature = inspect.signature(function, eval_str=True)
        json_option = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")]
        debug_option = Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")]
        added = {"as_json": json_option, "debug": debug_option}

        @functools.wraps(function, assigned=("__name__", "__doc__", "__module__"), updated=())
        def run(*, as_json: bool, debug: bool, **arguments: Any) -> None:
            raise typer.Exit(_answer(functools.partial(function, **arguments), as_json, debug))

        parameters = [
            *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in signature.parameters.values()),
            *(
                inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
                for key, annotation in added.items()
            ),
        ]
        run.__dict__.pop("__wrapped__", None)  # typer reads the signature below, not the function's own
        run.__dict__["__signature__"] = signature.replace(parameters=parameters, return_annotation=None)
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        about = re.split(r"\n\s*(?:Args|Returns|Raises):\n", inspect.getdoc(function) or "")[0]
        app.command(name, help=about)(run)
        return function

    return register


def run_command_line(arguments: list[str]) -> int:
    """Parse, run, and turn whatever happens into an exit code; see `fer_core.cli.main`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # file names need not be valid text, and terminals need not speak UTF-8
            stream.reconfigure(errors="backslashreplace")
    progress = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(progress)
    logging.getLogger("fer_core").setLevel(logging.INFO)
    try:
        code = _root().main(arguments or ["--help"], prog_name="fer", standalone_mode=False)
        _say("")  # help and version were written by typer: flush them while failures can still be answered
        return int(code or DONE)
    except typer.TyperException as error:  # usage: unknown commands and options, missing and malformed values
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "fer"
        return _report(error.format_message().rstrip(".") + f" (see {path} --help)", MISTAKE)
    except (KeyboardInterrupt, typer.Abort):
        return _report("stopped", STOPPED)
    except BrokenPipeError:
        return _unheard()
    except Exception as error:  # noqa: BLE001 the outermost frame: whatever is left becomes a sentence and an exit code
        return _failure(error, "--debug" in arguments)
    finally:
        logging.getLogger().removeHandler(progress)


class _Commands(TyperGroup):
    """The files of this folder, each imported when its command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        package = importlib.import_module("fer_core.cli")
        names = (module.name for module in pkgutil.iter_modules(package.__path__) if module.name not in NOT_COMMANDS)
        return sorted(names)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            from fer_core.labels import suggestion

            ctx.fail(f"No such command '{cmd_name}'{suggestion(cmd_name, self.list_commands(ctx))}")
        app = importlib.import_module(f"fer_core.cli.{cmd_name}").app
        found = get_command(app)
        found.name, found.short_help = cmd_name, app.info.help
        return found


def _show_version(wanted: bool) -> None:
    if wanted:
        from fer_core import __version__

        typer.echo(f"fer {__version__}")
        raise typer.Exit()


def _fer(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Facial-state models: train, load, examine. Every command answers programs with --json."""


def _root() -> Any:
    app = typer.Typer(
        cls=_Commands,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    app.callback()(_fer)
    return get_command(app)


def _answer(work: Callable[[], Answer], as_json: bool, debug: bool) -> int:
    """Run a command's work with stdout kept clean, print its answer, and say how it ended."""
    try:
        with _stdout_kept_clean():
            answer = work()
            printed = page(answer, as_json)
    except KeyboardInterrupt:
        return _report("stopped", STOPPED)
    except Exception as error:  # noqa: BLE001 every failure of a command ends here, as a sentence and an exit code
        return _failure(error, debug)
    try:
        _say(printed)
    except BrokenPipeError:
        return _unheard()
    except OSError as error:
        _silence_stdout()
        return _failure(error, debug)
    return _report(answer.complaint, answer.code) if answer.complaint else answer.code


@contextlib.contextmanager
def _stdout_kept_clean() -> Iterator[None]:
    """What libraries print meanwhile, also from C and from child processes, goes to stderr."""
    with contextlib.ExitStack() as stack:
        if sys.stdout is sys.__stdout__ and sys.stdout is not None and sys.stderr is not None:
            sys.stdout.flush()
            kept = os.dup(1)
            os.dup2(2, 1)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, 1)
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        yield


def _failure(error: BaseException, debug: bool) -> int:
    if debug or os.environ.get("FER_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, MISTAKES):
        return _report(_sentence(error), MISTAKE)
    said = " ".join(_sentence(error).split()) or "no message"
    # Our own errors are sentences; a foreign one needs its type to make sense.
    named = said if type(error).__module__.startswith("fer_core") else f"{type(error).__name__}: {said}"
    return _report(f"failed: {named} (--debug shows the traceback)", FAILED)


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror[0].lower()}{error.strerror[1:]}"
    return str(error).strip() or f"{type(error).__name__} without a message"


def _report(sentence: str, code: int) -> int:
    if sys.stderr is not None:
        with contextlib.suppress(BrokenPipeError):
            sys.stderr.write(f"fer: {sentence}\n")
            sys.stderr.flush()
    return code


def _say(page: str) -> None:
    if sys.stdout is not None:  # None where the caller closed it
        sys.stdout.write(page if not page or page.endswith("\n") else page + "\n")
        sys.stdout.flush()


def _unheard() -> int:
    _silence_stdout()
    return UNHEARD


def _silence_stdout() -> None:
    """The interpreter flushes stdout once more at exit; let that succeed."""
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
