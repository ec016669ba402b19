/* Any messages into a station that calls, or answers calls: whatever comes, calls end, and nothing of them is left. The first octet says who it
 * is; messages are parted by an octet 0, and half a second goes by between two. */
#include "tests/helpers/station_lab.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD(NUMBER, METHOD)                                                                       \
	"<![CDATA[\n" METHOD " sip:b@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/UDP "         \
	"[local_ip]:[local_port];branch=[branch]\n"                                                \
	"From: <sip:a@a>;tag=[call_number]\nTo: <sip:b@b>[peer_tag_param]\nCall-ID: "              \
	"[call_id]\nCSeq: " NUMBER " " METHOD "\n"

static const char caller[] = "<send retrans=\"500\" start_txn=\"invite\">" HEAD(
        "1", "INVITE") "Content-Length: [len]\n\nv=0\nm=audio 4000 RTP/AVP 0\n]]></send>"
                       "<recv response=\"100\" optional=\"true\"/>"
                       "<recv response=\"180\" optional=\"true\" rrs=\"true\"><action>"
                       "<ereg regexp=\"[a-z]+(.*)\" search_in=\"hdr\" header=\"Contact:\" "
                       "occurrence=\"2\" assign_to=\"a,b\"/>"
                       "<ereg regexp=\"(a|b)*c\" search_in=\"msg\" assign_to=\"c\"/><log "
                       "message=\"[$a][$b][$c][last_Via][last_Request_URI]\"/></action></recv>"
                       "<recv response=\"407\" optional=\"true\" auth=\"true\" next=\"again\"/>"
                       "<recv response=\"200\" rrs=\"true\" response_txn=\"invite\"/>"
                       "<send ack_txn=\"invite\">" HEAD(
                               "1",
                               "ACK") "[routes]\nContent-Length: 0\n\n]]></send>"
                                      "<pause milliseconds=\"700\"/>"
                                      "<label id=\"again\"/>"
                                      "<send retrans=\"500\">" HEAD(
                                              "2",
                                              "BYE") "[authentication username=u "
                                                     "password=p]\n[routes]\nX: [next_url] "
                                                     "[last_X:] [last_message]\n"
                                                     "Content-Length: [len]\n\n]]></send>"
                                                     "<recv response=\"200\" timeout=\"3000\"/>";

#define ANSWER                                                                                     \
	"[last_Via:]\n[last_From:]\n[last_To:];tag=t\n[last_Call-ID:]\n[last_CSeq:]\n[last_"       \
	"Record-Route:]\nContent-Length: 0\n\n]]></send>"

static const char callee[] =
        "<recv request=\"INVITE|MESSAGE\" regexp_match=\"true\" rrs=\"true\"><action>"
        "<verifyauth assign_to=\"ok\" username=\"u\" password=\"p\"/><log "
        "message=\"[$ok]\"/></action></recv>"
        "<send><![CDATA[\nSIP/2.0 180 Ringing\n" ANSWER
        "<send retrans=\"500\"><![CDATA[\nSIP/2.0 200 OK\n" ANSWER
        "<recv request=\"ACK\" optional=\"true\"/>"
        "<recv request=\"INFO\" optional=\"global\"/><recv request=\"BYE\" timeout=\"5000\"/>"
        "<send><![CDATA[\nSIP/2.0 200 OK\n" ANSWER "<timewait milliseconds=\"1000\"/>";

static void put_all(struct station_lab *lab, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		size_t end = at;
		while (end < size && data[end])
			end++;
		station_lab_put_octets(lab, slice_of(data + at, end - at));
		station_lab_pass(lab, 0.5);
		at = end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct station_lab lab;

	if (!size)
		return 0;
	bool calls = (data[0] & 1) == 0;
	station_lab_prepare(&lab);
	lab.config.receive_timeout_ns = 10 * NS_PER_S;
	lab.config.answer_in_dialog = (data[0] & 2) != 0;
	if (!station_lab_open(&lab, calls ? caller : callee))
		abort();
	if (calls && !station_lab_call(&lab))
		abort();
	put_all(&lab, data + 1, size - 1);
	/* Every wait has an end. */
	station_lab_pass(&lab, 200);
	if (station_live(lab.station))
		abort();
	station_lab_release(&lab);
	return 0;
}
