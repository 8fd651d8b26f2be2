#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# Every allocation in the way of an SA and of opening a port fails once: each
# failure must be a clean error, with no half-made object and no leak. For
# kernels with CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_DEBUG_FS.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_request.sh
. "$here/lib_request.sh"
require ip ethtool python3 jq ipsecsim

dbg=/sys/kernel/debug
failslab=$dbg/failslab
gcm='aead=rfc4106(gcm(aes)):160:128'
limit=300

set_up_faults() {
	local knob

	# Not a word in the log, which is audited, and sleeping allocations too.
	for knob in 'verbose 0' 'ignore-gfp-wait N' 'cache-filter N' \
		'probability 0' 'interval 1' 'task-filter N' \
		'stacktrace-depth 32' 'space 0' 'times -1'; do
		# shellcheck disable=SC2086
		set_fault $knob
	done
	# The kernel's own bookkeeping takes a failure for a bug.
	[ -z "$(code_range ref_tracker_alloc)" ] ||
		set_range reject ref_tracker_alloc
	[ ! -e $dbg/fail_page_alloc/min-order ] ||
		echo 20 >$dbg/fail_page_alloc/min-order
}

# code_range FUNCTION: where it begins and where it ends
code_range() {
	awk -v name="$1" '$3 == name { start = $1; next }
		start && $1 != start { print "0x" start, "0x" $1; exit }
		' /proc/kallsyms
}

set_fault() {
	echo "$2" >"$failslab/$1"
}

# set_range require|reject FUNCTION: it calls, or does not call, what fails.
set_range() {
	local range

	range=$(code_range "$2")
	[ -n "$range" ] || fail "no $2 in this kernel"
	set_fault "$1-start" "${range% *}"
	set_fault "$1-end" "${range#* }"
}

# sweep UNDO REQUEST...   fails the 1st, 2nd, ... allocation of the request until
# it makes fewer. UNDO is a request that takes it back, should it have worked.
sweep() {
	local undo=$1 n errors=0
	shift

	for ((n = 1; n < limit; n++)); do
		newsa "$@" nth="$n"
		[ "$LEFT" -eq 0 ] || break
		case $ERR in
		0 | ENOBUFS) ;;
		ENOMEM | EBUSY | EINVAL | ENOENT | ENOSYS) errors=$((errors + 1)) ;;
		*) fail "failing allocation $n gives $ERR ($TEXT)" ;;
		esac
		# ENOBUFS: done, but there was no memory for the answer.
		[ "$ERR" = 0 ] || [ "$ERR" = ENOBUFS ] || "$failed"
		newsa "$undo"
		"$undone"
	done
	[ "$n" -lt "$limit" ] || fail "more than $limit allocations"
	[ "$ERR" = 0 ] || fail "without a failure it gives $ERR ($TEXT)"
	newsa "$undo"
	"$undone"
	echo "$n allocations, $errors errors"
	expect_ge "allocations" "$n" 4
	expect_ge "errors" "$errors" "${least_errors:-2}"
}

no_sa() { newsa_holds 0; }

test_sa() {
	local failed=no_sa undone=no_sa

	sweep del add dev=isim0 "$gcm" "$@"
}

is_down() {
	newsa flags dev=isim0
	[ $((LEFT & 1)) -eq 0 ] || fail "the port is up though it should not"
}

# Without IPv6, which makes more allocations than the port.
only_link() {
	ipa link set isim0 down
	na tee /proc/sys/net/ipv6/conf/isim0/disable_ipv6 <<<1 >/dev/null
}

link_again() {
	na tee /proc/sys/net/ipv6/conf/isim0/disable_ipv6 <<<0 >/dev/null
	port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
	wait_for carrier "$NSA" isim0
}

test_open() {
	local failed=is_down undone=is_down limit=600
	# Arrays come from vmalloc() if they must; how many failures remain varies.
	local least_errors=1

	only_link
	only_direct
	sweep "down dev=isim0" up dev=isim0
	any_place
	link_again
}

# A policy is there or it is not, and so it stays.
test_policy() {
	local i n add=() del=() there sure

	i=$(na cat /sys/class/net/isim0/ifindex)
	for n in {1..24}; do
		add+=("18 do 1=$i 3=1 4=2 nth=$n")
	done
	request "${add[@]}" >"$tmp/added"
	expect_ge "policies that were refused" "$(grep -c '^ENOMEM - struck' "$tmp/added")" 2
	expect_ge "those that were not" "$(grep -c '^OK - missed' "$tmp/added")" 3
	there=$(na ipsecsim -j policy isim0 | jq length)
	sure=$(grep -c '^OK' "$tmp/added")
	# ENOBUFS: no memory for the request, or for the answer.
	expect_ge "policies" "$there" "$sure"
	expect_ge "at most" $((sure + $(grep -c '^ENOBUFS' "$tmp/added" || true))) "$there"
	n=$(na ipsecsim -j policy isim0 | jq '.[0].id')
	for i in {1..12}; do
		del+=("19 do 1=$(na cat /sys/class/net/isim0/ifindex) 2=$n nth=$i")
	done
	request "${del[@]}" >"$tmp/deleted"
	expect_ge "deletions that were refused" \
		"$(grep -c '^ENOMEM - struck' "$tmp/deleted")" 1
	expect_eq "policies left" "$(na ipsecsim -j policy isim0 | jq length)" $((there - 1))
	na ipsecsim policy flush dev isim0
}

# What the adapter allocates runs in no task of ours: by place in the code, and
# "space", the octets that may be had before the failure.
only_module() {
	local base size

	read -r _ size _ _ _ base _ < <(grep '^ipsecsim ' /proc/modules)
	set_fault require-start "$base"
	set_fault require-end "$(printf '0x%x' $((base + size)))"
}

# What the module asks for itself, a few calls above the allocator. Deeper down
# are the DMA checker, which switches itself off when it gets no memory, and
# page_pool of 6.12, which sleeps with bottom halves off.
only_direct() {
	only_module
	set_fault stacktrace-depth 8
}

any_place() {
	set_fault stacktrace-depth 32
	set_fault probability 0
	set_fault task-filter N
	set_fault require-start 0
	set_fault require-end 0xffffffffffffffff
	set_fault times -1
	set_fault space 0
}

arm() {
	set_fault space "$1"
	set_fault times 1
	set_fault probability 100
}

# True when a failure has happened since arm.
disarm() {
	set_fault probability 0
	[ "$(<"$failslab"/times)" -eq 0 ]
}

space_sweep() {
	local space=0 failures=0 errors=0 dry=0

	"$place"
	while [ "$dry" -lt 5 ] && [ "$space" -lt 2000000 ]; do
		arm "$space"
		newsa "$@"
		if disarm; then
			failures=$((failures + 1)) dry=0
		else
			dry=$((dry + 1))
		fi
		[ "$ERR" = 0 ] || errors=$((errors + 1))
		[ "$ERR" = 0 ] || "$failed"
		newsa "$undo"
		"$undone"
		space=$((space + 24 + space / 6))
	done
	any_place
	echo "$failures failures, $errors errors"
	expect_ge "failures" "$failures" 3
	expect_ge "errors" "$errors" 1
}

test_sa_space() {
	local failed=no_sa undone=no_sa undo=del place=only_module

	space_sweep add dev=isim0 "$gcm" "$@"
}

test_open_space() {
	local failed=is_down undone=is_down undo="down dev=isim0"
	local place=only_direct

	only_link
	space_sweep up dev=isim0
	link_again
}

# Some allocations fail for a while, everywhere in the module, under traffic.
test_traffic() {
	local i added=0 remaining

	sa_pair spi=0x1000
	stream_start "$NSA" "$NSB" "$B4"
	only_direct
	set_fault times 500
	set_fault probability 5
	stream_moves
	for i in {1..10}; do
		newsa add dev=isim0 "$gcm" src=203.0.113.1 dst=203.0.113.2
		case $ERR in
		0) added=$((added + 1)) ;;
		ENOMEM | EBUSY) ;;
		*) fail "adding an SA gives $ERR ($TEXT)" ;;
		esac
		newsa del dst=203.0.113.2
		stream_alive
	done
	remaining=$(<"$failslab"/times)
	any_place
	echo "$((500 - remaining)) failures, $added of 10 SAs added"
	expect_ge "allocations that failed" $((500 - remaining)) 5
	# The 2 of the stream, until the next line.
	newsa_holds 2
	stream_moves
	stream_stop
	sa_flush
	newsa_holds 0
}

# What the module's init function does, not what the loader does before.
only_init() {
	set_range require do_one_initcall
	[ -z "$(code_range add_dma_entry)" ] ||
		set_range reject add_dma_entry
}

# Loading fails or works, and nothing stays behind.
test_load() {
	local n failures=0 load=(modprobe ipsecsim)

	[ -z "${IPSECSIM_KO:-}" ] || load=(insmod "$IPSECSIM_KO")
	only_init
	for n in 1 2 3 5 8 13 20 30 40 50 60 80 100 120 150 200 250 300 400; do
		# shellcheck disable=SC2016
		if bash -c 'echo "$0" >/proc/self/fail-nth; exec "$@"' \
			"$n" "${load[@]}" 2>"$tmp/insmod.log"; then
			rmmod ipsecsim
			continue
		fi
		failures=$((failures + 1))
		[ ! -e /sys/module/ipsecsim ] || rmmod ipsecsim
		! compgen -G '/sys/class/net/isim*' || fail "ports are there"
		[ ! -e /sys/bus/platform/drivers/ipsecsim ]
	done
	any_place
	expect_ge "loads that failed" "$failures" 3
}

# kmemleak reports nothing that is younger than 5 s (MSECS_MIN_AGE), and nothing
# before a second scan has not found it either. So wait for the age.
test_leaks() {
	wait_for -t 30 second_is $((SECONDS + 7))
	echo scan >"$dbg"/kmemleak
	echo scan >"$dbg"/kmemleak
	! grep -A 30 'unreferenced object' "$dbg"/kmemleak || fail leaks
}

second_is() {
	[ "$SECONDS" -ge "$1" ]
}

if [ ! -e $failslab/probability ] || [ ! -e /proc/self/fail-nth ]; then
	skip "failing allocations" "needs CONFIG_FAILSLAB and debugfs"
	finish
fi
small_ko
isim_load adapters=2 queues=1
set_up_faults
two_ports
newsa_start "$NSA"
check "adding an outbound SA" test_sa dir=out
check "adding an inbound SA with ESN" test_sa dir=in esn=64
check "adding an SA, the adapter's part" test_sa_space dir=in
check "opening the port" test_open
check "opening the port, the adapter's part" test_open_space
check "adding and deleting policies" test_policy
check "traffic while allocations fail" test_traffic
newsa_stop
ns_del_all
isim_unload
check "loading the module" test_load
if [ -e "$dbg"/kmemleak ]; then
	check "no leak" test_leaks
else
	skip "no leak" "needs CONFIG_DEBUG_KMEMLEAK"
fi
any_place
finish
