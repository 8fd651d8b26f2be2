/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* Do not edit directly, auto-generated from: */
/*	uapi/ipsecsim.yaml */
/* YNL-GEN uapi header with uapi/regen.sh */

#ifndef _UAPI_LINUX_IPSECSIM_H
#define _UAPI_LINUX_IPSECSIM_H

#define IPSECSIM_GENL_NAME	"ipsecsim"
#define IPSECSIM_GENL_VERSION	1

#define IPSECSIM_PPM_MAX		1000000
#define IPSECSIM_IFNAME_MAX		15
#define IPSECSIM_QUEUES_MAX		64
#define IPSECSIM_SA_CAPACITY_MAX	1048576

/**
 * enum ipsecsim_sa_dir - Direction of an SA; values as in enum xfrm_sa_dir.
 * @IPSECSIM_SA_DIR_IN: Inbound.
 * @IPSECSIM_SA_DIR_OUT: Outbound.
 */
enum ipsecsim_sa_dir {
	IPSECSIM_SA_DIR_IN = 1,
	IPSECSIM_SA_DIR_OUT,
};

/**
 * enum ipsecsim_sa_mode - Mode of an SA; values as in XFRM_MODE_*.
 * @IPSECSIM_SA_MODE_TRANSPORT: Between the two ends.
 * @IPSECSIM_SA_MODE_TUNNEL: The whole packet is the payload.
 */
enum ipsecsim_sa_mode {
	IPSECSIM_SA_MODE_TRANSPORT,
	IPSECSIM_SA_MODE_TUNNEL,
};

/**
 * enum ipsecsim_sa_encap - Encapsulation of an SA's packets.
 * @IPSECSIM_SA_ENCAP_UDP: ESP in UDP, RFC 3948.
 */
enum ipsecsim_sa_encap {
	IPSECSIM_SA_ENCAP_UDP = 1,
};

/**
 * enum ipsecsim_enc_alg - Encryption algorithms that an adapter can know.
 * @IPSECSIM_ENC_NULL: Authentication only, RFC 2410.
 * @IPSECSIM_ENC_AES_GCM: RFC 4106.
 * @IPSECSIM_ENC_AES_GMAC: RFC 4543.
 * @IPSECSIM_ENC_AES_CCM: RFC 4309.
 * @IPSECSIM_ENC_CHACHA20_POLY1305: RFC 7634.
 * @IPSECSIM_ENC_AES_CBC: RFC 3602.
 * @IPSECSIM_ENC_AES_CTR: RFC 3686.
 * @IPSECSIM_ENC_3DES_CBC: RFC 2451.
 */
enum ipsecsim_enc_alg {
	IPSECSIM_ENC_NULL,
	IPSECSIM_ENC_AES_GCM,
	IPSECSIM_ENC_AES_GMAC,
	IPSECSIM_ENC_AES_CCM,
	IPSECSIM_ENC_CHACHA20_POLY1305,
	IPSECSIM_ENC_AES_CBC,
	IPSECSIM_ENC_AES_CTR,
	IPSECSIM_ENC_3DES_CBC,
};

/**
 * enum ipsecsim_auth_alg - Authentication algorithms that an adapter can know.
 * @IPSECSIM_AUTH_NONE: Encryption and authentication in one algorithm.
 * @IPSECSIM_AUTH_HMAC_MD5: RFC 2403.
 * @IPSECSIM_AUTH_HMAC_SHA1: RFC 2404.
 * @IPSECSIM_AUTH_HMAC_SHA256: RFC 4868.
 * @IPSECSIM_AUTH_HMAC_SHA384: RFC 4868.
 * @IPSECSIM_AUTH_HMAC_SHA512: RFC 4868.
 * @IPSECSIM_AUTH_AES_CMAC: RFC 4494.
 * @IPSECSIM_AUTH_AES_XCBC: RFC 3566.
 */
enum ipsecsim_auth_alg {
	IPSECSIM_AUTH_NONE,
	IPSECSIM_AUTH_HMAC_MD5,
	IPSECSIM_AUTH_HMAC_SHA1,
	IPSECSIM_AUTH_HMAC_SHA256,
	IPSECSIM_AUTH_HMAC_SHA384,
	IPSECSIM_AUTH_HMAC_SHA512,
	IPSECSIM_AUTH_AES_CMAC,
	IPSECSIM_AUTH_AES_XCBC,
};

/**
 * enum ipsecsim_event_type - What an event tells.
 * @IPSECSIM_EVENT_SA_ADDED: The adapter has the SA; after a reset, again.
 * @IPSECSIM_EVENT_SA_UPDATED: The adapter has been told a new epoch of an ESN
 *   SA.
 * @IPSECSIM_EVENT_SA_DELETED: The SA is not used any more; the adapter is
 *   dropping it.
 * @IPSECSIM_EVENT_SA_DELETE_REQ: The adapter asks for the deletion of an SA
 *   and of its twin.
 * @IPSECSIM_EVENT_LIMIT_REACHED: A limit of an SA was reached; a sa-delete-req
 *   follows.
 * @IPSECSIM_EVENT_CAPS_CHANGED: The adapter's capabilities are others now, and
 *   its driver obeys them.
 * @IPSECSIM_EVENT_RESET: The adapter is being reset; handles from before it
 *   are void.
 * @IPSECSIM_EVENT_ADAPTER_ADDED: There is a new adapter.
 * @IPSECSIM_EVENT_ADAPTER_DELETED: An adapter is about to go.
 */
enum ipsecsim_event_type {
	IPSECSIM_EVENT_SA_ADDED = 1,
	IPSECSIM_EVENT_SA_UPDATED,
	IPSECSIM_EVENT_SA_DELETED,
	IPSECSIM_EVENT_SA_DELETE_REQ,
	IPSECSIM_EVENT_LIMIT_REACHED,
	IPSECSIM_EVENT_CAPS_CHANGED,
	IPSECSIM_EVENT_RESET,
	IPSECSIM_EVENT_ADAPTER_ADDED,
	IPSECSIM_EVENT_ADAPTER_DELETED,
};

/**
 * enum ipsecsim_delete_reason - Why an adapter asks for the deletion of an SA.
 * @IPSECSIM_DELETE_REASON_COMMAND: delete-req-raise.
 * @IPSECSIM_DELETE_REASON_AUTH_ERRORS: So many packets failed authentication.
 * @IPSECSIM_DELETE_REASON_SEQ: The sequence numbers come to their end.
 * @IPSECSIM_DELETE_REASON_PACKETS: So many packets were processed.
 * @IPSECSIM_DELETE_REASON_BYTES: So many octets of ESP payload were processed.
 */
enum ipsecsim_delete_reason {
	IPSECSIM_DELETE_REASON_COMMAND = 1,
	IPSECSIM_DELETE_REASON_AUTH_ERRORS,
	IPSECSIM_DELETE_REASON_SEQ,
	IPSECSIM_DELETE_REASON_PACKETS,
	IPSECSIM_DELETE_REASON_BYTES,
};

/**
 * enum ipsecsim_delete_action - How the host is told of a delete request.
 * @IPSECSIM_DELETE_ACTION_EVENT: An event of this family only.
 * @IPSECSIM_DELETE_ACTION_EXPIRE: Also a hard expire of the inbound SA, as IKE
 *   daemons know it.
 */
enum ipsecsim_delete_action {
	IPSECSIM_DELETE_ACTION_EVENT,
	IPSECSIM_DELETE_ACTION_EXPIRE,
};

#define IPSECSIM_POLICIES_MAX	64

/**
 * enum ipsecsim_policy_action - What becomes of the frames that a policy
 *   matches; RFC 4301, 4.4.1.
 * @IPSECSIM_POLICY_PROTECT: What is ESP passes, the rest is stopped.
 * @IPSECSIM_POLICY_BYPASS: It passes.
 * @IPSECSIM_POLICY_DISCARD: It is stopped.
 */
enum ipsecsim_policy_action {
	IPSECSIM_POLICY_PROTECT = 1,
	IPSECSIM_POLICY_BYPASS,
	IPSECSIM_POLICY_DISCARD,
};

/**
 * enum ipsecsim_fault_point - Places where a fault can strike, and the events
 *   they choose from.
 * @IPSECSIM_FAULT_DROP: A frame is lost on the wire the adapter sends on.
 * @IPSECSIM_FAULT_CORRUPT: One bit of it is flipped.
 * @IPSECSIM_FAULT_TRUNCATE: Its end is cut off.
 * @IPSECSIM_FAULT_DUPLICATE: It arrives twice.
 * @IPSECSIM_FAULT_REORDER: It arrives behind the next one, or ms later if none
 *   follows.
 * @IPSECSIM_FAULT_DELAY: It arrives ms later.
 * @IPSECSIM_FAULT_REPLAY: It arrives, and again ms later.
 * @IPSECSIM_FAULT_TX_CRYPTO_ERROR: The engine fails on a packet to encrypt.
 * @IPSECSIM_FAULT_TX_BAD_ICV: A packet is sent with a wrong ICV.
 * @IPSECSIM_FAULT_RX_STATUS: A packet that an SA was applied to gets another
 *   CryptoStatus.
 * @IPSECSIM_FAULT_ADMIN_FAIL: A command is not executed and answered with a
 *   status.
 * @IPSECSIM_FAULT_ADMIN_IGNORE: A command is not executed and answered with
 *   success.
 * @IPSECSIM_FAULT_ADMIN_LATE: A command is taken up ms later.
 * @IPSECSIM_FAULT_ADMIN_LOSE: A command is never answered.
 * @IPSECSIM_FAULT_SA_FULL: An SA_ADD is answered as if the SA table were full.
 * @IPSECSIM_FAULT_IRQ_LOSE: An interrupt of a queue pair does not reach the
 *   host.
 * @IPSECSIM_FAULT_ADMIN_IRQ_LOSE: An interrupt of the admin queue does not
 *   reach the host.
 * @IPSECSIM_FAULT_HANG: From a doorbell on the adapter does nothing until a
 *   reset.
 */
enum ipsecsim_fault_point {
	IPSECSIM_FAULT_DROP,
	IPSECSIM_FAULT_CORRUPT,
	IPSECSIM_FAULT_TRUNCATE,
	IPSECSIM_FAULT_DUPLICATE,
	IPSECSIM_FAULT_REORDER,
	IPSECSIM_FAULT_DELAY,
	IPSECSIM_FAULT_REPLAY,
	IPSECSIM_FAULT_TX_CRYPTO_ERROR,
	IPSECSIM_FAULT_TX_BAD_ICV,
	IPSECSIM_FAULT_RX_STATUS,
	IPSECSIM_FAULT_ADMIN_FAIL,
	IPSECSIM_FAULT_ADMIN_IGNORE,
	IPSECSIM_FAULT_ADMIN_LATE,
	IPSECSIM_FAULT_ADMIN_LOSE,
	IPSECSIM_FAULT_SA_FULL,
	IPSECSIM_FAULT_IRQ_LOSE,
	IPSECSIM_FAULT_ADMIN_IRQ_LOSE,
	IPSECSIM_FAULT_HANG,
};

/**
 * enum ipsecsim_opcode - Admin commands, as the data sheet numbers them.
 * @IPSECSIM_OP_CAPS_GET: Read the capabilities.
 * @IPSECSIM_OP_TXQ_CREATE: Start a TX queue.
 * @IPSECSIM_OP_TXQ_DESTROY: Stop it.
 * @IPSECSIM_OP_RXQ_CREATE: Start an RX queue.
 * @IPSECSIM_OP_RXQ_DESTROY: Stop it.
 * @IPSECSIM_OP_RSS_SET: Program receive spreading.
 * @IPSECSIM_OP_STEER_ADD: Install a steering rule.
 * @IPSECSIM_OP_STEER_DELETE: Remove it.
 * @IPSECSIM_OP_SA_ADD: Install an SA.
 * @IPSECSIM_OP_SA_DELETE: Remove it.
 * @IPSECSIM_OP_SA_UPDATE: Move its epoch.
 * @IPSECSIM_OP_SA_QUERY: Read its counters.
 * @IPSECSIM_OP_SA_LIMIT: Set limits that raise a delete request.
 */
enum ipsecsim_opcode {
	IPSECSIM_OP_CAPS_GET = 1,
	IPSECSIM_OP_TXQ_CREATE = 16,
	IPSECSIM_OP_TXQ_DESTROY,
	IPSECSIM_OP_RXQ_CREATE,
	IPSECSIM_OP_RXQ_DESTROY,
	IPSECSIM_OP_RSS_SET,
	IPSECSIM_OP_STEER_ADD,
	IPSECSIM_OP_STEER_DELETE,
	IPSECSIM_OP_SA_ADD = 32,
	IPSECSIM_OP_SA_DELETE,
	IPSECSIM_OP_SA_UPDATE,
	IPSECSIM_OP_SA_QUERY,
	IPSECSIM_OP_SA_LIMIT,
};

/**
 * enum ipsecsim_admin_status - Answers to admin commands, as the data sheet
 *   numbers them.
 * @IPSECSIM_ST_OK: Done.
 * @IPSECSIM_ST_BAD_OPCODE: Not implemented.
 * @IPSECSIM_ST_BAD_PARAM: A field is out of range.
 * @IPSECSIM_ST_BAD_HANDLE: It names no SA.
 * @IPSECSIM_ST_NO_ESN: An update of an SA without extended sequence numbers.
 * @IPSECSIM_ST_FULL: The SA table is full.
 * @IPSECSIM_ST_UNSUPPORTED: Algorithm, key or ICV length.
 * @IPSECSIM_ST_BUSY: The queue is in a state that forbids this.
 * @IPSECSIM_ST_NO_MEMORY: The adapter has no memory.
 * @IPSECSIM_ST_BAD_KEY: The engine refused the key.
 */
enum ipsecsim_admin_status {
	IPSECSIM_ST_OK,
	IPSECSIM_ST_BAD_OPCODE,
	IPSECSIM_ST_BAD_PARAM,
	IPSECSIM_ST_BAD_HANDLE,
	IPSECSIM_ST_NO_ESN,
	IPSECSIM_ST_FULL,
	IPSECSIM_ST_UNSUPPORTED,
	IPSECSIM_ST_BUSY,
	IPSECSIM_ST_NO_MEMORY,
	IPSECSIM_ST_BAD_KEY,
};

/**
 * enum ipsecsim_crypto_status - Outcome of an SA applied to a received packet.
 * @IPSECSIM_CRYPTO_SUCCESS: Authentic, decrypted, well formed.
 * @IPSECSIM_CRYPTO_GENERIC_ERROR: The engine failed.
 * @IPSECSIM_CRYPTO_TRANSPORT_AH_AUTH_FAILED: AH, transport mode.
 * @IPSECSIM_CRYPTO_TRANSPORT_ESP_AUTH_FAILED: ESP, transport mode.
 * @IPSECSIM_CRYPTO_TUNNEL_AH_AUTH_FAILED: AH, tunnel mode.
 * @IPSECSIM_CRYPTO_TUNNEL_ESP_AUTH_FAILED: ESP, tunnel mode.
 * @IPSECSIM_CRYPTO_INVALID_PACKET_SYNTAX: Truncated, or of a length or padding
 *   that cannot be.
 * @IPSECSIM_CRYPTO_INVALID_PROTOCOL: The next header is none of the mode.
 */
enum ipsecsim_crypto_status {
	IPSECSIM_CRYPTO_SUCCESS,
	IPSECSIM_CRYPTO_GENERIC_ERROR,
	IPSECSIM_CRYPTO_TRANSPORT_AH_AUTH_FAILED,
	IPSECSIM_CRYPTO_TRANSPORT_ESP_AUTH_FAILED,
	IPSECSIM_CRYPTO_TUNNEL_AH_AUTH_FAILED,
	IPSECSIM_CRYPTO_TUNNEL_ESP_AUTH_FAILED,
	IPSECSIM_CRYPTO_INVALID_PACKET_SYNTAX,
	IPSECSIM_CRYPTO_INVALID_PROTOCOL,
};

#define IPSECSIM_FAULT_MS_MAX	60000

/**
 * enum ipsecsim_cap - Capabilities that an adapter can have, as the data sheet
 *   numbers them.
 * @IPSECSIM_CAP_ESP: ESP.
 * @IPSECSIM_CAP_AH: AH.
 * @IPSECSIM_CAP_AH_ESP: AH and ESP around one packet.
 * @IPSECSIM_CAP_TRANSPORT: Transport mode.
 * @IPSECSIM_CAP_TUNNEL: Tunnel mode.
 * @IPSECSIM_CAP_COMBINED: Transport mode inside of tunnel mode.
 * @IPSECSIM_CAP_IPV6: IPv6.
 * @IPSECSIM_CAP_IPV4_OPTIONS: Received packets with IPv4 options.
 * @IPSECSIM_CAP_IPV6_EXTHDRS: Received packets with IPv6 extension headers.
 * @IPSECSIM_CAP_LSO: Segmentation.
 * @IPSECSIM_CAP_ESN: Extended sequence numbers.
 * @IPSECSIM_CAP_UDP_ESP: ESP in UDP.
 * @IPSECSIM_CAP_TX_CSUM: Checksums inside of ESP packets that are sent.
 * @IPSECSIM_CAP_INBOUND: Inbound SAs; without, software has them.
 * @IPSECSIM_CAP_RX: Received packets; without, software decrypts them.
 * @IPSECSIM_CAP_ANY_PROTO: SAs whose selector names a protocol other than TCP
 *   and UDP.
 */
enum ipsecsim_cap {
	IPSECSIM_CAP_ESP = 1,
	IPSECSIM_CAP_AH = 2,
	IPSECSIM_CAP_AH_ESP = 4,
	IPSECSIM_CAP_TRANSPORT = 8,
	IPSECSIM_CAP_TUNNEL = 16,
	IPSECSIM_CAP_COMBINED = 32,
	IPSECSIM_CAP_IPV6 = 64,
	IPSECSIM_CAP_IPV4_OPTIONS = 128,
	IPSECSIM_CAP_IPV6_EXTHDRS = 256,
	IPSECSIM_CAP_LSO = 512,
	IPSECSIM_CAP_ESN = 1024,
	IPSECSIM_CAP_UDP_ESP = 2048,
	IPSECSIM_CAP_TX_CSUM = 4096,
	IPSECSIM_CAP_INBOUND = 8192,
	IPSECSIM_CAP_RX = 16384,
	IPSECSIM_CAP_ANY_PROTO = 32768,
};

/**
 * enum ipsecsim_size - Lengths in bits of what an SA has, as the data sheet
 *   numbers them.
 * @IPSECSIM_SIZE_AES_128: Key of any AES algorithm, without salt or nonce.
 * @IPSECSIM_SIZE_AES_192: The same.
 * @IPSECSIM_SIZE_AES_256: The same.
 * @IPSECSIM_SIZE_ICV_64: ICV of an algorithm that encrypts and authenticates.
 * @IPSECSIM_SIZE_ICV_96: The same.
 * @IPSECSIM_SIZE_ICV_128: The same.
 */
enum ipsecsim_size {
	IPSECSIM_SIZE_AES_128 = 1,
	IPSECSIM_SIZE_AES_192 = 2,
	IPSECSIM_SIZE_AES_256 = 4,
	IPSECSIM_SIZE_ICV_64 = 8,
	IPSECSIM_SIZE_ICV_96 = 16,
	IPSECSIM_SIZE_ICV_128 = 32,
};

/**
 * enum ipsecsim_profile - Sets of capabilities, sizes and bounds, after the
 *   SAs that the driver of a NIC takes and the errors it refuses others with.
 * @IPSECSIM_PROFILE_NONE: All that the adapter has.
 * @IPSECSIM_PROFILE_NETDEVSIM: The kernel's simulator. AES-GCM, no ESN, 33
 *   SAs.
 * @IPSECSIM_PROFILE_IXGBE: Intel 82599 and X540. AES-GCM with a key of 128
 *   bits, transport mode, no ESN, 1024 SAs in each direction.
 * @IPSECSIM_PROFILE_MLX5: NVIDIA ConnectX, crypto offload. AES-GCM with keys
 *   of 128 and 256 bits, ESN, TCP and UDP if the selector names a protocol.
 * @IPSECSIM_PROFILE_CN10K: Marvell OCTEON. AES-GCM, no ESN. Only outbound SAs;
 *   software has the others.
 * @IPSECSIM_PROFILE_NFP: Netronome NFP-4000 and 6000. AES-GCM, AES-GMAC,
 *   AES-CBC, 3DES and NULL with HMAC; no ESN; 16384 SAs, and EBUSY for more.
 * @IPSECSIM_PROFILE_NFP3800: NFP-3800. As nfp, with ChaCha20-Poly1305 and
 *   without 3DES and HMAC-MD5.
 * @IPSECSIM_PROFILE_CHCR: Chelsio T6. AES-GCM, AES-GMAC and ChaCha20-Poly1305,
 *   keys of 128 and 256 bits, an ICV of 96 or 128, ESN. It takes inbound SAs
 *   and leaves their packets to software.
 */
enum ipsecsim_profile {
	IPSECSIM_PROFILE_NONE,
	IPSECSIM_PROFILE_NETDEVSIM,
	IPSECSIM_PROFILE_IXGBE,
	IPSECSIM_PROFILE_MLX5,
	IPSECSIM_PROFILE_CN10K,
	IPSECSIM_PROFILE_NFP,
	IPSECSIM_PROFILE_NFP3800,
	IPSECSIM_PROFILE_CHCR,
};

enum {
	IPSECSIM_A_ADAPTER_IFINDEX = 1,
	IPSECSIM_A_ADAPTER_IFNAME,
	IPSECSIM_A_ADAPTER_DEVICE,
	IPSECSIM_A_ADAPTER_PEER_DEVICE,
	IPSECSIM_A_ADAPTER_PEER_IFINDEX,
	IPSECSIM_A_ADAPTER_PEER_IFNAME,
	IPSECSIM_A_ADAPTER_QUEUES,
	IPSECSIM_A_ADAPTER_SA_CAPACITY,
	IPSECSIM_A_ADAPTER_SA_COUNT,
	IPSECSIM_A_ADAPTER_PEER_NETNS_FD,
	IPSECSIM_A_ADAPTER_LOWER_IFINDEX,
	IPSECSIM_A_ADAPTER_LOWER_IFNAME,
	IPSECSIM_A_ADAPTER_LOWER_TX_DROPPED,
	IPSECSIM_A_ADAPTER_LOWER_RX_DROPPED,
	IPSECSIM_A_ADAPTER_PAD,

	__IPSECSIM_A_ADAPTER_MAX,
	IPSECSIM_A_ADAPTER_MAX = (__IPSECSIM_A_ADAPTER_MAX - 1)
};

enum {
	IPSECSIM_A_SA_IFINDEX = 1,
	IPSECSIM_A_SA_HANDLE,
	IPSECSIM_A_SA_TAG,
	IPSECSIM_A_SA_SPI,
	IPSECSIM_A_SA_DIR,
	IPSECSIM_A_SA_MODE,
	IPSECSIM_A_SA_FAMILY,
	IPSECSIM_A_SA_SRC,
	IPSECSIM_A_SA_DST,
	IPSECSIM_A_SA_ENC_ALG,
	IPSECSIM_A_SA_AUTH_ALG,
	IPSECSIM_A_SA_ICV_LEN,
	IPSECSIM_A_SA_ESN,
	IPSECSIM_A_SA_ESN_HI,
	IPSECSIM_A_SA_PACKETS,
	IPSECSIM_A_SA_BYTES,
	IPSECSIM_A_SA_AUTH_ERRORS,
	IPSECSIM_A_SA_PAD,
	IPSECSIM_A_SA_ERRORS,
	IPSECSIM_A_SA_ESN_OVERLAP,
	IPSECSIM_A_SA_ENCAP,
	IPSECSIM_A_SA_ENCAP_SPORT,
	IPSECSIM_A_SA_ENCAP_DPORT,

	__IPSECSIM_A_SA_MAX,
	IPSECSIM_A_SA_MAX = (__IPSECSIM_A_SA_MAX - 1)
};

enum {
	IPSECSIM_A_EVENT_SA_HANDLE = 1,
	IPSECSIM_A_EVENT_SA_TAG,
	IPSECSIM_A_EVENT_SA_SPI,
	IPSECSIM_A_EVENT_SA_PROTO,
	IPSECSIM_A_EVENT_SA_DIR,
	IPSECSIM_A_EVENT_SA_FAMILY,
	IPSECSIM_A_EVENT_SA_SRC,
	IPSECSIM_A_EVENT_SA_DST,
	IPSECSIM_A_EVENT_SA_REQID,
	IPSECSIM_A_EVENT_SA_MARK,
	IPSECSIM_A_EVENT_SA_MARK_MASK,
	IPSECSIM_A_EVENT_SA_IF_ID,

	__IPSECSIM_A_EVENT_SA_MAX,
	IPSECSIM_A_EVENT_SA_MAX = (__IPSECSIM_A_EVENT_SA_MAX - 1)
};

enum {
	IPSECSIM_A_EVENT_IFINDEX = 1,
	IPSECSIM_A_EVENT_IFNAME,
	IPSECSIM_A_EVENT_TYPE,
	IPSECSIM_A_EVENT_SA,
	IPSECSIM_A_EVENT_TWIN,
	IPSECSIM_A_EVENT_REASON,
	IPSECSIM_A_EVENT_EXPIRED,

	__IPSECSIM_A_EVENT_MAX,
	IPSECSIM_A_EVENT_MAX = (__IPSECSIM_A_EVENT_MAX - 1)
};

enum {
	IPSECSIM_A_DELETE_REQ_IFINDEX = 1,
	IPSECSIM_A_DELETE_REQ_HANDLE,
	IPSECSIM_A_DELETE_REQ_AUTH_ERRORS,
	IPSECSIM_A_DELETE_REQ_SEQ,
	IPSECSIM_A_DELETE_REQ_PACKETS,
	IPSECSIM_A_DELETE_REQ_BYTES,
	IPSECSIM_A_DELETE_REQ_ACTION,
	IPSECSIM_A_DELETE_REQ_PAD,

	__IPSECSIM_A_DELETE_REQ_MAX,
	IPSECSIM_A_DELETE_REQ_MAX = (__IPSECSIM_A_DELETE_REQ_MAX - 1)
};

enum {
	IPSECSIM_A_FAULT_IFINDEX = 1,
	IPSECSIM_A_FAULT_POINT,
	IPSECSIM_A_FAULT_PPM,
	IPSECSIM_A_FAULT_NTH,
	IPSECSIM_A_FAULT_SEED,
	IPSECSIM_A_FAULT_SPI,
	IPSECSIM_A_FAULT_OPCODE,
	IPSECSIM_A_FAULT_ADMIN_STATUS,
	IPSECSIM_A_FAULT_CRYPTO_STATUS,
	IPSECSIM_A_FAULT_MS,
	IPSECSIM_A_FAULT_SEEN,
	IPSECSIM_A_FAULT_HITS,
	IPSECSIM_A_FAULT_MISSED,
	IPSECSIM_A_FAULT_PAD,

	__IPSECSIM_A_FAULT_MAX,
	IPSECSIM_A_FAULT_MAX = (__IPSECSIM_A_FAULT_MAX - 1)
};

enum {
	IPSECSIM_A_CAPS_IFINDEX = 1,
	IPSECSIM_A_CAPS_CAPS,
	IPSECSIM_A_CAPS_ENC_ALGS,
	IPSECSIM_A_CAPS_AUTH_ALGS,
	IPSECSIM_A_CAPS_SA_CAPACITY,
	IPSECSIM_A_CAPS_SIZES,
	IPSECSIM_A_CAPS_PROFILE,
	IPSECSIM_A_CAPS_SA_CAPACITY_IN,
	IPSECSIM_A_CAPS_SA_CAPACITY_OUT,
	IPSECSIM_A_CAPS_BUSY_WHEN_FULL,

	__IPSECSIM_A_CAPS_MAX,
	IPSECSIM_A_CAPS_MAX = (__IPSECSIM_A_CAPS_MAX - 1)
};

enum {
	IPSECSIM_A_POLICY_IFINDEX = 1,
	IPSECSIM_A_POLICY_ID,
	IPSECSIM_A_POLICY_DIR,
	IPSECSIM_A_POLICY_ACTION,
	IPSECSIM_A_POLICY_FAMILY,
	IPSECSIM_A_POLICY_SRC,
	IPSECSIM_A_POLICY_SRC_LEN,
	IPSECSIM_A_POLICY_DST,
	IPSECSIM_A_POLICY_DST_LEN,
	IPSECSIM_A_POLICY_PROTO,
	IPSECSIM_A_POLICY_SPORT,
	IPSECSIM_A_POLICY_DPORT,
	IPSECSIM_A_POLICY_PASSED,
	IPSECSIM_A_POLICY_STOPPED,
	IPSECSIM_A_POLICY_PAD,
	IPSECSIM_A_POLICY_IFNAME,

	__IPSECSIM_A_POLICY_MAX,
	IPSECSIM_A_POLICY_MAX = (__IPSECSIM_A_POLICY_MAX - 1)
};

enum {
	IPSECSIM_CMD_ADAPTER_GET = 1,
	IPSECSIM_CMD_SA_GET,
	IPSECSIM_CMD_FAULT_GET,
	IPSECSIM_CMD_FAULT_SET,
	IPSECSIM_CMD_DELETE_REQ_GET,
	IPSECSIM_CMD_DELETE_REQ_SET,
	IPSECSIM_CMD_DELETE_REQ_RAISE,
	IPSECSIM_CMD_EVENT,
	IPSECSIM_CMD_FAULT_CLEAR,
	IPSECSIM_CMD_SA_EPOCH_SET,
	IPSECSIM_CMD_ADAPTER_ADD,
	IPSECSIM_CMD_ADAPTER_DEL,
	IPSECSIM_CMD_WIRE_CONNECT,
	IPSECSIM_CMD_WIRE_DISCONNECT,
	IPSECSIM_CMD_CAPS_GET,
	IPSECSIM_CMD_CAPS_SET,
	IPSECSIM_CMD_POLICY_GET,
	IPSECSIM_CMD_POLICY_ADD,
	IPSECSIM_CMD_POLICY_DEL,
	IPSECSIM_CMD_POLICY_FLUSH,

	__IPSECSIM_CMD_MAX,
	IPSECSIM_CMD_MAX = (__IPSECSIM_CMD_MAX - 1)
};

#define IPSECSIM_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_IPSECSIM_H */
