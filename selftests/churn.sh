#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# SAs that come and go from several processes at once, beside traffic that
# must not notice.
#
# CHURN_CYCLES   adds and deletes in all (default 2000)
# CHURN_PROCS    processes (default 4)
cycles=${CHURN_CYCLES:-2000}
procs=${CHURN_PROCS:-4}

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
require ip ethtool jq python3 ipsecsim

held=8

# batch FIRST-SPI N: N SAs, up to $held at a time, both directions, all kinds.
batch() {
	awk -v first="$1" -v n="$2" -v held="$held" \
		-v dir_out="$(sa_dir out 32)" -v dir_in="$(sa_dir in 32)" '
	function sa(i) {
		v6 = i % 3 == 1
		return sprintf("src %s dst %s proto esp spi 0x%x",
			v6 ? "2001:db8:9::1" : "203.0.113.1",
			v6 ? "2001:db8:9::2" : "203.0.113.2", first + i)
	}
	BEGIN {
		split("20 28 36", keys)
		split("64 96 128", icvs)
		for (i = 0; i < n; i++) {
			key = "0x"
			for (j = 0; j < keys[i % 3 + 1]; j++)
				key = key sprintf("%02x", (i + j) % 256)
			print "xfrm state add", sa(i), "aead rfc4106(gcm(aes))",
				key, icvs[int(i / 3) % 3 + 1],
				"mode", (i % 2 ? "tunnel" : "transport"),
				(i % 4 < 2 ? dir_out : dir_in), (i % 5 ? "" : "flag esn"),
				"offload dev isim0 dir", (i % 4 < 2 ? "out" : "in")
			if (i >= held)
				print "xfrm state delete", sa(i - held)
		}
		for (i = n > held ? n - held : 0; i < n; i++)
			print "xfrm state delete", sa(i)
	}'
}

run_batches() {
	local p pids=() rc=0

	for ((p = 0; p < procs; p++)); do
		batch $((0x10000 * (p + 1))) $((cycles / procs)) \
			>"$tmp/batch.$p"
	done
	for ((p = 0; p < procs; p++)); do
		ipa -batch "$tmp/batch.$p" &
		pids+=($!)
	done
	for p in "${pids[@]}"; do wait "$p" || rc=1; done
	return "$rc"
}

test_churn() {
	local before esp

	before=$(count "$NSA" isim0 drv_sa_add_ok)
	esp=$(count "$NSA" isim0 hw_tx_esp)
	run_batches
	# Before anything waits for the traffic, which would make it true.
	esp=$(($(count "$NSA" isim0 hw_tx_esp) - esp))
	expect_ge "packets that passed meanwhile" "$esp" $((procs * 5))
	stream_moves
	wait_for count_is "$NSA" isim0 drv_sa_count 2
	expect_eq "SAs that XFRM has" "$(sas_left "$NSA")" 2
	expect_eq "SAs added" "$(($(count "$NSA" isim0 drv_sa_add_ok) - before))" \
		$((cycles / procs * procs))
	for name in drv_sa_add_fail drv_sa_delete_fail drv_sa_update_fail \
		drv_resets drv_admin_timeouts; do
		expect_eq "$name" "$(count "$NSA" isim0 "$name")" 0
	done
}

test_traffic() {
	local ns name

	stream_moves
	for ns in "$NSA" "$NSB"; do
		for name in XfrmInNoStates XfrmInStateProtoError \
			XfrmInStateSeqError XfrmInBufferError; do
			expect_eq "$name" "$(xfrm_stat "$ns" "$name")" 0
		done
	done
	expect_eq hw_rx_esp_auth_err "$(count "$NSA" isim0 hw_rx_esp_auth_err)" 0
	expect_eq hw_rx_esp_auth_err "$(count "$NSB" isim1 hw_rx_esp_auth_err)" 0
}

# requests add|del FIRST-SPI N: for newsa.py
requests() {
	awk -v verb="$1" -v first="$2" -v n="$3" '
	function id(i) {
		return sprintf("dst=203.0.113.%d spi=%d", 2 - i % 2, first + i)
	}
	BEGIN {
		add[0] = "add dev=isim0 aead=rfc4106(gcm(aes)):160:128 dir=out src=203.0.113.1"
		add[1] = "add dev=isim0 aead=rfc4106(gcm(aes)):160:128 dir=in src=203.0.113.2 esn=32"
		for (i = 0; i < n; i++)
			print (verb == "add" ? add[i % 2] : verb), id(i)
	}'
}

# from_all add|del N: N such SAs from each process
from_all() {
	local p pids=()

	for ((p = 0; p < procs; p++)); do
		requests "$1" $((0x10000 * (p + 1))) "$2" >"$tmp/requests.$p"
	done
	for ((p = 0; p < procs; p++)); do
		na python3 "$here/newsa.py" <"$tmp/requests.$p" >"$tmp/answers.$1.$p" &
		pids+=($!)
	done
	for p in "${pids[@]}"; do wait "$p"; done
}

# answers ERROR: how many requests of all processes have got it
answers() {
	cut -f 1 "$tmp"/answers.* | grep -cx "$1" || true
}

# Some adds fail, and every delete takes so long that the queue fills and those behind
# wait for a place in it. What was refused is not there to be deleted.
test_faulty() {
	local n=$(((170 + procs - 1) / procs)) ok fail refused

	ok=$(count "$NSA" isim0 drv_sa_add_ok)
	fail=$(count "$NSA" isim0 drv_sa_add_fail)
	fault "$NSA" isim0 admin-fail opcode sa-add ppm 150000 seed 7 status busy
	fault "$NSA" isim0 admin-late opcode sa-delete ms 8000
	from_all add "$n"
	from_all del "$n"
	expect_ge "SAs being deleted, of 128 places in the queue" \
		$(($(count "$NSA" isim0 drv_sa_count) - 2)) 129
	refused=$(fault_count "$NSA" isim0 admin-fail hits)
	expect_ge "adds refused" "$refused" 5
	expect_eq "answered EBUSY" "$(answers EBUSY)" "$refused"
	expect_eq drv_sa_add_fail $(($(count "$NSA" isim0 drv_sa_add_fail) - fail)) \
		"$refused"
	expect_eq drv_sa_add_ok $(($(count "$NSA" isim0 drv_sa_add_ok) - ok)) \
		$((procs * n - refused))
	expect_eq "deletes of those, answered ESRCH" "$(answers ESRCH)" "$refused"
	expect_eq "answered 0" "$(answers 0)" $((2 * (procs * n - refused)))
	stream_moves
	fault_clear "$NSA" isim0
	wait_for -t 30 count_is "$NSA" isim0 drv_sa_count 2
	expect_eq "SAs that XFRM has" "$(sas_left "$NSA")" 2
	expect_eq "SAs of the adapter" "$(na ipsecsim -j sa isim0 | jq length)" 2
	for name in drv_sa_delete_fail drv_sa_update_fail drv_resets \
		drv_admin_timeouts; do
		expect_eq "$name" "$(count "$NSA" isim0 "$name")" 0
	done
}

# adds FIRST-SPI N: the same without the deletes, which others do. iproute2 ends a
# batch at the first command that fails, whatever -force says, so none may.
adds() {
	batch "$1" "$2" | grep -v '^xfrm state delete ' >"$tmp/batch.race"
	ipa -batch "$tmp/batch.race"
}

# No more at a time than deleteall can handle.
test_flush_race() {
	local i pid n=$((cycles / 40))

	[ "$n" -le 60 ] || n=60
	for i in 1 2 3; do
		adds $((0x100000 * i)) "$n" &
		pid=$!
		# It lists, then deletes: one of them may be gone by then.
		while ! pid_gone "$pid"; do
			ipa xfrm state deleteall src 203.0.113.1 \
				dst 203.0.113.2 2>/dev/null || true
		done
		wait "$pid"
		ipa xfrm state deleteall src 203.0.113.1 dst 203.0.113.2
		ipa xfrm state deleteall src 2001:db8:9::1 dst 2001:db8:9::2
	done
	wait_for count_is "$NSA" isim0 drv_sa_count 2
}

test_down_race() {
	local pid

	stream_stop
	adds $((0x1000000)) $((cycles / 10)) &
	pid=$!
	while ! pid_gone "$pid"; do
		ipa link set isim0 down
		ipa link set isim0 up
	done
	wait "$pid"
	sa_flush
	wait_for count_is "$NSA" isim0 drv_sa_count 0
}

isim_load adapters=2
two_ports
sa_pair spi=0x1000
stream_start "$NSA" "$NSB" "$B4"
check "SAs from several processes, with traffic" test_churn
check "the traffic has not noticed" test_traffic
check "the same with a queue that is full, and adds that fail" test_faulty
check "adds against flushes" test_flush_race
check "adds against down and up" test_down_race
finish
