"""What reading and showing need beside Python, and what to say where that is missing."""

from __future__ import annotations

import importlib

from gilscope.errors import GilscopeError


class MissingPackageError(GilscopeError):
    """`command` installs what is missing."""

    def __init__(self, message: str, command: str = "", otherwise: str = "") -> None:
        super().__init__(message, f"{command}, or {otherwise}" if otherwise else command)
        self.command = command


def require(purpose: str, *packages: str, otherwise: str = "") -> None:
    """Import what is needed for a purpose, or say what to install; `otherwise` is another way out.

    Raises:
        MissingPackageError: one of them cannot be imported.
    """
    problems = {name: problem for name in packages if (problem := _problem_with(name))}
    if problems:
        reasons = ", and ".join(f"{name}, which {problem}" for name, problem in problems.items())
        command = f"python -m pip install {' '.join(problems)}"
        raise MissingPackageError(f"{purpose} needs {reasons}", command, otherwise)


def _problem_with(name: str) -> str:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        return "is not installed" if error.name == name else f"needs {error.name}"
    except ImportError as error:  # such as a NumPy that was built for another Python
        return f"cannot be imported: {str(error).strip().partition(chr(10))[0]}"
    return ""
