#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2153,SC2154
#
# No memory is allocated for each packet in the steady state. The judge is the
# kernel's tracer, which counts allocations by who asks for them: in the module, in
# the crypto API for it, and fresh pages for its page pools.
#
#	NSA                                  NSB
#	+---------------------------+        +---------------------------+
#	| isim0  SAs in the device  |--ESP-->| isim1  SAs in the device  |
#	+---------------------------+        +---------------------------+

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
# shellcheck source=lib_trace.sh
. "$here/lib_trace.sh"
require ip ethtool python3

crypto_re='crypt|aead|gcm|skcipher|scatterwalk|blkcipher|[as]hash|ghash|gmac'
slab_events=()
for e in kmalloc kmalloc_node kmem_cache_alloc kmem_cache_alloc_node; do
	[ ! -d "$trace/events/kmem/$e" ] || slab_events+=("kmem/$e")
done

# Those of the whole machine: the files that a test reads are among them.
slab_counts() {
	local e

	for e in "${slab_events[@]}"; do trace_counts "$e"; done
}

# sum PATTERN: of the counts whose key matches
sum() {
	awk -v re="$1" '$0 ~ re { n += $1 } END { print n + 0 }' "$tmp/slab"
}

# Pages that were allocated for a function of the module, or below it
pages_for_us() {
	awk '/^{ *(common_)?stacktrace:/ { ours = 0 }
		/\[ipsecsim\]/ { ours = 1 }
		/hitcount:/ { if (ours) n += $NF
			ours = 0 }
		END { print n + 0 }' "$instance/events/kmem/mm_page_alloc/hist"
}

traffic_tcp() {
	traffic bulk "$1" "$2" 6000000
}

traffic_short() {
	local i

	for i in {1..8}; do
		traffic count "$1" "$2" 400 64
	done
}

# Datagrams of one page and of several, with nothing to cut
traffic_udp() {
	local i

	for i in {1..8}; do
		traffic count "$1" "$2" 400 1200
	done
}

count_start() {
	local e

	for e in "${slab_events[@]}"; do trace_hist "$e" call_site.sym; done
	trace_hist page_pool/page_pool_state_hold pool
	trace_hist kmem/mm_page_alloc stacktrace 2>/dev/null ||
		trace_hist kmem/mm_page_alloc common_stacktrace
}

# steady KIND MODE SPI: fewer than one allocation for 100 frames
steady() {
	local frames n src dst li ri pages pools

	addresses "$2"
	[ "$li" = - ] || src=$li dst=$ri
	sa_pair mode="${2%%[46]*}" outer="${2: -1}" spi="$3" flush=1 \
		"inner=$([[ $src = *:* ]] && echo 6 || echo 4)"
	# Pools and caches fill.
	"traffic_$1" "$src" "$dst"
	counters_mark
	trace_close
	count_start
	"traffic_$1" "$src" "$dst"
	slab_counts | sort -rn >"$tmp/slab"
	pools=$(trace_counts page_pool/page_pool_state_hold | awk '{ n += $1 } END { print n + 0 }')
	pages=$(pages_for_us)
	trace_close
	counters
	frames=$((${COUNT[b.hw_rx_esp]} - ${OLD[b.hw_rx_esp]}))
	{
		echo "$1, $2: $frames frames of ESP received; allocations in the module" \
			"$(sum '\[ipsecsim\]'), in the crypto API $(sum "$crypto_re")," \
			"pages for the pools $pools, pages for the module $pages"
		# Who does allocate: the stack.
		awk -v least=$((frames / 4)) \
			'$1 > least && !/trac|hist/ { print "   " $1, $4 }' "$tmp/slab"
	} >>"$tmp/figures"
	cat "$tmp/figures"
	expect_ge "frames of ESP" "$frames" 2000
	[ -s "$tmp/slab" ] || fail "the tracer saw nothing"
	n=$((frames / 100))
	expect_ge "most allocations in the module" "$n" "$(sum '\[ipsecsim\]')"
	expect_ge "most allocations in the crypto API" "$n" "$(sum "$crypto_re")"
	# How much lies in sockets varies, and a pool is filled up by 64 pages at a time.
	expect_ge "most pages for the pools" $((n + 64)) "$pools"
	# Short frames are copied into the small buffers of which the stack cuts several
	# from a page (napi_alloc_skb()).
	[ "$1" != short ] || n=$((frames / 3))
	[ "$1" != tcp ] || n=$((frames / 25))
	expect_ge "most pages for the module" "$n" "$pages"
}

[ -z "$SOFT" ] || { skip "allocations" "there is no module" && finish; }
if ! trace_have || [ ! -e "$trace/events/kmem/kmalloc/trigger" ]; then
	skip "allocations" "the kernel has no tracer"
	finish
fi
if ! grep -q 'hist:keys' "$trace/README"; then
	skip "allocations" "the tracer of this kernel has no histograms"
	finish
fi
isim_load adapters=2
two_ports
large_packets "$NSA"
traffic_start
check "TCP, transport mode" steady tcp transport4 0x7000
check "TCP, tunnel mode" steady tcp tunnel6in4 0x7010
check "datagrams of 1200 octets" steady udp transport4 0x7020
check "datagrams of 64 octets" steady short transport6 0x7030
[ ! -s "$tmp/figures" ] || diag "$(<"$tmp/figures")"
finish
