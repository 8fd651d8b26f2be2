# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The kernel's tracer as a judge, in a trace instance of the file's own, and the
# queues that frames took.
#
#   trace_have                   is there a tracer?
#   trace_start EVENT [FILTER]   record an event (folder/name); several may be on
#   trace_hist EVENT KEY         count an event by a key in place of recording it
#   trace_stop                   all of them off; what was recorded stays readable
#   traced                       prints what was recorded, one event a line
#   trace_counts EVENT           prints "COUNT KEY" lines of trace_hist
#   queue_counts NS DEV rx|tx    sets QUEUES, packets by queue
#   spread_start NS DEV rx|tx    remember them, then
#   spread                       sets SPREAD, packets by queue since then, TOTAL
#                                of them and USED, the number of queues with any
#   frames_start DEV             frames.py, from DEV of NSA to isim1; it ends with the
#                                namespace
#   frames COMMAND...            send them, see frames.py

trace=/sys/kernel/tracing
instance=$trace/instances/isim-$$

clean_first+=(trace_close)

trace_have() {
	[ -d "$trace/events" ] || mount -t tracefs tracefs "$trace" 2>/dev/null || true
	[ -d "$trace/events" ]
}

trace_open() {
	trace_have || fail "the kernel has no tracer"
	[ -d "$instance" ] || mkdir "$instance"
	echo 4096 >"$instance/buffer_size_kb"
}

trace_start() {
	trace_open
	echo "${2:-0}" >"$instance/events/$1/filter"
	: >"$instance/trace"
	echo 1 >"$instance/events/$1/enable"
}

trace_hist() {
	trace_open
	echo "hist:keys=$2:size=4096" >"$instance/events/$1/trigger"
}

# Removing an instance takes its filters and triggers with it.
trace_stop() {
	[ ! -d "$instance" ] || echo 0 >"$instance/events/enable"
}

trace_close() {
	[ ! -d "$instance" ] || { trace_stop && rmdir "$instance"; }
}

traced() {
	grep -v '^#' "$instance/trace" || true
}

trace_counts() {
	sed -n 's/^{ *\(.*\) *} hitcount: *\([0-9]*\).*/\2 \1/p' \
		"$instance/events/$1/hist"
}

queue_counts() {
	mapfile -t QUEUES < <(ip netns exec "$1" ethtool -S "$2" |
		sed -n "s/^ *$3[0-9]*_packets: //p")
}

spread_start() {
	spread_of=("$@")
	queue_counts "$@"
	spread_from=("${QUEUES[@]}")
}

# shellcheck disable=SC2034
spread() {
	local i

	queue_counts "${spread_of[@]}"
	SPREAD=() TOTAL=0 USED=0
	for i in "${!QUEUES[@]}"; do
		SPREAD[i]=$((QUEUES[i] - ${spread_from[i]:-0}))
		TOTAL=$((TOTAL + SPREAD[i]))
		[ "${SPREAD[i]}" -eq 0 ] || USED=$((USED + 1))
	done
}

spread_is() {
	spread
	[ "$TOTAL" -ge "$1" ]
}

frames_start() {
	mkfifo "$tmp/frames.req" "$tmp/frames.ans"
	ip netns exec "$NSA" python3 "$here/frames.py" "$1" "$(mac_of "$NSB" isim1)" \
		<"$tmp/frames.req" >"$tmp/frames.ans" 2>"$tmp/frames.err" &
	exec {frames_req}>"$tmp/frames.req" {frames_ans}<"$tmp/frames.ans"
}

frames() {
	local answer

	echo "$*" >&"$frames_req"
	read -r -t $((30 * slow)) answer <&"$frames_ans" || answer='no answer'
	[ "$answer" = ok ] || fail "frames $*: $answer $(<"$tmp/frames.err")"
}

# Both ports are up again, after their queues were made anew.
ports_up() {
	wait_for carrier "$NSA" isim0
	wait_for carrier "$NSB" isim1
}
