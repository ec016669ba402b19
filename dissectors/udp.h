/* UDP, RFC 768. */
#ifndef DISSECTORS_UDP_H
#define DISSECTORS_UDP_H

#include "dissectors/layer.h"

/* Completes the view: transport, ports, payload. A length of 0, or beyond what is there, means truncated. */
enum parse_status udp_enter(struct layer *at, struct packet_view *view);

#endif
