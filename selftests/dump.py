#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Dumps of the netlink family "ipsecsim" while what they show changes.

dump.py raw CMD IFINDEX COMMAND...
    for each shell COMMAND: ask for a dump, run COMMAND when the kernel has made
    the first part of the answer, then read it. Prints a line for each: "torn" or
    "whole", as the kernel says, and the number of entries. IFINDEX 0: none.
dump.py tool once|always COMMAND WORD...
    run the program WORD..., and COMMAND each time, or the first time, that it has
    asked for a dump and not yet read the answer. Its exit status is ours.
"""
import ctypes
import os
import platform
import socket
import struct
import subprocess
import sys

NLM_F_DUMP_INTR = 0x10
NLMSG_DONE = 3
CTRL_CMD_GETFAMILY = 3

PTRACE_TRACEME = 0
PTRACE_SYSCALL = 24
PTRACE_SETOPTIONS = 0x4200
PTRACE_O_TRACESYSGOOD = 1
PTRACE_GET_SYSCALL_INFO = 0x420e
SYSCALL_STOP = 0x85
ENTRY, EXIT = 1, 2
SENDTO = {"x86_64": 44, "aarch64": 206}
libc = ctypes.CDLL(None, use_errno=True)


def run(command):
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


def attr(kind, data):
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + bytes(-size % 4)


class Genl:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.send(16, 1, CTRL_CMD_GETFAMILY, attr(2, b"ipsecsim\0"))
        data = self.sock.recv(4096)[20:]
        while struct.unpack_from("=HH", data)[1] != 1:
            data = data[(struct.unpack_from("=HH", data)[0] + 3) // 4 * 4:]
        self.family, = struct.unpack_from("=H", data, 4)

    def send(self, family, flags, cmd, payload):
        self.sock.send(struct.pack("=IHHII", 20 + len(payload), family, flags, 1, 0) +
                       struct.pack("=BBH", cmd, 1, 0) + payload)

    def dump(self, cmd, ifindex, command):
        payload = attr(1, struct.pack("=I", ifindex)) if ifindex else b""
        self.send(self.family, 0x301, cmd, payload)
        run(command)
        torn, num, done = False, 0, False
        while not done:
            # Small, or the kernel makes larger parts of the next dump.
            data = self.sock.recv(4096)
            while data:
                size, kind, flags = struct.unpack_from("=IHH", data)
                torn |= bool(flags & NLM_F_DUMP_INTR)
                done |= kind == NLMSG_DONE
                num += kind == self.family
                data = data[(size + 3) // 4 * 4:]
        return f"{'torn' if torn else 'whole'} {num}"


def ptrace(request, pid, addr, data):
    args = [ctypes.c_long(request), ctypes.c_long(pid), ctypes.c_void_p(addr), data]
    if libc.ptrace(*args) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def traced(argv, command, always):
    pid = os.fork()
    if not pid:
        ptrace(PTRACE_TRACEME, 0, 0, None)
        os.execvp(argv[0], argv)
    os.waitpid(pid, 0)
    ptrace(PTRACE_SETOPTIONS, pid, 0, ctypes.c_void_p(PTRACE_O_TRACESYSGOOD))
    info = ctypes.create_string_buffer(96)
    sends, number, signal = 0, None, 0
    while True:
        ptrace(PTRACE_SYSCALL, pid, 0, ctypes.c_void_p(signal))
        status = os.waitpid(pid, 0)[1]
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            return os.waitstatus_to_exitcode(status)
        signal = os.WSTOPSIG(status)
        if signal != SYSCALL_STOP:
            continue
        signal = 0
        ptrace(PTRACE_GET_SYSCALL_INFO, pid, len(info), info)
        if info.raw[0] == ENTRY:
            number, = struct.unpack_from("=Q", info.raw, 24)
        elif info.raw[0] == EXIT and number == SENDTO[platform.machine()]:
            # The first one asks for the number of the family.
            sends += 1
            if sends == 2 or (sends > 2 and always):
                run(command)


def main():
    if sys.argv[1] == "tool":
        sys.exit(traced(sys.argv[4:], sys.argv[3], sys.argv[2] == "always"))
    genl = Genl()
    for command in sys.argv[4:]:
        print(genl.dump(int(sys.argv[2]), int(sys.argv[3]), command))


main()
