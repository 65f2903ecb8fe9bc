"""Plain numbers between the box and the marker: a JSON tree beside one block of bytes.

Both sides use this module. The marker reads what a stranger's code may have written, so reading
is strict: known kinds only, sizes checked before anything is made, nothing ever executed.
"""

import json
import math
import struct

import numpy as np

DTYPES = ("<f8", "<f4", "<i8", "|b1", "<c16")
DEPTH, ITEMS, TEXT = 6, 4096, 2000
HEADER, BLOCK = 1 << 18, 16 << 20  # bytes of the tree, and of all arrays together


class Refused(Exception):
    """What came over the wire is not what may come."""


def array_of(value):
    """A contiguous array of an allowed type, or an error that names the type."""
    array = np.asarray(value)
    if array.dtype.kind in "iu":
        array = array.astype("<i8")
    elif array.dtype.kind == "f":
        array = array.astype("<f4" if array.dtype.itemsize == 4 else "<f8")
    elif array.dtype.kind == "c":
        array = array.astype("<c16")
    elif array.dtype.kind != "b":
        raise Refused(f"an array of type {array.dtype} is not plain numbers")
    return np.asarray(array, order="C")


def encode(value, block, depth=0):
    """The tree of ``value``; bytes of its arrays are appended to ``block``."""
    if depth > DEPTH:
        raise Refused(f"nested deeper than {DEPTH}")
    if value is None or isinstance(value, bool | float):
        return {"v": value}
    if isinstance(value, int):
        return {"v": value if abs(value) <= 2**53 else float(value)}
    if isinstance(value, str):
        return {"v": value[:TEXT]}
    if isinstance(value, dict):
        return {"d": [[str(k)[:TEXT], encode(v, block, depth + 1)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        kind = "l" if isinstance(value, list) else "u"
        return {kind: [encode(item, block, depth + 1) for item in value]}
    if isinstance(value, np.generic):
        return encode(value.item(), block, depth)
    torch = hasattr(value, "detach")
    if not torch and not isinstance(value, np.ndarray):
        if callable(value):
            return {"f": True}
        raise Refused(f"{type(value).__name__} is not plain numbers")
    array = array_of(value.detach().cpu().numpy() if torch else value)
    block.append(array.tobytes())
    return {"a": list(array.shape), "k": array.dtype.str, "t": torch}


def pack(header, values=()):
    """One message: two lengths, the header with the tree of ``values`` as JSON, the bytes."""
    block = []
    header = {**header, "tree": encode(tuple(values), block)}
    text, data = json.dumps(header).encode(), b"".join(block)
    if len(text) > HEADER or len(data) > BLOCK:
        raise Refused(f"more than {HEADER >> 10} kB of text or {BLOCK >> 20} MB of numbers")
    return struct.pack("<II", len(text), len(data)) + text + data


def lengths(start):
    """Bytes of header and block that the first eight bytes announce."""
    header, block = struct.unpack("<II", start)
    if header > HEADER or block > BLOCK:
        raise Refused(f"announced {header + block} bytes; at most {BLOCK >> 20} MB may come")
    return header, block


def header_of(text):
    """The JSON object of a message."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("not a message") from error
    if not isinstance(header, dict):
        raise Refused("not a message")
    return header


def decode(tree, data):
    """The value of a tree; every byte of ``data`` must be used."""
    place = [0]
    value = _decode(tree, data, place, 0)
    if place[0] != len(data):
        raise Refused("bytes are left over")
    return value


def _decode(tree, data, place, depth):
    if depth > DEPTH or not isinstance(tree, dict):
        raise Refused(f"nested deeper than {DEPTH}, or not a tree")
    for kind, read in (("a", _array), ("d", _dict), ("l", list), ("u", tuple)):
        if kind in tree:
            if kind == "a":
                return _array(tree, data, place)
            items = tree[kind]
            if not isinstance(items, list) or len(items) > ITEMS:
                raise Refused(f"more than {ITEMS} items, or not a list")
            if kind == "d":
                return _dict(items, data, place, depth)
            return read(_decode(item, data, place, depth + 1) for item in items)
    if tree.get("f") is True:
        return Callable
    return _scalar(tree.get("v"))


class Callable:
    """Stands for a function of the student, which can be called but not seen."""


def _scalar(value):
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) <= 2**53:
        return value
    if isinstance(value, str) and len(value) <= TEXT:
        return value
    raise Refused("not a number, a text or a truth value")


def _dict(items, data, place, depth):
    result = {}
    for item in items:
        if not (isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)):
            raise Refused("not the items of a dict")
        result[item[0]] = _decode(item[1], data, place, depth + 1)
    return result


def _array(tree, data, place):
    shape, kind = tree["a"], tree.get("k")
    if kind not in DTYPES:
        raise Refused("an array of a type that may not come")
    if not isinstance(shape, list) or len(shape) > 8:
        raise Refused("not a shape")
    if not all(type(n) is int and 0 <= n <= BLOCK for n in shape):
        raise Refused("not a shape")
    count, dtype = math.prod(shape), np.dtype(kind)
    end = place[0] + count * dtype.itemsize
    if end > len(data):
        raise Refused("fewer bytes came than the shape needs")
    array = np.frombuffer(data, dtype, count, place[0]).reshape(shape).copy()
    place[0] = end
    if tree.get("t") is True:
        import torch

        return torch.from_numpy(array)
    return array
