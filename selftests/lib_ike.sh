# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# IKE daemons for the tests, one at each end ("a" is $NSA, "b" is $NSB), with
# all their files in $tmp/ike-END.  Source it after lib.sh.
#
#   ike_start a|b strongswan|libreswan [NAME=VALUE]...   start and configure
#        mode=transport|tunnel   offload=yes|no   life=SECONDS of an SA
#        encap=yes|no            ESP in UDP, as if there were a NAT
#   ike_up a            the daemon at that end sets the connection up
#   ike_rekey a         ... makes new SAs
#   ike_down a          ... takes the connection down, at both ends
#   ike_stop            both daemons end
#   ike_log             what they said, for a test that fails
# A daemon names the connection "isim"; both share one key.

declare -A ike_addr ike_dev ike_inner
ike_addr=([a]=$A4 [b]=$B4)
ike_inner=([a]=$AI4 [b]=$BI4)
ike_dev=([a]=isim0 [b]=isim1)
ike_psk=0123456789abcdef0123456789abcdef

ns_of() {
	if [ "$1" = a ]; then echo "$NSA"; else echo "$NSB"; fi
}

in_end() {
	ip netns exec "$(ns_of "$1")" "${@:2}"
}

# ike_daemon COMMAND [ARG]...: in the background, and its process id
ike_daemon() {
	local ns

	ns=$(ns_of "$end")
	(exec ip netns exec "$ns" "$@" >"$dir/out" 2>&1 </dev/null) &
	echo $! >"$dir/pid"
}

ike_start() {
	local end=$1 daemon=$2 far=a mode=transport offload=yes life=3600 encap=no dir
	shift 2
	local "$@"

	[ "$end" = b ] || far=b
	dir=$tmp/ike-$end
	rm -rf "$dir"
	mkdir -m 700 "$dir"
	echo "$daemon" >"$dir/daemon"
	"${daemon}_start"
}

ike_up() { "$(<"$tmp/ike-$1/daemon")_up" "$1"; }
ike_rekey() { "$(<"$tmp/ike-$1/daemon")_rekey" "$1"; }
ike_down() { "$(<"$tmp/ike-$1/daemon")_down" "$1"; }

ike_gone() {
	! kill -0 "$1" 2>/dev/null
}

ike_stop() {
	local f pid end

	for f in "$tmp"/ike-?/pid; do
		[ -e "$f" ] || continue
		pid=$(<"$f")
		kill "$pid" 2>/dev/null || true
		wait_for ike_gone "$pid" || kill -KILL "$pid"
	done
	for end in a b; do rm -rf "$tmp/ike-$end"; done
	sa_flush
}

ike_log() {
	local f

	for f in "$tmp"/ike-?/log; do
		[ ! -e "$f" ] || tail -n 40 "$f" | sed "s,^,$(<"${f%log}daemon"): ,"
	done
}

# --- strongSwan ----------------------------------------------------------------

# It loads every plugin there is unless told otherwise, which takes long.
strongswan_config() {
	cat <<-END
	charon-systemd {
		load = random nonce kdf hmac gcm openssl kernel-netlink socket-default vici
		plugins {
			vici {
				socket = unix://$dir/vici
			}
		}
		filelog {
			all {
				path = $dir/log
				default = 1
				knl = 2
				flush_line = yes
			}
		}
		install_routes = no
		retransmit_timeout = 2
	}
	swanctl {
		load = random openssl
	}
	END
}

strongswan_connection() {
	local ts='' word=no

	if [ "$mode" = tunnel ]; then
		ts="local_ts = ${ike_inner[$end]}/32
			remote_ts = ${ike_inner[$far]}/32"
	fi
	# The word that older versions do not know.
	[ "$offload" = no ] || word=crypto
	[ "$word" = no ] || [ "$strongswan_crypto" = 1 ] || word=yes
	cat <<-END
	connections {
		isim {
			version = 2
			local_addrs = ${ike_addr[$end]}
			remote_addrs = ${ike_addr[$far]}
			proposals = aes128gcm16-prfsha256-ecp256
			encap = $encap
			local {
				auth = psk
				id = $end.example
			}
			remote {
				auth = psk
				id = $far.example
			}
			children {
				isim {
					mode = $mode
					$ts
					esp_proposals = aes128gcm16-ecp256
					hw_offload = $word
					rekey_time = ${life}s
					rand_time = 0s
					life_time = $((life + 600))s
				}
			}
		}
	}
	secrets {
		ike {
			secret = $ike_psk
		}
	}
	END
}

# The daemon of the other end may be of another kind: ask the program itself.
strongswan_version() {
	local version major minor patch

	version=$(swanctl --version 2>/dev/null | sed -n 's/^strongSwan \([0-9.]*\).*/\1/p')
	[ -n "$version" ] || version=$(swanctl --help 2>&1 |
		sed -n 's/.*strongSwan \([0-9.]*\) swanctl.*/\1/p')
	IFS=. read -r major minor patch <<<"$version.0.0"
	strongswan_crypto=0
	[ $((major * 10000 + minor * 100 + ${patch%%.*})) -lt 50910 ] ||
		strongswan_crypto=1
}

swan() {
	local end=$1

	shift
	STRONGSWAN_CONF=$tmp/ike-$end/strongswan.conf \
		in_end "$end" swanctl "$@" --uri "unix://$tmp/ike-$end/vici"
}

strongswan_start() {
	local strongswan_crypto

	strongswan_version
	strongswan_config >"$dir/strongswan.conf"
	strongswan_connection >"$dir/swanctl.conf"
	STRONGSWAN_CONF=$dir/strongswan.conf ike_daemon charon-systemd
	wait_for -t 60 test -S "$dir/vici" || {
		cat "$dir/out"
		return 1
	}
	swan "$end" --load-all --file "$dir/swanctl.conf"
}

strongswan_up() { swan "$1" --initiate --child isim --timeout 30; }
strongswan_rekey() { swan "$1" --rekey --child isim; }
strongswan_down() { swan "$1" --terminate --ike isim --timeout 30; }

# --- libreswan -----------------------------------------------------------------

libreswan_connection() {
	local word=no subnets=''

	if [ "$mode" = tunnel ]; then
		subnets="leftsubnet=$AI4/32
		rightsubnet=$BI4/32"
	fi
	# "crypto" from version 5 on, "yes" before; each refuses the other.
	if [ "$offload" = yes ]; then
		word=yes
		[[ $(ipsec whack --help 2>&1) != *'--nic-offload <'*crypto* ]] ||
			word=crypto
	fi
	cat <<-END
	conn isim
		left=$A4
		leftid=@a.example
		right=$B4
		rightid=@b.example
		$subnets
		authby=secret
		type=$mode
		encapsulation=$encap
		ike=aes_gcm128-sha2_256-dh19
		esp=aes_gcm128
		nic-offload=$word
		salifetime=$((life + 30))s
		rekeymargin=30s
		rekeyfuzz=0%
	END
}

libreswan_start() {
	# What belongs to a section is indented there.
	libreswan_connection | sed '/^$/d; /^conn /!s/^/    /' >"$dir/ipsec.conf"
	echo "@a.example @b.example : PSK \"$ike_psk\"" >"$dir/secrets"
	mkdir "$dir/nss"
	certutil -N -d "sql:$dir/nss" --empty-password
	ike_daemon ipsec pluto --nofork --config "$dir/ipsec.conf" \
		--secretsfile "$dir/secrets" --nssdir "$dir/nss" --rundir "$dir" \
		--ipsecdir "$dir" --logfile "$dir/log" --no-dnssec --nhelpers 0
	wait_for -t 60 pluto_answers "$end" || {
		cat "$dir/out"
		return 1
	}
	whack "$end" --listen
	in_end "$end" ipsec addconn --config "$dir/ipsec.conf" \
		--ctlsocket "$dir/pluto.ctl" isim
}

pluto_answers() {
	[ -S "$tmp/ike-$1/pluto.ctl" ] && whack "$1" --status >/dev/null
}

whack() {
	local end=$1

	shift
	in_end "$end" ipsec whack --rundir "$tmp/ike-$end" "$@"
}

libreswan_up() { whack "$1" --initiate --name isim; }
libreswan_down() { whack "$1" --terminate --name isim; }

libreswan_rekey() {
	local word=--rekey-ipsec

	[[ $(ipsec whack --help 2>&1) != *--rekey-child* ]] || word=--rekey-child
	whack "$1" "$word" --name isim
}
