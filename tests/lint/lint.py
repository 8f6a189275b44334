"""What the lints share. A lint is a script check-NAME with a function check(root) that yields its
complaints, and with examples of good and bad files; it runs alone:

    tests/lint/check-NAME               complain about this tree, exit 1 if there is a complaint
    tests/lint/check-NAME --self-test   show on the examples that it complains, and only when it should
"""

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LAYERS = ["base", "corpus", "index", "matcher", "web"]
C_FILES = [f"{layer}/**/*.[ch]" for layer in LAYERS]


class Nothing(Exception):
    """There was no file to look at: never a pass."""


def files(root, *patterns):
    """The files that match, outside what npm and the build put into the tree."""
    found = sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()
                    and not {"node_modules", "dist", "build"} & set(path.relative_to(root).parts)})
    if not found:
        raise Nothing("no file matches " + " ".join(patterns))
    return found


def code_only(text, keep_literals=False):
    """C text with comments, and the insides of literals, blanked out; lines kept."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

    def blank(match):
        if match.group()[0] == "/":
            return re.sub(r"[^\n]", " ", match.group())
        return match.group() if keep_literals else '""'

    return token.sub(blank, text)


def write_tree(root, tree):
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def self_test(check, good, bad):
    """check is silent on the tree `good`, and says `word` about it with each (name, text, word)."""
    for name, text, word in [(None, None, None), *bad]:
        with tempfile.TemporaryDirectory() as folder:
            write_tree(Path(folder), {**good, **({name: text} if name else {})})
            said = list(check(Path(folder)))
        if name is None and said:
            sys.exit("self-test: complains about the good example: " + "\n".join(said))
        if name is not None and not any(word in line for line in said):
            sys.exit(f"self-test: does not say {word!r} about {name}:\n{text}\nit says {said}")


def main(check, good, bad):
    if sys.argv[1:] == ["--self-test"]:
        self_test(check, good, bad)
        return
    try:
        said = list(check(ROOT))
    except Nothing as e:
        sys.exit(f"nothing to check: {e}")
    for line in said:
        print(line)
    sys.exit(1 if said else 0)
