#!/usr/bin/env python3
"""Goes through gzip members by the sizes that their extra fields tell ("PI": packed, unpacked), and holds each against
what zlib makes of it. Says "all" at the end of the last one."""
import struct
import sys
import zlib

data, at, count = sys.stdin.buffer.read(), 0, 0
while at < len(data):
    assert data[at : at + 4] == b"\x1f\x8b\x08\x04" and data[at + 10 : at + 16] == b"\x0c\0PI\x08\0", at
    packed, unpacked = struct.unpack_from("<II", data, at + 16)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    content = unpacker.decompress(data[at : at + packed])
    assert unpacker.eof and not unpacker.unused_data and len(content) == unpacked, (at, packed, unpacked)
    at, count = at + packed, count + 1
assert at == len(data) and count > 1, (at, count)
print("all")
