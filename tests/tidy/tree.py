"""The project's files, as the tidy tests see them."""

import os
import re

CODE = (".h", ".cc")
# Not the project's: what a build or a tool leaves behind.
SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".cache", ".vscode", ".idea"}


def files(root):
    """Paths of all files below `root`, relative to it, with '/' between folders, sorted."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
        for name in names:
            found.append(os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/"))
    return sorted(found)


def code_files(root):
    return [path for path in files(root) if path.endswith(CODE)]


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


# In the order in which they must be tried: a quote in a comment opens nothing, and the other way
# round. A ' between digits separates them (1'000) and opens no character.
_NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'",
    re.DOTALL,
)


def code_only(text):
    """`text` of C++ with its comments and literals blanked; line numbers stay true."""

    def blank(match):
        return '""' + "\n" * match.group().count("\n")

    return _NOT_CODE.sub(blank, text)
