# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# More of lib.sh (see there): requests to the netlink family that the tool never
# makes.
#
#   request 'CMD dump|do [ATTR=VALUE]...'...   each from NSA, or the namespace in
#                       REQUEST_NS; a VALUE is a number of 32 bits, "hex:" and octets, or else a string. Prints, for
#                       each, the errno, the attribute that is said to be missing,
#                       and the text. With the word nth=N the Nth allocation for it
#                       fails, and the text is "struck" or, where there are fewer,
#                       "missed"

request() {
	in_ns "${REQUEST_NS:-$NSA}" python3 - "$@" <<-'END'
		import errno, os, socket, struct, sys

		def attr(kind, data):
		    size = 4 + len(data)
		    return struct.pack("=HH", size, kind) + data + bytes(-size % 4)

		def attrs(data):
		    while len(data) >= 4:
		        size, kind = struct.unpack_from("=HH", data)
		        yield kind & 0x3fff, data[4:size]
		        data = data[(size + 3) // 4 * 4:]

		def value(v):
		    if v.startswith("hex:"):
		        return bytes.fromhex(v[4:])
		    return struct.pack("=I", int(v)) if v.isdigit() else v.encode() + b"\0"

		def ask(family, cmd, flags, payload):
		    sock.send(struct.pack("=IHHII", 20 + len(payload), family, flags, 1, 0) +
		              struct.pack("=BBH", cmd, 1, 0) + payload)
		    got = []
		    while True:
		        data = sock.recv(65536)
		        while data:
		            size, kind, bits = struct.unpack_from("=IHH", data)
		            body, data = data[16:size], data[(size + 3) // 4 * 4:]
		            if kind in (2, 3):
		                err, = struct.unpack_from("=i", body)
		                tail = body[20 if kind == 2 else 4:] if bits & 0x200 else b""
		                return -err, dict(attrs(tail)), got
		            got.append(body[4:])

		sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
		sock.setsockopt(270, 10, 1)     # NETLINK_CAP_ACK
		sock.setsockopt(270, 11, 1)     # NETLINK_EXT_ACK
		_, _, got = ask(16, 3, 5, attr(2, b"ipsecsim\0"))
		family, = struct.unpack("=H", dict(attrs(got[0]))[1])
		for line in sys.argv[1:]:
		    cmd, how, *words = line.split()
		    words = [w.split("=") for w in words]
		    payload = b"".join(attr(int(k), value(v)) for k, v in words if k != "nth")
		    nth = dict(words).get("nth")
		    fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR) if nth else None
		    if nth:
		        os.pwrite(fd, nth.encode(), 0)
		    try:
		        err, why, _ = ask(family, int(cmd), 5 | (0x300 if how == "dump" else 0),
		                          payload)
		    except OSError as exc:
		        err, why = exc.errno, {}
		    if nth:
		        why = {1: b"missed" if int(os.pread(fd, 16, 0)) else b"struck"}
		        os.pwrite(fd, b"0", 0)
		        os.close(fd)
		    miss = struct.unpack("=I", why[5])[0] if 5 in why else "-"
		    text = why.get(1, b"").rstrip(b"\0").decode()
		    print(f"{errno.errorcode.get(err, 'OK')} {miss} {text}".rstrip())
	END
}
