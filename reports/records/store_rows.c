/* What columns the tables have, and keeping records until their batch is written. A column is named here and in the schema only. */
#include "reports/records/store_internal.h"

#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

/* The member's own type says how it is written. */
#define TYPE_OF(member)                                                                            \
	_Generic(((const RECORD *)0)->member, int64_t                                              \
	         : COLUMN_INT64, uint32_t                                                          \
	         : COLUMN_UINT32, uint16_t                                                         \
	         : COLUMN_UINT16, bool                                                             \
	         : COLUMN_BOOL, double                                                             \
	         : COLUMN_REAL, struct slice                                                       \
	         : COLUMN_TEXT, char                                                               \
	         : COLUMN_CHAR, struct ip_addr                                                     \
	         : COLUMN_ADDRESS)
#define NAMED(name, member)                                                                        \
	{                                                                                          \
		name, TYPE_OF(member), offsetof(RECORD, member)                                    \
	}
#define COLUMN(member) NAMED(#member, member)
#define REQUIRED(member)                                                                           \
	{                                                                                          \
#member, COLUMN_REQUIRED, offsetof(RECORD, member)                                 \
	}
#define OCTETS(member)                                                                             \
	{                                                                                          \
#member, COLUMN_OCTETS, offsetof(RECORD, member)                                   \
	}

#define RECORD struct record_capture
static const struct column capture_columns[] = {
	COLUMN(id),
	COLUMN(run_id),
	REQUIRED(path),
	REQUIRED(format),
	COLUMN(bytes),
	COLUMN(packets),
	COLUMN(first_us),
	COLUMN(last_us),
	COLUMN(damaged_bytes),
	COLUMN(truncated_packets),
	COLUMN(skipped_packets),
	COLUMN(damage),
	COLUMN(dropped_packets),
};
#undef RECORD

#define RECORD struct record_call
static const struct column call_columns[] = {
	COLUMN(id),           COLUMN(run_id),        REQUIRED(sip_call_id),
	COLUMN(caller),       COLUMN(callee),        COLUMN(first_us),
	COLUMN(last_us),      COLUMN(start_us),      COLUMN(ring_us),
	COLUMN(answer_us),    COLUMN(end_us),        COLUMN(setup_ms),
	COLUMN(pdd_ms),       COLUMN(talk_ms),       COLUMN(outcome),
	COLUMN(final_status), COLUMN(reason),        COLUMN(q850_cause),
	COLUMN(released_by),  COLUMN(leg_count),     COLUMN(mos_min),
	COLUMN(transferred),  COLUMN(held_ms),       COLUMN(cut),
	COLUMN(trying_ms),    COLUMN(disconnect_ms), COLUMN(disconnect),
	COLUMN(attempts),     COLUMN(challenges),    COLUMN(username),
	COLUMN(realm),        COLUMN(holds),         COLUMN(extra_answers),
	COLUMN(cancel_race),
};
#undef RECORD

#define RECORD struct record_dialog
static const struct column dialog_columns[] = {
	COLUMN(id),
	COLUMN(run_id),
	COLUMN(call_id),
	REQUIRED(sip_call_id),
	COLUMN(kind),
	REQUIRED(state),
	COLUMN(from_uri),
	COLUMN(from_tag),
	COLUMN(to_uri),
	COLUMN(to_tag),
	COLUMN(caller_contact),
	COLUMN(callee_contact),
	COLUMN(caller_user_agent),
	COLUMN(callee_user_agent),
	COLUMN(src),
	COLUMN(dst),
	COLUMN(transport),
	COLUMN(start_us),
	COLUMN(answer_us),
	COLUMN(end_us),
	COLUMN(forked_from),
	COLUMN(replaces),
	COLUMN(first_message),
	COLUMN(last_message),
	COLUMN(ring_us),
	COLUMN(final_status),
	COLUMN(won),
	COLUMN(session_expires_s),
	COLUMN(refresher),
	COLUMN(refreshes),
};
#undef RECORD

#define RECORD struct record_transaction
static const struct column transaction_columns[] = {
	COLUMN(id),
	COLUMN(run_id),
	COLUMN(dialog_id),
	REQUIRED(sip_call_id),
	REQUIRED(method),
	COLUMN(cseq),
	COLUMN(branch),
	COLUMN(src),
	COLUMN(dst),
	COLUMN(request_us),
	COLUMN(first_response_us),
	COLUMN(final_us),
	COLUMN(final_status),
	COLUMN(retransmissions),
	COLUMN(timed_out),
	COLUMN(auth_attempt),
};
#undef RECORD

#define RECORD struct record_message
static const struct column message_columns[] = {
	COLUMN(id),           COLUMN(capture_id),  COLUMN(frame),          COLUMN(time_us),
	COLUMN(file_offset),  REQUIRED(src),       REQUIRED(dst),          REQUIRED(transport),
	REQUIRED(first_line), COLUMN(method),      COLUMN(status),         COLUMN(cseq),
	COLUMN(cseq_method),  COLUMN(sip_call_id), COLUMN(transaction_id), COLUMN(dialog_id),
	COLUMN(bytes),        COLUMN(has_sdp),     COLUMN(retransmission), COLUMN(sdp),
	COLUMN(defects),      COLUMN(first_frame),
};
#undef RECORD

#define RECORD struct record_stream
static const struct column stream_columns[] = {
	COLUMN(id),
	COLUMN(run_id),
	COLUMN(call_id),
	COLUMN(dialog_id),
	COLUMN(direction),
	NAMED("src_addr", src.addr),
	NAMED("src_port", src.port),
	NAMED("dst_addr", dst.addr),
	NAMED("dst_port", dst.port),
	COLUMN(ssrc),
	COLUMN(payload_type),
	COLUMN(codec),
	COLUMN(clock_hz),
	COLUMN(ptime_ms),
	COLUMN(encrypted),
	COLUMN(first_us),
	COLUMN(last_us),
	COLUMN(packets),
	COLUMN(expected),
	COLUMN(lost),
	COLUMN(duplicates),
	COLUMN(reordered),
	COLUMN(late),
	COLUMN(bytes),
	COLUMN(segments),
	COLUMN(ignored),
	COLUMN(max_delta_ms),
	COLUMN(jitter_max_ms),
	COLUMN(jitter_mean_ms),
	COLUMN(jitter_p95_ms),
	COLUMN(loss_ratio),
	COLUMN(burst_r),
	COLUMN(longest_loss),
	COLUMN(clock_skew_ppm),
	COLUMN(r_factor),
	COLUMN(mos_lq),
	COLUMN(mos_cq),
	COLUMN(mos_scale),
	COLUMN(mos_estimated),
	COLUMN(delay_ms),
	COLUMN(delay_source),
	COLUMN(silence_ratio),
	COLUMN(dscp),
	COLUMN(ended_early),
};
#undef RECORD

#define RECORD struct record_interval
static const struct column interval_columns[] = {
	COLUMN(stream_id), COLUMN(start_us),  COLUMN(packets), COLUMN(lost),
	COLUMN(late),      COLUMN(jitter_ms), COLUMN(mos),
};
#undef RECORD

#define RECORD struct record_stream_events
static const struct column stream_events_columns[] = {
	COLUMN(stream_id),   COLUMN(bursts), COLUMN(burst_density), COLUMN(burst_ms),
	COLUMN(gap_density), COLUMN(gap_ms), OCTETS(trace),         COLUMN(complete),
};
#undef RECORD

#define RECORD struct record_stream_mode
static const struct column stream_mode_columns[] = {
	COLUMN(stream_id), REQUIRED(mode), COLUMN(frames), COLUMN(ie), COLUMN(bpl),
};
#undef RECORD

#define RECORD struct record_stream_marks
static const struct column stream_marks_columns[] = {
	COLUMN(stream_id),
	OCTETS(marks),
	COLUMN(count),
	COLUMN(complete),
};
#undef RECORD

#define RECORD struct record_rtcp
static const struct column rtcp_columns[] = {
	COLUMN(id),
	COLUMN(stream_id),
	COLUMN(time_us),
	COLUMN(reporter_ssrc),
	COLUMN(source_ssrc),
	COLUMN(fraction_lost),
	COLUMN(cumulative_lost),
	COLUMN(jitter_ms),
	COLUMN(rtt_ms),
	COLUMN(xr_r_factor),
	COLUMN(xr_mos_lq),
	COLUMN(xr_mos_cq),
	REQUIRED(kind),
	COLUMN(frame),
	COLUMN(capture_id),
	COLUMN(xr_discard_ratio),
	COLUMN(xr_burst_density),
	COLUMN(xr_burst_ms),
	COLUMN(xr_gap_density),
	COLUMN(xr_gap_ms),
	COLUMN(xr_end_system_ms),
	COLUMN(xr_signal_dbm),
	COLUMN(xr_noise_dbm),
	COLUMN(xr_rerl_db),
	COLUMN(xr_gmin),
	COLUMN(xr_ext_r_factor),
	COLUMN(xr_plc),
	COLUMN(xr_jitter_buffer),
	COLUMN(xr_jb_nominal_ms),
	COLUMN(xr_jb_max_ms),
	COLUMN(xr_jb_abs_max_ms),
	COLUMN(one_way_ms),
	COLUMN(sip_call_id),
	COLUMN(source),
	COLUMN(target),
};
#undef RECORD

#define RECORD struct record_t38
static const struct column t38_columns[] = {
	COLUMN(call_id), COLUMN(dialog_id), COLUMN(asked_us),  REQUIRED(asked_by),
	COLUMN(status),  COLUMN(agreed),    COLUMN(datagrams),
};
#undef RECORD

#define RECORD struct record_stream_rtcp
static const struct column stream_rtcp_columns[] = {
	COLUMN(stream_id),        COLUMN(cname),         COLUMN(sender_reports),
	COLUMN(sender_packets),   COLUMN(sender_octets), COLUMN(receiver_reports),
	COLUMN(far_fraction_max), COLUMN(far_lost),      COLUMN(far_jitter_max_ms),
	COLUMN(rtt_mean_ms),      COLUMN(rtt_max_ms),    COLUMN(bye_us),
	COLUMN(bye_reason),
};
#undef RECORD

#define RECORD struct record_stream_srtp
static const struct column stream_srtp_columns[] = {
	COLUMN(stream_id),     REQUIRED(suite), REQUIRED(key),
	COLUMN(authenticated), COLUMN(failed),  COLUMN(roc),
};
#undef RECORD

#define RECORD struct record_dtmf
static const struct column dtmf_columns[] = {
	COLUMN(id),         COLUMN(call_id),     COLUMN(stream_id),   COLUMN(time_us),
	COLUMN(digit),      COLUMN(duration_ms), COLUMN(method),      COLUMN(direction),
	COLUMN(complete),   COLUMN(dialog_id),   COLUMN(press_id),    COLUMN(start_lost),
	COLUMN(end_lost),   COLUMN(packets),     COLUMN(end_packets), COLUMN(payload_type),
	COLUMN(level_dbm0), COLUMN(wall_ms),     COLUMN(status),      COLUMN(lint),
	COLUMN(capture_id), COLUMN(first_frame), COLUMN(last_frame),
};
#undef RECORD

#define RECORD struct record_call_digits
static const struct column call_digits_columns[] = {
	COLUMN(call_id),   REQUIRED(party),        REQUIRED(digits), COLUMN(presses),
	REQUIRED(methods), COLUMN(count_mismatch), COLUMN(first_us), COLUMN(last_us),
};
#undef RECORD

#define RECORD struct record_stream_audio
static const struct column stream_audio_columns[] = {
	COLUMN(stream_id),      COLUMN(decoded_ms),          COLUMN(concealed_ms),
	COLUMN(pause_ms),       COLUMN(decoded_packets),     COLUMN(undecoded_packets),
	COLUMN(undecoded),      COLUMN(level_dbov),          COLUMN(mean_dbov),
	COLUMN(activity),       COLUMN(noise_dbov),          COLUMN(peak_dbov),
	COLUMN(clipped_ratio),  COLUMN(silence_ms),          COLUMN(dead_air),
	COLUMN(dead_air_ms),    COLUMN(dead_air_longest_ms), COLUMN(talk_ms),
	COLUMN(first_audio_us), COLUMN(inband_unreliable),
};
#undef RECORD

#define RECORD struct record_tone
static const struct column tone_columns[] = {
	COLUMN(stream_id), COLUMN(call_id), COLUMN(time_us),  COLUMN(duration_ms), REQUIRED(tone),
	COLUMN(plan),      COLUMN(hz),      COLUMN(other_hz), COLUMN(level_dbov),  COLUMN(bursts),
};
#undef RECORD

#define RECORD struct record_call_audio
static const struct column call_audio_columns[] = {
	COLUMN(call_id),         COLUMN(dialog_id),         COLUMN(caller_ms),
	COLUMN(callee_ms),       COLUMN(caller_talk_ms),    COLUMN(callee_talk_ms),
	COLUMN(double_talk_ms),  COLUMN(mutual_silence_ms), COLUMN(mutual_silence_longest_ms),
	COLUMN(caller_first_ms), COLUMN(callee_first_ms),   COLUMN(silent),
};
#undef RECORD

#define RECORD struct record_kpi
static const struct column kpi_columns[] = {
	COLUMN(run_id), COLUMN(scope),     COLUMN(name),        COLUMN(value),
	COLUMN(unit),   COLUMN(numerator), COLUMN(denominator),
};
#undef RECORD

#define RECORD struct record_sim_step
static const struct column sim_step_columns[] = {
	COLUMN(run_id),          REQUIRED(scenario), COLUMN(step),
	COLUMN(label),           COLUMN(sent),       COLUMN(received),
	COLUMN(retransmissions), COLUMN(timeouts),   COLUMN(unexpected),
	COLUMN(failed),          COLUMN(line),
};
#undef RECORD

#define RECORD struct record_sim_call
static const struct column sim_call_columns[] = {
	COLUMN(run_id),          REQUIRED(sip_call_id),
	REQUIRED(scenario),      COLUMN(role),
	COLUMN(started_us),      COLUMN(ended_us),
	COLUMN(outcome),         COLUMN(failed_step),
	COLUMN(failure),         COLUMN(packets_sent),
	COLUMN(packets_dropped), COLUMN(digits_sent),
	COLUMN(intended_us),     COLUMN(failure_text),
	COLUMN(messages_sent),   COLUMN(messages_dropped),
	COLUMN(rtp_sent),        COLUMN(rtp_dropped),
	COLUMN(rtp_unseen),      COLUMN(rtp_duplicated),
	COLUMN(rtp_received),
};
#undef RECORD

#define RECORD struct record_sim_interval
static const struct column sim_interval_columns[] = {
	COLUMN(run_id),       COLUMN(start_us),   COLUMN(calls_started),   COLUMN(calls_ended),
	COLUMN(calls_failed), COLUMN(concurrent), COLUMN(retransmissions), COLUMN(rtt_p50_ms),
	COLUMN(rtt_p99_ms),   COLUMN(rate),
};
#undef RECORD

#define RECORD struct record_edge
static const struct column edge_columns[] = {
	COLUMN(call_id),  COLUMN(dialog_id), COLUMN(other_dialog_id),
	REQUIRED(reason), COLUMN(score),     COLUMN(detail),
};
#undef RECORD

#define RECORD struct record_transfer
static const struct column transfer_columns[] = {
	COLUMN(id),        COLUMN(run_id),   COLUMN(call_id),     COLUMN(dialog_id),
	REQUIRED(kind),    COLUMN(refer_to), COLUMN(referred_by), COLUMN(replaces),
	COLUMN(time_us),   COLUMN(end_us),   COLUMN(status),      COLUMN(notify_status),
	REQUIRED(outcome),
};
#undef RECORD

#define RECORD struct record_registration
static const struct column registration_columns[] = {
	COLUMN(id),           COLUMN(run_id),         COLUMN(aor),
	COLUMN(contact),      COLUMN(registrar),      COLUMN(username),
	COLUMN(realm),        COLUMN(time_us),        COLUMN(outcome),
	COLUMN(final_status), COLUMN(challenges),     COLUMN(expires_s),
	COLUMN(user_agent),   COLUMN(sip_call_id),    COLUMN(src),
	COLUMN(dst),          COLUMN(transport),      COLUMN(contacts),
	COLUMN(delay_ms),     COLUMN(ended_us),       COLUMN(ended_by),
	COLUMN(reason),       COLUMN(transaction_id), COLUMN(first_frame),
	COLUMN(last_frame),   COLUMN(capture_id),
};
#undef RECORD

#define RECORD struct record_subscription
static const struct column subscription_columns[] = {
	COLUMN(id),           COLUMN(dialog_id),   COLUMN(event),      COLUMN(state),
	COLUMN(expires_s),    COLUMN(notifies),    COLUMN(end_reason), COLUMN(run_id),
	REQUIRED(kind),       COLUMN(sip_call_id), COLUMN(resource),   COLUMN(subscriber),
	COLUMN(event_id),     COLUMN(start_us),    COLUMN(end_us),     COLUMN(refreshes),
	COLUMN(final_status), COLUMN(last_status), COLUMN(src),        COLUMN(dst),
};
#undef RECORD

#define RECORD struct record_rule
static const struct column rule_columns[] = {
	COLUMN(run_id),   REQUIRED(rule),    REQUIRED(name),    REQUIRED(severity),
	COLUMN(enabled),  REQUIRED(section), REQUIRED(meaning), COLUMN(disproof),
	COLUMN(settings), COLUMN(obstacle),
};
#undef RECORD

#define RECORD struct record_finding
static const struct column finding_columns[] = {
	COLUMN(id),         COLUMN(run_id),       REQUIRED(rule),          REQUIRED(name),
	REQUIRED(severity), REQUIRED(confidence), COLUMN(call_id),         COLUMN(dialog_id),
	COLUMN(stream_id),  COLUMN(first_frame),  COLUMN(last_frame),      COLUMN(first_us),
	COLUMN(last_us),    REQUIRED(text),       COLUMN(evidence),        COLUMN(suggestion),
	COLUMN(cause),      REQUIRED(noun),       COLUMN(occurrences),     COLUMN(calls),
	COLUMN(downgraded), COLUMN(capture_id),   COLUMN(last_capture_id),
};
#undef RECORD

#define RECORD struct record_occurrence
static const struct column occurrence_columns[] = {
	COLUMN(finding_id),      COLUMN(call_id),    COLUMN(dialog_id),   COLUMN(stream_id),
	COLUMN(registration_id), COLUMN(capture_id), COLUMN(first_frame), COLUMN(last_frame),
	COLUMN(first_us),        COLUMN(last_us),    REQUIRED(text),      COLUMN(evidence),
};
#undef RECORD

#define RECORD struct record_joined
static const struct column joined_columns[] = { COLUMN(leg_id), COLUMN(call_id) };
#undef RECORD

#define SHAPE(table, record)                                                                       \
	{                                                                                          \
		table, record##_columns, sizeof record##_columns / sizeof *record##_columns,       \
		        sizeof(struct record_##record)                                             \
	}

const struct table_shape store_shapes[TABLE_COUNT] = {
	[TABLE_CAPTURES] = SHAPE("captures", capture),
	[TABLE_CALLS] = SHAPE("calls", call),
	[TABLE_DIALOGS] = SHAPE("dialogs", dialog),
	[TABLE_TRANSACTIONS] = SHAPE("transactions", transaction),
	[TABLE_MESSAGES] = SHAPE("messages", message),
	[TABLE_STREAMS] = SHAPE("streams", stream),
	[TABLE_INTERVALS] = SHAPE("stream_intervals", interval),
	[TABLE_STREAM_EVENTS] = SHAPE("stream_events", stream_events),
	[TABLE_STREAM_MODES] = SHAPE("stream_modes", stream_mode),
	[TABLE_STREAM_MARKS] = SHAPE("stream_marks", stream_marks),
	[TABLE_RTCP] = SHAPE("rtcp_reports", rtcp),
	[TABLE_T38] = SHAPE("t38", t38),
	[TABLE_STREAM_RTCP] = SHAPE("stream_rtcp", stream_rtcp),
	[TABLE_STREAM_SRTP] = SHAPE("stream_srtp", stream_srtp),
	[TABLE_DTMF] = SHAPE("dtmf", dtmf),
	[TABLE_CALL_DIGITS] = SHAPE("call_digits", call_digits),
	[TABLE_STREAM_AUDIO] = SHAPE("stream_audio", stream_audio),
	[TABLE_TONES] = SHAPE("tones", tone),
	[TABLE_CALL_AUDIO] = SHAPE("call_audio", call_audio),
	[TABLE_EDGES] = SHAPE("leg_edges", edge),
	[TABLE_TRANSFERS] = SHAPE("transfers", transfer),
	[TABLE_REGISTRATIONS] = SHAPE("registrations", registration),
	[TABLE_SUBSCRIPTIONS] = SHAPE("subscriptions", subscription),
	[TABLE_RULES] = SHAPE("rules", rule),
	[TABLE_FINDINGS] = SHAPE("findings", finding),
	[TABLE_OCCURRENCES] = SHAPE("finding_occurrences", occurrence),
	[TABLE_SIM_STEPS] = SHAPE("sim_steps", sim_step),
	[TABLE_SIM_CALLS] = SHAPE("sim_calls", sim_call),
	[TABLE_SIM_INTERVALS] = SHAPE("sim_intervals", sim_interval),
	[TABLE_KPI] = SHAPE("kpi", kpi),
	[TABLE_JOINED] = SHAPE("joined", joined),
};

/* Copies eight octets at a time. True if all of them are ASCII without NUL. */
static bool copy_plain(uint8_t *out, struct slice s)
{
	uint64_t word, seen = 0;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&word, s.p + i, 8);
		memcpy(out + i, &word, 8);
		/* With the high bits clear, subtracting 1 borrows into an octet's high bit only if that octet, or a lower one, is zero. */
		seen |= word | (word - UINT64_C(0x0101010101010101));
	}
	for (; i < s.n; i++) {
		out[i] = s.p[i];
		seen |= s.p[i] | (s.p[i] - UINT64_C(1));
	}
	return (seen & UINT64_C(0x8080808080808080)) == 0;
}

/* SQLite's TEXT must be UTF-8, and a NUL ends it for many readers: each broken octet and each NUL becomes U+FFFD. */
static size_t repair_text(struct slice s, uint8_t *out)
{
	static const uint8_t replacement[3] = { 0xEF, 0xBF, 0xBD };
	size_t n = 0;

	while (s.n) {
		size_t length = s.p[0] ? utf8_length(s) : 0;
		memcpy(out + n, length ? s.p : replacement, length ? length : 3);
		n += length ? length : 3;
		s = slice_from(s, length ? length : 1);
	}
	return n;
}

/* `copy` has room for the text as it is. */
static bool keep_text(struct batch *b, struct slice *text, uint8_t *copy, enum column_type type)
{
	if (copy_plain(copy, *text) || type == COLUMN_OCTETS) {
		text->p = copy;
		return true;
	}
	copy = text->n > SIZE_MAX / 4 ? NULL : arena_alloc(&b->arena, 3 * text->n);
	if (!copy)
		return false;
	*text = slice_of(copy, repair_text(*text, copy));
	return true;
}

static struct slice *text_at(uint8_t *record, const struct column *column)
{
	return (void *)(record + column->offset);
}

/* One piece of the arena holds all texts of the record. */
static bool keep_texts(struct batch *b, uint8_t *record)
{
	size_t bytes = 0;
	uint8_t *copy;

	for (unsigned i = 0; i < b->text_count; i++)
		bytes += text_at(record, b->texts[i])->n;
	copy = arena_alloc(&b->arena, bytes);
	if (!copy)
		return false;
	for (unsigned i = 0; i < b->text_count; i++) {
		struct slice *text = text_at(record, b->texts[i]);
		size_t n = text->n;
		if (!text->p && b->texts[i]->type == COLUMN_REQUIRED)
			*text = SLICE_LIT("");
		else if (text->p && !keep_text(b, text, copy, b->texts[i]->type))
			return false;
		copy += n;
	}
	b->text_bytes += bytes;
	return true;
}

bool batch_keep(struct batch *b, const void *record)
{
	uint8_t *kept = b->records + b->rows * b->shape->record_bytes;

	assert(b->rows < STORE_BATCH_ROWS);
	memcpy(kept, record, b->shape->record_bytes);
	if (!keep_texts(b, kept))
		return false;
	b->rows++;
	return true;
}

/* The first failure sticks. */
static bool counted(struct store *s, bool ok, struct err *err)
{
	if (!ok) {
		err_memory(err, "the key figures");
		s->failed = *err;
	}
	return ok;
}

bool store_capture(struct store *s, const struct record_capture *r, struct err *err)
{
	kpi_capture(&s->kpi, r);
	return store_row(s, TABLE_CAPTURES, r, err);
}

bool store_call(struct store *s, const struct record_call *r, struct err *err)
{
	return store_row(s, TABLE_CALLS, r, err) && counted(s, kpi_call(&s->kpi, r), err);
}

bool store_dialog(struct store *s, const struct record_dialog *r, struct err *err)
{
	return store_row(s, TABLE_DIALOGS, r, err) && counted(s, kpi_dialog(&s->kpi, r), err);
}

bool store_transaction(struct store *s, const struct record_transaction *r, struct err *err)
{
	return store_row(s, TABLE_TRANSACTIONS, r, err);
}

bool store_message(struct store *s, const struct record_message *r, struct err *err)
{
	return store_row(s, TABLE_MESSAGES, r, err);
}

bool store_stream(struct store *s, const struct record_stream *r, struct err *err)
{
	kpi_stream(&s->kpi, r);
	return store_row(s, TABLE_STREAMS, r, err);
}

bool store_interval(struct store *s, const struct record_interval *r, struct err *err)
{
	return store_row(s, TABLE_INTERVALS, r, err);
}

bool store_stream_events(struct store *s, const struct record_stream_events *r, struct err *err)
{
	return store_row(s, TABLE_STREAM_EVENTS, r, err);
}

bool store_stream_mode(struct store *s, const struct record_stream_mode *r, struct err *err)
{
	return store_row(s, TABLE_STREAM_MODES, r, err);
}

bool store_stream_marks(struct store *s, const struct record_stream_marks *r, struct err *err)
{
	return store_row(s, TABLE_STREAM_MARKS, r, err);
}

bool store_rtcp(struct store *s, const struct record_rtcp *r, struct err *err)
{
	s->reported = s->reported || slice_eq_str(r->kind, "vq");
	return store_row(s, TABLE_RTCP, r, err);
}

bool store_t38(struct store *s, const struct record_t38 *r, struct err *err)
{
	return store_row(s, TABLE_T38, r, err);
}

bool store_stream_rtcp(struct store *s, const struct record_stream_rtcp *r, struct err *err)
{
	return store_row(s, TABLE_STREAM_RTCP, r, err);
}

bool store_stream_srtp(struct store *s, const struct record_stream_srtp *r, struct err *err)
{
	return store_row(s, TABLE_STREAM_SRTP, r, err);
}

void record_rtcp_init(struct record_rtcp *r)
{
	*r = (struct record_rtcp){
		.stream_id = RECORD_NULL,
		.reporter_ssrc = RECORD_NULL,
		.source_ssrc = RECORD_NULL,
		.cumulative_lost = RECORD_NULL,
		.frame = RECORD_NULL,
		.capture_id = RECORD_NULL,
		.xr_gmin = RECORD_NULL,
	};
	r->fraction_lost = r->jitter_ms = r->rtt_ms = NAN;
	r->xr_r_factor = r->xr_mos_lq = r->xr_mos_cq = r->xr_ext_r_factor = NAN;
	r->xr_discard_ratio = r->xr_burst_density = r->xr_gap_density = NAN;
	r->xr_burst_ms = r->xr_gap_ms = r->xr_end_system_ms = r->one_way_ms = NAN;
	r->xr_signal_dbm = r->xr_noise_dbm = r->xr_rerl_db = NAN;
	r->xr_jb_nominal_ms = r->xr_jb_max_ms = r->xr_jb_abs_max_ms = NAN;
}

bool store_call_digits(struct store *s, const struct record_call_digits *r, struct err *err)
{
	return store_row(s, TABLE_CALL_DIGITS, r, err);
}

bool store_dtmf(struct store *s, const struct record_dtmf *r, struct err *err)
{
	return store_row(s, TABLE_DTMF, r, err);
}

bool store_stream_audio(struct store *s, const struct record_stream_audio *r, struct err *err)
{
	return store_row(s, TABLE_STREAM_AUDIO, r, err);
}

bool store_tone(struct store *s, const struct record_tone *r, struct err *err)
{
	return store_row(s, TABLE_TONES, r, err);
}

bool store_call_audio(struct store *s, const struct record_call_audio *r, struct err *err)
{
	return store_row(s, TABLE_CALL_AUDIO, r, err);
}

bool store_edge(struct store *s, const struct record_edge *r, struct err *err)
{
	return store_row(s, TABLE_EDGES, r, err);
}

bool store_transfer(struct store *s, const struct record_transfer *r, struct err *err)
{
	return store_row(s, TABLE_TRANSFERS, r, err);
}

bool store_registration(struct store *s, const struct record_registration *r, struct err *err)
{
	return store_row(s, TABLE_REGISTRATIONS, r, err) &&
	       counted(s, kpi_registration(&s->kpi, r), err);
}

bool store_subscription(struct store *s, const struct record_subscription *r, struct err *err)
{
	return store_row(s, TABLE_SUBSCRIPTIONS, r, err);
}

bool store_rule(struct store *s, const struct record_rule *r, struct err *err)
{
	return store_row(s, TABLE_RULES, r, err);
}

bool store_finding(struct store *s, const struct record_finding *r, struct err *err)
{
	return store_row(s, TABLE_FINDINGS, r, err);
}

bool store_occurrence(struct store *s, const struct record_occurrence *r, struct err *err)
{
	return store_row(s, TABLE_OCCURRENCES, r, err);
}

bool store_sim_step(struct store *s, const struct record_sim_step *r, struct err *err)
{
	return store_row(s, TABLE_SIM_STEPS, r, err);
}

bool store_sim_call(struct store *s, const struct record_sim_call *r, struct err *err)
{
	return store_row(s, TABLE_SIM_CALLS, r, err);
}

bool store_sim_interval(struct store *s, const struct record_sim_interval *r, struct err *err)
{
	return store_row(s, TABLE_SIM_INTERVALS, r, err);
}
