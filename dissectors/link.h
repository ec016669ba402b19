/* Link layers: Ethernet II and 802.3 with LLC/SNAP, 802.1Q and 802.1ad tags, MPLS labels (RFC 3032), PPPoE (RFC 2516), PPP
 * (RFC 1661, 1662), and the pseudo-headers of the capture formats. */
#ifndef DISSECTORS_LINK_H
#define DISSECTORS_LINK_H

#include "dissectors/layer.h"

/* What an EtherType leads to; LAYER_UNKNOWN for the others. */
enum layer_kind ethertype_layer(uint16_t ethertype);

/* The first layer of a frame, the capture format's own pseudo-header already behind. */
enum parse_status link_enter(uint32_t link_type, struct slice frame, struct layer *at);

enum parse_status ethernet_enter(struct layer *at);
enum parse_status vlan_enter(struct layer *at, struct packet_view *view);
enum parse_status llc_enter(struct layer *at);
enum parse_status mpls_enter(struct layer *at);
enum parse_status pppoe_enter(struct layer *at);
enum parse_status ppp_enter(struct layer *at);

#endif
