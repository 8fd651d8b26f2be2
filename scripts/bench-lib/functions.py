# SPDX-License-Identifier: GPL-2.0
"""Both ends of the profile: marks in the guest, functions from what profile.c wrote."""

import bisect
import ctypes
import gzip
import mmap
import re

MARKS, WINDOWS = 0x697369000000, 16	# as in plugin.h
KERNEL = 0xffff800000000000


class Marks:
    """Code at the addresses that the plugin watches: each does nothing but return."""

    def __init__(self):
        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_void_p
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] \
            + [ctypes.c_long]
        map_fixed = 0x10
        at = libc.mmap(MARKS, 4096, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC,
                       mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | map_fixed, -1, 0)
        if at != MARKS:
            raise OSError("no memory at the marks")
        ctypes.memset(MARKS, 0xc3, 4096)	# ret

    @staticmethod
    def open(window):
        ctypes.CFUNCTYPE(None)(MARKS + 64 * window)()

    def close(self):
        self.open(WINDOWS)


def save_symbols(path):
    """The kernel's functions and those of its modules, in the guest."""
    with open("/proc/kallsyms", encoding="ascii") as src, gzip.open(path, "wt") as dst:
        for line in src:
            if line.split()[1] in "tTwW":
                dst.write(line)


# What belongs together, by module or by name: the first that fits. Functions that
# several of these call, such as memset(), are in a group of their own kind.
GROUPS = (
    ("AEAD and ciphers", r"\[(aesni_intel|ghash|gcm|ccm|cbc|authenc|chacha|poly1305|sha\d|"
                         r"libchacha|libpoly1305|cryptd|crypto_simd|seqiv|echainiv)|"
                         r"^(crypto_|scatterwalk_|aead_|skcipher_|gcmaes|aes_|sg_|"
                         r"kernel_fpu|irq_fpu|simd_)"),
    ("adapter (isim_emu)", r"^isim_emu_.*\[ipsecsim"),
    ("driver (isim_drv)", r"^isim_drv_.*\[ipsecsim"),
    ("ipsecsim, static functions", r"\[ipsecsim"),
    ("XFRM and ESP", r"^_*(xfrm|esp|validate_xmit_xfrm|secpath|ip_xfrm)|\[(esp|xfrm)"),
    ("memory", r"^_*(kmem_cache|kfree|kmalloc|slab_|slub|get_page|free_|page_|alloc_pages|"
               r"put_page|put_cpu_partial|napi_pp|skb_release|skb_free|consume_skb|alloc_skb|"
               r"build_skb|rmqueue|napi_alloc|napi_build|napi_skb_cache|skb_attempt|folio|"
               r"get_partial|alloc_frozen|memcg|obj_cgroup|post_alloc|prep_|refill_|mod_node|"
               r"sock_alloc|sock_w|sock_r|skb_set_owner|kvfree|mem_cgroup)"),
    ("copies and checksums", r"^_*(copy_|rep_|memcpy|memmove|csum_|do_csum|skb_copy|clear_page|"
                             r"memset|skb_checksum|check_object_size|check_heap|copy_to|"
                             r"skb_datagram|simple_copy)"),
    ("scheduler", r"^_*(sched|update_load|update_curr|update_cfs|update_rq|update_min|"
                  r"update_entity|pick_|enqueue_|dequeue_|try_to_wake|ttwu|wake_|wakeup|"
                  r"autoremove_wake|default_wake|pollwake|psi_|switch_|finish_task|set_next|"
                  r"put_prev|select_task|place_entity|reweight|cpuacct|rseq|resched|vruntime|"
                  r"avg_vruntime|entity_|clear_buddies|prepare_task|perf_event_task|"
                  r"native_sched|hrtick|add_wait|remove_wait|prepare_to_wait|finish_wait|"
                  r"activate_task|deactivate_task|rb_|calc_delta|load_new_mm|native_load|"
                  r"save_fpregs|restore_fpregs|fpregs|xrstor|xsave|os_xsave|propagate_|"
                  r"check_preempt|min_vruntime|update_se|cpu_util|choose_|raw_spin_rq|"
                  r"dl_|balance_|preempt|load_fixmap)"),
    ("system calls and poll", r"^_*(entry_|do_syscall|syscall_|x64_sys|x64_s|do_select|"
                              r"core_sys_select|kern_select|fdget|fget|fput|sock_poll|"
                              r"datagram_poll|sock_recvmsg|sock_sendmsg|sock_read|sock_write|"
                              r"sys_|vfs_|ksys_|import_|iov_iter|poll_|security_|apparmor|"
                              r"aa_|exit_to_user|rw_verify|new_sync|inet_sendmsg|inet_recvmsg|"
                              r"move_addr|select_estimate|set_user_sigmask|fpu_|"
                              r"audit_|sockfd|get_user|put_user|do_sock|fsnotify|tomoyo)"),
    ("TCP", r"^_*(tcp|sk_stream|cubic|bictcp|lock_sock|release_sock|sk_reset_timer)"),
    ("UDP", r"^_*(udp|skb_recv_udp|skb_consume_udp)"),
    ("GRO and GSO", r"(gro_|gso|skb_segment|_gro)"),
    ("IP and routing", r"^_*(ip_|ipv4|ip4|fib|inet_|nf_|dst_|neigh|rt_|icmp|ip_)"),
    ("device core", r"^_*(netif|net_rx|net_tx|dev_|napi|qdisc|sch_|fq_codel|pfifo|skb_|eth_|"
                    r"dql_|veth|process_backlog|sk_filter|sock_def|sk_|loopback|"
                    r"validate_xmit|pskb_)"),
    ("locks, RCU, softirq", r"^_*(raw_|rcu_|local_bh|softirq|handle_softirqs|do_softirq|irq_|"
                            r"lock_|mutex|queued_spin|ktime_|timekeeping|tick_|hrtimer|timer|"
                            r"sysvec|asm_|read_tsc|x2apic|native_|list_|xa_|xas_|mod_timer|"
                            r"pv_)"),
)


def load_symbols(path):
    table = []
    with gzip.open(path, "rt") as f:
        for line in f:
            words = line.split()
            table.append((int(words[0], 16), words[2], words[3] if len(words) > 3 else ""))
    table.sort()
    return table


def names(symbols):
    """A function that names the function of an address."""
    table = load_symbols(symbols)
    starts = [t[0] for t in table]

    def name_of(address):
        if address < KERNEL:
            return "user space"
        at = bisect.bisect_right(starts, address) - 1
        name = re.sub(r"\.(cold|part|constprop|isra)\S*", "", table[at][1])
        return name + " " + table[at][2] if table[at][2] else name
    return name_of


def functions(blocks, symbols):
    """For each window a dictionary of instructions by function."""
    name_of = names(symbols)
    sums = [{} for _ in range(WINDOWS)]
    with open(blocks, encoding="ascii") as f:
        for line in f:
            words = line.split()
            size, name = int(words[1]), name_of(int(words[0], 16))
            for n, ran in enumerate(words[2:]):
                if ran != "0":
                    sums[n][name] = sums[n].get(name, 0) + int(ran) * size
    return sums


def group(name):
    if name == "user space":
        return name
    for title, pattern in GROUPS:
        if re.search(pattern, name):
            return title
    return "rest of the kernel"
