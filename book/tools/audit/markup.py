"""The Nu HTML checker over the pages as they are stored."""

import json
import subprocess

from book.tools.audit import programs

JAR = programs.MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"


def check(folder, names):
    """{page: messages}; each message is an error or a warning with its line."""
    command = [programs.java(), "-Xss4m", "-jar", str(JAR), "--format", "json", "--stdout"]
    ran = subprocess.run(
        [*command, *(str(folder / name) for name in names)], capture_output=True, text=True
    )
    try:
        messages = json.loads(ran.stdout)["messages"]
    except ValueError:
        raise RuntimeError(f"the HTML checker failed:\n{ran.stderr[-2000:]}") from None
    return {name: [said(m) for m in messages if belongs(m, folder / name)] for name in names}


def belongs(message, path):
    return message.get("url", "").removeprefix("file:") == str(path)


def said(message):
    kind = message.get("subType", message["type"])
    return {"kind": kind, "line": message.get("lastLine"), "text": message["message"]}


def counted(messages):
    """What is stored of a page: how many of each, and the errors in words."""
    errors = [m for m in messages if m["kind"] not in ("info", "warning")]
    words = [f"line {m['line']}: {m['text']}" for m in errors]
    return {"errors": len(errors), "warnings": len(messages) - len(errors), "first": words[:10]}
