/* What becomes of connections by the clock: the oldest on its way gives up, the next one begins. */
#include "sim/transport/stream.h"

void stream_look_at(struct stream *s, int64_t due_ns)
{
	if (!wheel_timer_armed(&s->timer) || s->timer.due_ns > due_ns)
		wheel_arm(&s->transport.loop->wheel, &s->timer, due_ns);
}

void stream_next_handshake(struct stream *s)
{
	if (s->beginning)
		return;
	s->beginning = true;
	while (s->handshakes < STREAM_HANDSHAKES && !list_is_empty(&s->queued))
		connection_begin_handshake(connection_of_next(s->queued.next));
	s->beginning = false;
}

bool stream_may_handshake(struct stream *s)
{
	struct loop *loop = s->transport.loop;

	loop_look(loop);
	if (s->handshake_turn != loop->turns) {
		s->handshake_turn = loop->turns;
		s->handshake_turn_ns = loop->now_ns;
	}
	return loop->now_ns - s->handshake_turn_ns < STREAM_HANDSHAKES_NS;
}
