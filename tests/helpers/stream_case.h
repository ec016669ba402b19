/* Two calls over one streams module: what its tests begin and end with. */
#ifndef TESTS_HELPERS_STREAM_CASE_H
#define TESTS_HELPERS_STREAM_CASE_H

#include "tests/helpers/stream_lab.h"

#define A "192.0.2.1:4000"
#define B "198.51.100.2:6000"
#define SDP_TO(addr, port, formats, more)                                                          \
	"v=0\r\no=- 1 1 IN IP4 " addr "\r\ns=-\r\nc=IN IP4 " addr "\r\nt=0 0\r\nm=audio " port     \
	" RTP/AVP " formats "\r\n" more
#define EVENTS "a=rtpmap:101 telephone-event/8000\r\n"
#define SDP_A  SDP_TO("192.0.2.1", "4000", "0 8 101", EVENTS)
#define SDP_B  SDP_TO("198.51.100.2", "6000", "0 101", EVENTS)

extern struct stream_lab lab;
extern struct call_media call_one, call_two;

void open_lab(void);
/* Closes both calls and the module, and asks the database for what holds for every stream, always. */
void end_lab(void);
void close_lab(void);

/* A column of the only row of `streams`. */
int64_t one(const char *column);
double one_real(const char *column);
void expect_text(const char *sql, const char *want);

/* RTCP packets written to p (28 and 32 octets). */
struct slice sender_report(uint8_t *p, uint32_t ssrc, uint64_t ntp);
struct slice receiver_report(uint8_t *p, uint32_t reporter, uint32_t source, uint32_t lsr,
                             uint32_t dlsr);

#endif
