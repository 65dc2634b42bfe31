"""archives.py FOLDER: archives that hold "addon" under the name a.node, and what a loader must not unpack."""

import gzip
import io
import random
import struct
import sys
import tarfile

folder = sys.argv[1]


def member(name, data=b"addon", kind=tarfile.REGTYPE, form=tarfile.USTAR_FORMAT):
    info = tarfile.TarInfo(name)
    info.size, info.type = len(data), kind
    return info.tobuf(form) + data + bytes(-len(data) % 512)


def write(name, tar):
    with open(f"{folder}/{name}.tar.gz", "wb") as file:
        file.write(gzip.compress(tar, 9, mtime=0))


end = bytes(1024)
write("good", member("a.node") + end)
write("two", member("other", b"x" * 600) + member("a.node") + end)
write("missing", member("b.node") + end)
write("slash", member("../a.node") + end)
write("absolute", member("/a.node") + end)
write("backslash", member("..\\a.node") + end)
write("dots", member("..") + end)
write("prefix", member("p" * 60 + "/" + "n" * 60) + end)
write("link", member("a.node", b"", tarfile.SYMTYPE) + end)
write("folder", member("a.node", b"", tarfile.DIRTYPE) + end)
write("pax", member("a.node", b"30 mtime=1.5\n", tarfile.XHDTYPE) + end)
write("cut", member("a.node")[:514])
write("size", member("a.node", b"addons") + end)
write("digest", member("a.node", b"Addon") + end)
header = bytearray(member("a.node"))
header[124:136] = b"\x80" + bytes(10) + b"\x05"
write("binary", bytes(header) + end)
header[124:136] = b"00000000008\0"
write("octal", bytes(header) + end)
write("after", end + member("a.node") + end)
write("bomb", member("a.node", bytes(200_000_000)) + end)


# As `pienv embed` packs, but for the size of the pieces; what cannot be packed is in there as it is.
PIECE = 65536


def piece(part, level=9, more_packed=0, more_unpacked=0):
    body = gzip.compress(part, level, mtime=0)[10:]
    sizes = struct.pack("<II", 24 + len(body) + more_packed, len(part) + more_unpacked)
    return b"\x1f\x8b\x08\x04\0\0\0\0\x02\xff\x0c\0PI\x08\0" + sizes + body


def pieces(tar, level=9):
    return [piece(tar[at : at + PIECE], level) for at in range(0, len(tar), PIECE)]


def write_pieces(name, parts):
    with open(f"{folder}/{name}.tar.gz", "wb") as file:
        file.write(b"".join(parts))


before = random.Random(1).randbytes(10 * PIECE)
many = member("other", before) + member("a.node") + end
write_pieces("many", pieces(many))
middle = pieces(many)
middle[5] = middle[5][:100] + bytes(100) + middle[5][200:]
write_pieces("passed", middle)  # what is damaged is not of this file
last = pieces(many)
last[-1] = last[-1][:12] + bytes(40) + last[-1][52:]
write_pieces("damaged", last)
write_pieces("uneven", [piece(part) for part in (many[:512], many[512:5000], many[5000:])])
write_pieces("untold", [gzip.compress(many[at : at + PIECE], 9, mtime=0) for at in range(0, len(many), PIECE)])
lies = pieces(many)
for lie in (-1, 1, -(1 << 16), 1 << 20):
    lies[3] = piece(many[3 * PIECE : 4 * PIECE], more_packed=lie)
    write_pieces(f"packed{lie}", lies)  # the rest of it is found by unpacking everything
    lies[3] = piece(many[3 * PIECE : 4 * PIECE], more_unpacked=lie if lie > -PIECE else 1 - PIECE)
    write_pieces(f"unpacked{lie}", lies)
with open(f"{folder}/garbage.tar.gz", "wb") as file:
    file.write(b"no gzip at all")
with open(f"{folder}/good.tar.gz", "rb") as file:
    good = file.read()
with open(f"{folder}/half.tar.gz", "wb") as file:
    file.write(good[: len(good) // 2])
