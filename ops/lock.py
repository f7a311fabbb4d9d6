"""`./dev lock` writes both locks anew from the .in files; `stale()` tells if that is due."""

import re
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RUN, DEV = "requirements", "requirements-dev"
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)")


def compile_lock(name: str, *options: str) -> None:
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.12"]
    form = ["--upgrade", "--generate-hashes", "--no-emit-index-url", "--no-header"]
    files = [f"{name}.in", "-o", f"{name}.lock"]
    done = subprocess.run([sys.executable, "-m", *command, *form, *options, *files], check=False)
    if done.returncode:
        sys.exit(f"dev: {name}.lock could not be written; see what uv says above")


def wanted(name: str) -> dict[str, Requirement]:
    """What one .in file asks for, by canonical name; files it includes are left out."""
    lines = (line.split(" #")[0].strip() for line in Path(f"{name}.in").read_text().splitlines())
    asked = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    return {canonicalize_name(requirement.name): requirement for requirement in asked}


def locked(name: str) -> dict[str, tuple[str, bool]]:
    """name → (version, whether the .in file asked for it) of one lock."""
    found: dict[str, tuple[str, bool]] = {}
    current = ""
    for line in Path(f"{name}.lock").read_text().splitlines():
        if pin := PIN.match(line):
            current = canonicalize_name(pin["name"])
            found[current] = (pin["version"], False)
        elif re.search(rf"^    #.* -r {name}\.in$", line):
            found[current] = (found[current][0], True)
    return found


def stale() -> list[str]:
    """What differs between the .in files and the locks; reads nothing but those four files."""
    wrong = []
    for name in (RUN, DEV):
        asked, pinned = wanted(name), locked(name)
        for key, requirement in asked.items():
            if key not in pinned or not requirement.specifier.contains(pinned[key][0]):
                wrong.append(f"{name}.lock does not satisfy {requirement}")
        wrong += [
            f"{name}.lock still has {key} for {name}.in"
            for key, (_, direct) in pinned.items()
            if direct and key not in asked
        ]
    development = locked(DEV)
    wrong += [
        f"{DEV}.lock lacks {key}=={version} of {RUN}.lock"
        for key, (version, _) in locked(RUN).items()
        if development.get(key, ("", False))[0] != version
    ]
    return wrong


if __name__ == "__main__":
    compile_lock(RUN)
    compile_lock(DEV, "-c", f"{RUN}.lock")
