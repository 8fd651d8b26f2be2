# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# More of lib.sh (see there), for files that play frames made by replay.py from
# isim0 in NSA to isim1 in NSB.  two_ports comes first.
#
#   player_start [FILE], player_stop   FILE: default replay.py
#   player WORD...      one command of it; sets REPLY, fails unless "ok"
#   install sw|hw       the inbound SA 0x5000 of NSB and its policy.  Uses src,
#                       dst, li, ri, mode, esn, window, icv and first, and
#                       encap: more words for the SA
#   sa_outcome          that SA without what the clock and the device put there
#   same MODE ESN WINDOW ICV SCENARIO   play it against software and device: the
#                       outcome must be the same, and as the scenario says
#   status MODE ESN SCENARIO PORT SA FAILED XFRM   play it against the device, and
#                       judge all counters: see there

encap=''
shopt -s extglob

player_start() {
	python3 -c 'import cryptography' 2>/dev/null ||
		require python3-cryptography
	mkfifo "$tmp/player.req" "$tmp/player.ans"
	python3 "$here/${1:-replay.py}" "$NSA" isim0 "$NSB" isim1 \
		<"$tmp/player.req" >"$tmp/player.ans" 2>&1 &
	exec {player_out}>"$tmp/player.req" {player_in}<"$tmp/player.ans"
}

player_stop() {
	exec {player_in}<&- {player_out}>&-
}

player() {
	echo "$*" >&"$player_out"
	read -r -t $((60 * slow)) REPLY <&"$player_in" ||
		fail "player $*: no answer"
	[[ $REPLY = ok* ]] || fail "player $*: $REPLY"
}

install() {
	local words offl='' flag='' pol=$src/$dst

	[ "$1" = sw ] || offl=$(offload isim1 in)
	[ "$esn" = 0 ] || flag+=' flag esn'
	[ "$li" = - ] || flag+=' flag af-unspec' pol=$li/$ri
	words="mode ${mode%%[46]*} reqid 1 $(sa_dir in "$window")$flag $encap"
	if [ "$esn" = 1 ]; then
		words+=" replay-seq $first replay-seq-hi 0"
	fi
	ipb -batch - <<-END
		xfrm policy flush
		xfrm state flush
		xfrm state add src $src dst $dst $(sa_args 0x5000 128 "$icv") $words $offl
		xfrm policy add dir in src ${pol%/*} dst ${pol#*/} tmpl src $src dst $dst proto esp reqid 1 mode ${mode%%[46]*}
	END
}

sa_outcome() {
	sa_state "$NSB" 0x5000 | sed -e '/lastused/d' -e '/ add .* use /d' \
		-e '/crypto offload parameters/d' -e '/^\t *add /d' -e 's/ *$//'
}

# --- Software or device -------------------------------------------------------

# Play scenario $1 against software or device ($2); the outcome is in $tmp/$2, and
# in the caller's variables expected and delivered.
play() {
	local counted

	install "$2"
	player sa 0x5000 "$(keymat 0x5000 128)" "$icv" "$esn" "$first" \
		"$src" "$dst" "$li" "$ri"
	player play "$1"
	read -r _ _ expected decrypted failed delivered counted <<<"$REPLY"
	# Software counts the datagram around ESP, too.
	[ -z "$encap" ] || counted=${counted/UdpInDatagrams+*([0-9])/}
	# What the device leaves to software may come by another queue (fragments), and
	# GRO collects a batch of it while XFRM has what was decrypted at once.
	[ "$decrypted" -ge "$expected" ] || delivered=$(tr , '\n' <<<"$delivered" |
		sort -n | paste -sd,)
	{
		echo "delivered $delivered"
		# shellcheck disable=SC2086
		printf '%s\n' $counted
		sa_outcome
	} >"$tmp/$2"
}

# Prints "DECRYPTED FAILED", all that the device has counted.
device_saw() {
	[ -z "$SOFT" ] || return 0
	# shellcheck disable=SC2016
	nb ethtool -S isim1 | awk '
		$1 == "hw_rx_esp:" || $1 == "hw_rx_esp_proto_err:" {
			decrypted += $2 }
		$1 == "hw_rx_esp_auth_err:" { failed = $2 }
		END { print decrypted, failed }'
}

# device_saw_more DECRYPTED FAILED THAN-DECRYPTED THAN-FAILED
device_saw_more() {
	[ -n "$SOFT" ] || expect_eq "packets the device decrypted, and failed" \
		"$(device_saw)" "$(($1 + $3)) $(($2 + $4))"
}

# For these the device has a CryptoStatus of its own, and with that the core counts
# another error than software does: rx_status.sh looks at those.
other_status() {
	case "$1 $2" in
	*' truncated' | *' bad_pad_length' | tunnel*' no_next_header') return 0 ;;
	esac
	return 1
}

# Leaves what is common: the datagrams, and the number of errors.
one_error() {
	local file

	for file; do
		# shellcheck disable=SC2016
		awk -F+ '/^delivered/ { print }
			/^XfrmIn.*Error\+/ { errors += $2 }
			END { print "errors", errors + 0 }' "$file" >"$file.sum"
		mv "$file.sum" "$file"
	done
}

# MODE ESN WINDOW ICV SCENARIO.  The GRO handler of software ESP does not trim
# Ethernet padding and finds the ICV wrong, so software has to do without there.
same() {
	local mode=$1 esn=$2 window=$3 icv=$4 scenario=$5 first=0
	local src dst li ri expected decrypted failed delivered saw

	addresses "$mode"
	[[ $scenario != esn_* ]] || first=0xfffffff0
	[ "$scenario" != trailing_bytes ] || nb ethtool -K isim1 gro off
	play "$scenario" sw
	[ "$scenario" != trailing_bytes ] || nb ethtool -K isim1 gro on
	echo "delivered: $delivered"
	[ "$delivered" = - ] && delivered='' || delivered=${delivered//[!,]/}x
	expect_eq "datagrams software delivers" "${#delivered}" "$expected"
	saw=$(device_saw)
	play "$scenario" hw
	! other_status "$mode" "$scenario" || one_error "$tmp/sw" "$tmp/hw"
	diff -u "$tmp/sw" "$tmp/hw" || fail "software and device differ"
	# shellcheck disable=SC2086
	device_saw_more "$decrypted" "$failed" $saw
}

# --- Who counts what ----------------------------------------------------------

port_counters='rx_frames rx_esp rx_esp_auth_err rx_esp_tunnel_auth_err
	rx_esp_syntax_err rx_esp_proto_err rx_esp_generic_err rx_esp_no_sa
	rx_unparsed rx_no_buf rx_off rx_too_long rx_engine_full'

# The port's counters, "name value" in lines, into file $1
port_read() {
	# shellcheck disable=SC2016
	nb ethtool -S isim1 | awk -v names="$port_counters" '
		BEGIN { n = split(names, a); for (i in a) want["hw_" a[i] ":"] = 1 }
		$1 in want { sub(/^hw_/, "", $1); sub(/:/, "", $1); print $1, $2 }' \
		>"$1"
}

# What they have grown by since: "name+n", sorted, in one line
port_grown() {
	port_read "$tmp/now"
	# shellcheck disable=SC2016
	awk 'NR == FNR { old[$1] = $2; next }
		$2 > old[$1] { printf "%s+%d\n", $1, $2 - old[$1] }' \
		"$tmp/before" "$tmp/now" | sort | paste -sd' '
}

# "packets auth_errors errors" of the SA in the device
sa_counts() {
	nb ipsecsim -j sa isim1 |
		jq -r '.[] | "\(.packets) \(.auth_errors) \(.errors)"'
}

# Integrity failures that XFRM counts for the SA
sa_failed() {
	sa_state "$NSB" 0x5000 | sed -n 's/.*failed \([0-9]*\).*/\1/p'
}

# status MODE ESN SCENARIO PORT SA FAILED XFRM: after playing it, what the port's
# counters have grown by, the SA's counters, its integrity failures, and what
# XFRM has counted.  $sent is the number of frames.
status() {
	local mode=$1 esn=$2 scenario=$3 window=64 icv=128 first=0
	local src dst li ri sent expected delivered counted want

	addresses "$mode"
	install hw
	player sa 0x5000 "$(keymat 0x5000 128)" "$icv" "$esn" "$first" \
		"$src" "$dst" "$li" "$ri"
	port_read "$tmp/before"
	player play "$scenario"
	read -r _ sent expected _ _ delivered counted <<<"$REPLY"
	# shellcheck disable=SC2086
	want=$(printf '%s\n' $4 "rx_frames+$sent" | sort | paste -sd' ')
	expect_eq "counters of the port" "$(port_grown)" "$want"
	expect_eq "counters of the SA" "$(sa_counts)" "$5"
	expect_eq "integrity failures" "$(sa_failed)" "$6"
	# shellcheck disable=SC2086
	expect_eq "counters of XFRM" \
		"$(printf '%s\n' $counted | grep ^Xfrm | paste -sd' ')" "$7"
	delivered=${delivered//[!,]/}x
	expect_eq "delivered" "${#delivered}" "$expected"
}
