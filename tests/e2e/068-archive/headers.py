#!/usr/bin/env python3
"""Type flags of the headers of the tar on standard input, in order; one that is not ustar's is an error."""
import sys

data, at, flags = sys.stdin.buffer.read(), 0, []
while any(data[at : at + 512]):
    header = data[at : at + 512]
    assert header[257:265] == b"ustar\x0000", header[257:265]
    assert not any(header[345:500]), "a prefix"
    assert header[265:329] == bytes(64), "names of user and group"
    flags.append(chr(header[156]))
    size = int(header[124:136].rstrip(b"\0 "), 8)
    at += 512 + (size + 511) // 512 * 512
assert not any(data[at:]) and len(data) == at + 1024
print(*flags)
