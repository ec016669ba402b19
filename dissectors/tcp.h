/* TCP's header, RFC 9293 section 3.1. Streams are put together in analyzer/reassembly/. */
#ifndef DISSECTORS_TCP_H
#define DISSECTORS_TCP_H

#include "dissectors/layer.h"

/* Completes the view: transport, ports, view->tcp, payload. */
enum parse_status tcp_enter(struct layer *at, struct packet_view *view);

#endif
