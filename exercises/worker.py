"""Inside the box: run the student's cells and answer with plain numbers. Nobody trusts it.

python worker.py READ WRITE      the file descriptors of two pipes
"""

import os
import sys
import types

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
import wire  # noqa: E402


def runnable(source):
    """The cell without the lines that only a notebook understands."""
    lines = source.split("\n")
    return "\n".join("pass" if line.lstrip()[:1] in ("%", "!") else line for line in lines)


def serve(request, space, data):
    """What a request asks for, as a tuple of values; none where a cell ran."""
    if request["op"] == "run":
        exec(compile(runnable(request["source"]), "<cell>", "exec"), space)
        return ()
    value = space.get(request["name"])
    return (value if request["op"] == "ask" else value(*wire.decode(request["tree"], data)),)


def reply(request, space, data):
    """The message that answers one request. What the student's code raises is an answer too."""
    name = {"id": request["id"]}
    try:
        return wire.pack({**name, "ok": True}, serve(request, space, data))
    except wire.Refused as error:
        return wire.pack({**name, "ok": False, "refused": str(error)[:200]})
    except BaseException as error:
        return wire.pack({**name, "ok": False, "raised": type(error).__name__[:60]})


def main(read, write):
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    while len(start := read.read(8)) == 8:
        header, block = wire.lengths(start)
        request, data = wire.header_of(read.read(header)), read.read(block)
        write.write(reply(request, vars(module), data))
        write.flush()
    os._exit(0)


if __name__ == "__main__":
    main(os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb"))
