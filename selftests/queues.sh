#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2153,SC2154
#
# Queue pairs and the CPUs that work on them: transmit packet steering (XPS), all
# queues at a time, threaded NAPI, moderation and doorbells. Judges are the files
# in sysfs and /proc, the counters of the queues, and the kernel's tracer.
#
#	NSA                                    NSB
#	+-------------------+                  +-------------------------+
#	| isim0  a queue    |------ ESP ------>| isim1  4 queues         |
#	|        for a CPU  |                  |        SAs in the device|
#	+-------------------+                  +-------------------------+

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
# shellcheck source=lib_trace.sh
. "$here/lib_trace.sh"
require ip ethtool python3 taskset

# Those that may ever be there count for XPS; senders run on the first ones.
possible=$(</sys/devices/system/cpu/possible)
cpus=$((${possible##*[-,]} + 1))
senders=$(nproc)
[ "$senders" -le 4 ] || senders=4

# in_sysfs NS COMMAND: with the /sys of that namespace
in_sysfs() {
	ip netns exec "$1" sh -c "$2"
}

# xps_is N: CPU n sends on queue n modulo N; queues beyond the CPUs are theirs, too.
# The first 32 CPUs are enough to tell.
xps_is() {
	local q cpu want got

	for ((q = 0; q < $1; q++)); do
		want=0
		for ((cpu = 0; cpu < cpus && cpu < 32; cpu++)); do
			if [ $((cpu % $1)) -eq "$q" ] || [ $((q % cpus)) -eq "$cpu" ]; then
				want=$((want | 1 << cpu))
			fi
		done
		got=$(in_sysfs "$NSA" "cat /sys/class/net/isim0/queues/tx-$q/xps_cpus")
		expect_eq "CPUs of queue $q of $1" "$((16#${got##*,}))" "$want"
	done
}

xps() {
	local n

	xps_is "$(queues_of "$NSA" isim0)"
	for n in 1 2 4 3; do
		na ethtool -L isim0 combined "$n"
		xps_is "$n"
	done
}

# Back at the number from before, while the port is down. A check of its own: with the
# port new multicast groups come up, and their reports are frames, too.
xps_is_back() {
	na ethtool -L isim0 combined 3
	ipa link set isim0 down
	na ethtool -L isim0 combined 1
	na ethtool -L isim0 combined 3
	ipa link set isim0 up
	ports_up
	xps_is 3
}

queues_of() {
	in_sysfs "$1" "ls -d /sys/class/net/$2/queues/tx-* | wc -l"
}

# What the administrator has set is left alone until the number of queues changes.
xps_is_kept() {
	na ethtool -L isim0 combined 2
	in_sysfs "$NSA" "echo 0 >/sys/class/net/isim0/queues/tx-1/xps_cpus"
	na ethtool -G isim0 tx 256
	na ethtool --reset isim0 all >/dev/null
	expect_eq "CPUs of queue 1" \
		"$((16#$(in_sysfs "$NSA" "cat /sys/class/net/isim0/queues/tx-1/xps_cpus")))" 0
	na ethtool -L isim0 combined 4
	na ethtool -L isim0 combined 2
	xps_is 2
}

# blast CPU N: N datagrams of 600 octets from that CPU of NSA. Prints the longest time
# between two of them, in ms.
blast() {
	na taskset -c "$1" python3 - "$A4" "$B4" "$2" <<-'END'
		import socket, sys, time
		src, dst, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
		socks = []
		for _ in range(8):
		    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    sock.bind((src, 0))
		    socks.append(sock)
		longest, last = 0, time.monotonic()
		for n in range(number):
		    socks[n % 8].sendto(bytes(600), (dst, 9))
		    now = time.monotonic()
		    longest, last = max(longest, now - last), now
		print(round(1000 * longest))
	END
}

# arrived N: of N frames of ESP, those that no buffer was free for aside, all have
# come. Sets SPREAD, TOTAL and USED of the receiver's queues.
arrived() {
	local lost

	spread
	lost=$(($(count "$NSB" isim1 hw_rx_no_buf) - lost_before))
	[ $((TOTAL + lost)) -ge "$1" ]
}

both_cpus() {
	local cpu lost_before pids=() tx got per=3000

	na ethtool -L isim0 combined "$senders"
	ports_up
	sa_pair spi=0x1000 flush=1
	lost_before=$(count "$NSB" isim1 hw_rx_no_buf)
	queue_counts "$NSA" isim0 tx
	tx=("${QUEUES[@]}")
	got=$(count "$NSA" isim0 hw_tx_esp)
	spread_start "$NSB" isim1 rx
	for ((cpu = 0; cpu < senders; cpu++)); do
		blast "$cpu" "$per" >/dev/null &
		pids+=("$!")
	done
	wait "${pids[@]}"
	wait_for arrived $((per * senders))
	arrived $((per * senders))
	expect_eq "frames that came or found no buffer" \
		$((TOTAL + $(count "$NSB" isim1 hw_rx_no_buf) - lost_before)) $((per * senders))
	expect_eq "frames that were encrypted" \
		$(($(count "$NSA" isim0 hw_tx_esp) - got)) $((per * senders))
	queue_counts "$NSA" isim0 tx
	for ((cpu = 0; cpu < senders; cpu++)); do
		expect_eq "frames that CPU $cpu has sent on its queue" \
			$((QUEUES[cpu] - tx[cpu])) "$per"
	done
}

sent_more_than() {
	[ "$(count "$NSA" isim0 hw_tx_esp)" -gt $(($1 + 50)) ]
}

# Both ends change their queues while datagrams come from every CPU. One that is sent
# while a port has no queues may fail.
channels_under_traffic() {
	local cpu n sent pids=()

	for ((cpu = 0; cpu < senders; cpu++)); do
		while [ ! -e "$tmp/enough" ]; do blast "$cpu" 500 || true; done >/dev/null 2>&1 &
		pids+=("$!")
	done
	for n in 1 3 2 4; do
		sent=$(count "$NSA" isim0 hw_tx_esp)
		na ethtool -L isim0 combined "$n"
		nb ethtool -L isim1 combined "$n"
		wait_for sent_more_than "$sent"
	done
	: >"$tmp/enough"
	wait "${pids[@]}"
	ports_up
	xps_is 4
	traffic ping "$A4" "$B4" 56,1000
}

# --- Threaded NAPI ------------------------------------------------------------------

# threads: the ids of those of isim1
threads() {
	grep -ls '^napi/isim1-[0-9]*$' /proc/[0-9]*/comm | sed 's,/proc/\([0-9]*\)/.*,\1,' ||
		true
}

number_is() {
	[ "$("$1" | wc -l)" -eq "$2" ]
}

# How often they were put on a CPU
threads_ran() {
	local pid sum=0 ran

	for pid in $(threads); do
		ran=$(awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status")
		sum=$((sum + ran))
	done
	echo "$sum"
}

threaded() {
	local before lost_before

	nb ethtool -L isim1 combined 4
	ports_up
	in_sysfs "$NSB" "echo 1 >/sys/class/net/isim1/threaded"
	wait_for number_is threads 4
	before=$(threads_ran)
	lost_before=$(count "$NSB" isim1 hw_rx_no_buf)
	spread_start "$NSB" isim1 rx
	blast 0 1000 >/dev/null
	wait_for arrived 1000
	traffic tcp "$A4" "$B4" 100000
	expect_ge "times that the threads ran" $(($(threads_ran) - before)) 10
	nb ethtool -L isim1 combined 2
	ports_up
	wait_for number_is threads 2
	traffic ping "$A4" "$B4" 56,1000
	in_sysfs "$NSB" "echo 0 >/sys/class/net/isim1/threaded"
	traffic ping "$A4" "$B4" 56,1000
	nb ethtool -L isim1 combined 4
	ports_up
}

# --- Moderation and doorbells ---------------------------------------------------------

polls() {
	traced | wc -l
}

# polled N: sets POLLS of isim1 for N datagrams
polled() {
	local lost_before

	lost_before=$(count "$NSB" isim1 hw_rx_no_buf)
	spread_start "$NSB" isim1 rx
	trace_start napi/napi_poll 'dev_name == "isim1" && work > 0'
	blast 0 "$1" >/dev/null
	wait_for arrived "$1"
	trace_stop
	POLLS=$(polls)
	expect_ge "polls" "$POLLS" 1
}

# A poll for each interrupt, while the receiver is as fast as the sender.
moderated() {
	local often

	na ethtool -L isim0 combined 1
	nb ethtool -L isim1 combined 1
	ports_up
	polled 512
	often=$POLLS
	nb ethtool -C isim1 rx-usecs 65535 rx-frames 64
	polled 512
	echo "512 frames: $often polls, moderated $POLLS" | tee -a "$tmp/figures"
	expect_ge "frames for each poll" $((512 / POLLS)) 8
	expect_ge "polls without moderation" "$often" $((2 * POLLS))
	nb ethtool -C isim1 rx-usecs 0 rx-frames 0
}

# Where FRAMES were faster than USECS, the next frame has all of USECS before it. The
# tracer sees the timer being started for it, though an older one has not run out: of
# three frames, for the first and the third.
timer_anew() {
	local starts

	nb ethtool -L isim1 combined 1
	ports_up
	nb ethtool -C isim1 rx-usecs 65535 rx-frames 2
	trace_start timer/hrtimer_start
	for _ in {1..5}; do blast 0 3 >/dev/null; done
	starts=$(traced | grep -c 'function=vec_timer') || true
	trace_stop
	nb ethtool -C isim1 rx-usecs 0 rx-frames 0
	expect_ge "starts of the timer" "$starts" 8
}

# usecs_now: of isim1's only queue
usecs_now() {
	nb ethtool -Q isim1 queue_mask 1 --show-coalesce | awk '/^rx-usecs:/ { print $2 }'
}

# After 64 polls the second level is tried, and where it gathers nothing, as packets may
# come slower than that, 32 polls later it is left. So stop when it may be there: what
# follows a pause begins anew.
level_chosen() {
	blast 0 $((67 + RANDOM % 28)) >/dev/null
	[ "$(usecs_now)" -eq 32 ]
}

# Frames on a kernel full of checks can be further apart than what is a pause.
comes_fast() {
	[ "$(blast 0 100)" -lt 8 ]
}

kprobe=isim_$$

# probe FUNCTION [ARGUMENT]
probe() {
	trace_have || fail "the kernel has no tracer"
	echo "p:$kprobe $*" >>"$trace/kprobe_events"
}

probe_stop() {
	[ -d "$trace/events/kprobes/$kprobe" ] || return 0
	echo 0 >"$trace/events/kprobes/$kprobe/enable"
	trace_close
	echo "-:$kprobe" >>"$trace/kprobe_events"
}

# A probe is not to be left in a module that goes.
clean_first+=(probe_stop)

# programmed USECS FRAMES: what the register was given last
programmed() {
	[ "$(traced | sed -n '$s/.* val=//p')" = $(($2 << 16 | $1)) ]
}

adaptive() {
	nb ethtool -L isim1 combined 1
	nb ethtool -G isim1 rx 512 tx 128
	ports_up
	probe isim_emu_vec_moderate "val=\$arg2:u32"
	trace_start "kprobes/$kprobe"
	expect_eq "usecs without adaptive moderation" "$(usecs_now)" 0
	nb ethtool -C isim1 adaptive-rx on
	wait_for level_chosen
	wait_for programmed 32 32
	traffic ping "$A4" "$B4" 56
	expect_eq "usecs after a pause" "$(usecs_now)" 0
	wait_for programmed 0 0
	wait_for level_chosen
	nb ethtool -C isim1 adaptive-rx off
	expect_eq "usecs as set" "$(usecs_now)" 0
	wait_for programmed 0 0
	probe_stop
}

bells() {
	awk -v name="$kprobe" '$1 == name { print $2 }' "$trace/kprobe_profile"
}

# The stack cuts a large packet to frames, and says that more will follow.
doorbells() {
	local before sent rung

	sa_flush
	na ethtool -K isim0 tso off
	probe isim_emu_txq_doorbell
	echo 1 >"$trace/events/kprobes/$kprobe/enable"
	traffic bulk "$A4" "$B4" 100000
	before=$(count "$NSA" isim0 hw_tx_frames)
	rung=$(bells)
	traffic bulk "$A4" "$B4" 4000000
	sent=$(($(count "$NSA" isim0 hw_tx_frames) - before))
	rung=$(($(bells) - rung))
	probe_stop
	na ethtool -K isim0 tso on
	echo "$sent frames sent, $rung doorbells of both ports" | tee -a "$tmp/figures"
	expect_ge "frames" "$sent" 2700
	expect_ge "frames for each doorbell" $((sent / rung)) 2
}

[ -z "$SOFT" ] || { skip "queues" "there is no module" && finish; }
isim_load adapters=2 queues=4
two_ports
still
large_packets "$NSA"
# Timers of an emulated processor come late, and eight sockets fill a qdisc meanwhile.
na ethtool -C isim0 adaptive-rx off
nb ethtool -C isim1 adaptive-rx off
nb ethtool -L isim1 combined 4
ports_up
traffic_start
check "CPUs of the TX queues" xps
check "CPUs of a TX queue that the administrator has set" xps_is_kept
check "every CPU sends on a queue of its own" both_cpus
check "other numbers of queues while every CPU sends" channels_under_traffic
check "threaded NAPI" threaded
check "moderation" moderated
check "moderation: a timer for each interrupt" timer_anew
if wait_for comes_fast >/dev/null; then
	check "adaptive moderation" adaptive
else
	skip "adaptive moderation" "no 100 frames come here without a pause of 10 ms"
fi
check "doorbells" doorbells
check "CPUs of queues that change while the port is down" xps_is_back
[ ! -s "$tmp/figures" ] || diag "$(<"$tmp/figures")"
finish
