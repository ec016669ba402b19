-- Milliwatt records: the contract between producers and reports. Names are the field's standard terms.
-- _us: integer microseconds since the Unix epoch. _ms: milliseconds, REAL. Ratios 0..1. Addresses are text.
-- NULL means "not observed", never 0. Columns may be added; the names here stay.

CREATE TABLE runs (
	id INTEGER PRIMARY KEY,
	kind TEXT NOT NULL CHECK (kind IN ('capture', 'simulation', 'replay')),
	command TEXT NOT NULL,
	version TEXT NOT NULL,
	started_us INTEGER NOT NULL,
	finished_us INTEGER,
	complete INTEGER NOT NULL DEFAULT 0,
	mask_dtmf INTEGER NOT NULL DEFAULT 0, -- digits are counted and timed, never named
	jitter_buffer TEXT,             -- of the receivers, behind 'late': 'fixed:60' (ms), 'none', 'adaptive'
	assumed_delay_ms REAL,          -- of the network one way, where nothing was measured; NULL: none was given
	note TEXT                       -- why it is not complete, or what else to know of it; NULL: nothing
) STRICT;

CREATE TABLE captures (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES runs (id),
	path TEXT NOT NULL,
	format TEXT NOT NULL,
	bytes INTEGER,
	packets INTEGER NOT NULL,
	first_us INTEGER,
	last_us INTEGER,
	damaged_bytes INTEGER NOT NULL,
	truncated_packets INTEGER NOT NULL,
	skipped_packets INTEGER NOT NULL,
	damage TEXT,                    -- what is damaged, and at which offset
	dropped_packets INTEGER         -- not captured, as the capture itself says (pcapng interface statistics)
) STRICT;

CREATE TABLE calls (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES runs (id),
	sip_call_id TEXT NOT NULL,      -- Call-ID of the first leg
	caller TEXT,                    -- user part (number) of From, else its host
	callee TEXT,
	first_us INTEGER NOT NULL,      -- first and last message seen
	last_us INTEGER NOT NULL,
	start_us INTEGER,               -- first INVITE
	ring_us INTEGER,                -- first 180..183
	answer_us INTEGER,              -- first 2xx to INVITE
	end_us INTEGER,                 -- BYE, or the final failure
	setup_ms REAL,                  -- INVITE to 2xx
	pdd_ms REAL,                    -- INVITE to first 18x
	talk_ms REAL,                   -- 2xx to BYE
	outcome TEXT NOT NULL CHECK (outcome IN ('answered', 'busy', 'no_answer', 'cancelled', 'rejected', 'failed',
	                                         'unauthorized', 'incomplete', 'in_progress')),
	final_status INTEGER,           -- of the last INVITE attempt
	reason TEXT,                    -- Reason header's text, else the reason phrase
	q850_cause INTEGER,
	released_by TEXT CHECK (released_by IN ('caller', 'callee', 'network', 'unknown')),
	leg_count INTEGER NOT NULL,     -- different attempts (Call-ID and From-tag) joined into this call; see leg_edges
	mos_min REAL,
	transferred INTEGER NOT NULL,
	held_ms REAL NOT NULL,
	cut TEXT CHECK (cut IN ('start', 'end', 'both')), -- the capture's edge hides its beginning or end; NULL: seen whole
	trying_ms REAL,                 -- INVITE to the first response, 100 too
	disconnect_ms REAL,             -- BYE to its final response (RFC 6076 4.4)
	disconnect TEXT CHECK (disconnect IN ('completed', 'failed')), -- BYE with 2xx; unanswered or refused
	attempts INTEGER NOT NULL,      -- INVITEs that began anew: after a challenge, a redirection, a refusal
	challenges INTEGER NOT NULL,    -- 401 and 407 among the answers
	username TEXT,                  -- of the credentials
	realm TEXT,
	holds INTEGER NOT NULL,         -- how often it was put on hold
	extra_answers INTEGER NOT NULL, -- 2xx of further forks
	cancel_race INTEGER NOT NULL    -- CANCEL and 2xx crossed
) STRICT;

-- Why the legs of a call are one call: an edge each, 0..100.
CREATE TABLE leg_edges (
	call_id INTEGER NOT NULL REFERENCES calls (id),
	dialog_id INTEGER NOT NULL REFERENCES dialogs (id),       -- first dialog of the earlier leg
	other_dialog_id INTEGER NOT NULL REFERENCES dialogs (id), -- of the later one
	reason TEXT NOT NULL,           -- 'replaces', 'join', 'refer', 'session-id', 'x-cid', 'icid', 'call-id', 'media', 'payload', 'digits'
	score INTEGER NOT NULL,
	detail TEXT                     -- the value that both have
) STRICT;

-- REFER, and INVITE with Replaces or Join without one.
CREATE TABLE transfers (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES runs (id),
	call_id INTEGER REFERENCES calls (id),
	dialog_id INTEGER REFERENCES dialogs (id), -- in which the REFER came, or the new INVITE's
	kind TEXT NOT NULL CHECK (kind IN ('blind', 'attended', 'replaces', 'join')),
	refer_to TEXT,
	referred_by TEXT,
	replaces TEXT,                  -- Call-ID of the replaced or joined dialog
	time_us INTEGER NOT NULL,
	end_us INTEGER,
	status INTEGER,                 -- of the REFER, or the INVITE
	notify_status INTEGER,          -- the newest one reported (message/sipfrag)
	outcome TEXT NOT NULL CHECK (outcome IN ('completed', 'failed', 'refused', 'pending'))
) STRICT;

CREATE TABLE dialogs (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES runs (id),
	call_id INTEGER REFERENCES calls (id),
	sip_call_id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('invite', 'subscribe', 'refer')),
	state TEXT NOT NULL,            -- 'trying', 'early', 'confirmed', 'terminated', 'failed', 'cancelled'
	from_uri TEXT,
	from_tag TEXT,
	to_uri TEXT,
	to_tag TEXT,
	caller_contact TEXT,
	callee_contact TEXT,
	caller_user_agent TEXT,
	callee_user_agent TEXT,
	src TEXT,                       -- address:port of the first request
	dst TEXT,
	transport TEXT,
	start_us INTEGER,
	answer_us INTEGER,
	end_us INTEGER,
	forked_from INTEGER REFERENCES dialogs (id),
	replaces TEXT,
	first_message INTEGER REFERENCES messages (id), -- where to look for its messages; late copies
	last_message INTEGER REFERENCES messages (id),  -- may follow within 64 s, and name it too
	ring_us INTEGER,                -- its first 180..183
	final_status INTEGER,           -- of its INVITE, SUBSCRIBE or REFER
	won INTEGER,                    -- of forks: 1 the one whose answer counted; NULL where there was no fork
	session_expires_s INTEGER,      -- RFC 4028, as last agreed
	refresher TEXT CHECK (refresher IN ('uac', 'uas')), -- uac: who began the dialog
	refreshes INTEGER               -- re-INVITEs and UPDATEs that renewed it
) STRICT;

CREATE TABLE transactions (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES runs (id),
	dialog_id INTEGER REFERENCES dialogs (id),
	sip_call_id TEXT NOT NULL,
	method TEXT NOT NULL,
	cseq INTEGER,
	branch TEXT,
	src TEXT,
	dst TEXT,
	request_us INTEGER,             -- first copy
	first_response_us INTEGER,
	final_us INTEGER,
	final_status INTEGER,
	retransmissions INTEGER NOT NULL,
	timed_out INTEGER NOT NULL,
	auth_attempt INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
	id INTEGER PRIMARY KEY,
	capture_id INTEGER NOT NULL REFERENCES captures (id),
	frame INTEGER NOT NULL,         -- where the message's last octet came
	time_us INTEGER NOT NULL,
	file_offset INTEGER NOT NULL,
	src TEXT NOT NULL,
	dst TEXT NOT NULL,
	transport TEXT NOT NULL,
	first_line TEXT NOT NULL,
	method TEXT,
	status INTEGER,
	cseq INTEGER,
	cseq_method TEXT,
	sip_call_id TEXT,
	transaction_id INTEGER REFERENCES transactions (id),
	dialog_id INTEGER REFERENCES dialogs (id),
	bytes INTEGER NOT NULL,
	has_sdp INTEGER NOT NULL,
	retransmission INTEGER NOT NULL,
	sdp TEXT,                       -- one line: codecs, address and direction
	defects INTEGER NOT NULL,       -- bits, see the user guide; 0: sound
	first_frame INTEGER             -- where its first octet came, if that is another frame
) STRICT;

CREATE TABLE registrations (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES runs (id),
	aor TEXT,                       -- To URI, without parameters
	contact TEXT,                   -- the first one; '*' for all; NULL for a query
	registrar TEXT,                 -- host of the Request-URI
	username TEXT,
	realm TEXT,
	time_us INTEGER,                -- the attempt's first REGISTER
	outcome TEXT CHECK (outcome IN ('registered', 'refreshed', 'unregistered', 'queried', 'unauthorized', 'rejected', 'failed',
	                                'timed_out', 'in_progress')),
	final_status INTEGER,
	challenges INTEGER,
	expires_s INTEGER,              -- granted by the registrar, else asked for
	user_agent TEXT,
	sip_call_id TEXT,
	src TEXT,                       -- address:port of the first REGISTER
	dst TEXT,
	transport TEXT,
	contacts INTEGER,               -- bindings in the registrar's answer
	delay_ms REAL,                  -- first REGISTER to the final response (RFC 6076 4.1)
	ended_us INTEGER,               -- when the binding was renewed, removed, or ran out within the capture
	ended_by TEXT CHECK (ended_by IN ('refreshed', 'unregistered', 'expired', 'replaced')),
	reason TEXT,
	transaction_id INTEGER REFERENCES transactions (id), -- of the last REGISTER
	first_frame INTEGER,
	last_frame INTEGER,
	capture_id INTEGER REFERENCES captures (id)
) STRICT;

-- SUBSCRIBE (RFC 6665), REFER's implicit ones (RFC 3515), and publications (RFC 3903, without dialog).
CREATE TABLE subscriptions (
	id INTEGER PRIMARY KEY,
	dialog_id INTEGER REFERENCES dialogs (id),
	event TEXT,
	state TEXT,                     -- 'pending', 'active', 'terminated', 'refused', 'timed_out', 'in_progress'
	expires_s INTEGER,
	notifies INTEGER,
	end_reason TEXT,                -- of Subscription-State; 'unsubscribed', 'expired', '481' ...
	run_id INTEGER NOT NULL REFERENCES runs (id),
	kind TEXT NOT NULL CHECK (kind IN ('subscribe', 'refer', 'publish')),
	sip_call_id TEXT,
	resource TEXT,                  -- Request-URI
	subscriber TEXT,                -- From URI
	event_id TEXT,
	start_us INTEGER,
	end_us INTEGER,
	refreshes INTEGER,
	final_status INTEGER,
	last_status INTEGER,            -- the newest one in message/sipfrag
	src TEXT,
	dst TEXT
) STRICT;

CREATE TABLE streams (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES runs (id),
	call_id INTEGER REFERENCES calls (id),
	dialog_id INTEGER REFERENCES dialogs (id),
	direction TEXT CHECK (direction IN ('caller_to_callee', 'callee_to_caller')),
	src_addr TEXT NOT NULL,
	src_port INTEGER NOT NULL,
	dst_addr TEXT NOT NULL,
	dst_port INTEGER NOT NULL,
	ssrc INTEGER NOT NULL,
	payload_type INTEGER,
	codec TEXT,
	clock_hz INTEGER,
	ptime_ms REAL,
	encrypted INTEGER NOT NULL,
	first_us INTEGER NOT NULL,
	last_us INTEGER NOT NULL,
	packets INTEGER NOT NULL,       -- unique received; packets + lost = expected
	expected INTEGER NOT NULL,
	lost INTEGER NOT NULL,
	duplicates INTEGER NOT NULL,
	reordered INTEGER NOT NULL,
	late INTEGER,                   -- the run's jitter buffer would discard them; NULL without a known clock
	bytes INTEGER NOT NULL,         -- RTP payload octets of unique packets
	segments INTEGER NOT NULL,      -- 1 + restarts of sequence or timestamp
	ignored INTEGER NOT NULL,       -- single packets far outside the sequence
	max_delta_ms REAL,
	jitter_max_ms REAL,
	jitter_mean_ms REAL,
	jitter_p95_ms REAL,
	loss_ratio REAL,
	burst_r REAL,
	longest_loss INTEGER NOT NULL,
	clock_skew_ppm REAL,
	r_factor REAL,
	mos_lq REAL,
	mos_cq REAL,
	mos_scale TEXT CHECK (mos_scale IN ('nb', 'wb', 'fb')),
	mos_estimated INTEGER,
	delay_ms REAL,
	delay_source TEXT,              -- of the network's share: 'xr', 'rtcp', 'configured', 'assumed' (none)
	silence_ratio REAL,
	dscp INTEGER,
	ended_early INTEGER
) STRICT;

CREATE TABLE stream_intervals (
	stream_id INTEGER NOT NULL REFERENCES streams (id),
	start_us INTEGER NOT NULL,
	packets INTEGER NOT NULL,
	lost INTEGER NOT NULL,
	late INTEGER,
	jitter_ms REAL,
	mos REAL
) STRICT;

-- Of streams with lost packets, or with some that came more than 20 ms behind: RFC 3611 bursts and gaps (Gmin 16) of what was lost or
-- late, and enough to try another jitter buffer on it ('milliwatt score').
CREATE TABLE stream_events (
	stream_id INTEGER PRIMARY KEY REFERENCES streams (id),
	bursts INTEGER NOT NULL,
	burst_density REAL,             -- share of bad packets in bursts, 0 without any
	burst_ms REAL,                  -- mean duration; NULL without a known packet time
	gap_density REAL,
	gap_ms REAL,
	trace BLOB,                     -- analyzer/score/trace.h
	complete INTEGER NOT NULL       -- the trace is of the whole stream
) STRICT;

-- Of streams whose codec shows its bit rate in every frame (AMR, AMR-WB, EVS, G.723.1): what was sent.
CREATE TABLE stream_modes (
	stream_id INTEGER NOT NULL REFERENCES streams (id),
	mode TEXT NOT NULL,             -- kbit/s, 'silence', 'unknown' (packets)
	frames INTEGER NOT NULL,
	ie REAL,                        -- of this mode, as the score took it
	bpl REAL
) STRICT;

-- Of runs with --marks only: which packets of a stream came, and when every 32nd did, for another capture to be laid beside it.
CREATE TABLE stream_marks (
	stream_id INTEGER NOT NULL REFERENCES streams (id),
	marks BLOB NOT NULL,            -- reports/compare/marks.h
	count INTEGER NOT NULL,         -- of packets whose time is in it
	complete INTEGER NOT NULL       -- 0: of its beginning only, it is too long
) STRICT;

CREATE TABLE rtcp_reports (
	id INTEGER PRIMARY KEY,
	stream_id INTEGER REFERENCES streams (id),
	time_us INTEGER NOT NULL,
	reporter_ssrc INTEGER,
	source_ssrc INTEGER,
	fraction_lost REAL,             -- since the report before; of XR and vq over the call
	cumulative_lost INTEGER,
	jitter_ms REAL,
	rtt_ms REAL,
	xr_r_factor REAL,
	xr_mos_lq REAL,
	xr_mos_cq REAL,
	kind TEXT NOT NULL CHECK (kind IN ('sr', 'rr', 'xr', 'vq')), -- vq: of a SIP body, RFC 6035
	frame INTEGER,
	capture_id INTEGER REFERENCES captures (id),
	xr_discard_ratio REAL,          -- thrown away by the far end's jitter buffer
	xr_burst_density REAL,          -- share of packets lost or discarded within bursts, RFC 3611 4.7.2
	xr_burst_ms REAL,
	xr_gap_density REAL,
	xr_gap_ms REAL,
	xr_end_system_ms REAL,
	xr_signal_dbm REAL,
	xr_noise_dbm REAL,
	xr_rerl_db REAL,
	xr_gmin INTEGER,
	xr_ext_r_factor REAL,
	xr_plc TEXT,                    -- 'standard', 'enhanced', 'disabled'
	xr_jitter_buffer TEXT,          -- 'adaptive', 'fixed'
	xr_jb_nominal_ms REAL,
	xr_jb_max_ms REAL,
	xr_jb_abs_max_ms REAL,
	one_way_ms REAL,                -- vq: symmetric one-way delay
	sip_call_id TEXT,               -- vq: the call it is about
	source TEXT,                    -- vq: address:port that the stream comes from
	target TEXT                     -- and where it goes to
) STRICT;

-- SRTP streams whose keys SDP said (RFC 4568); the keys themselves are nowhere. Of every stream only the first packets after each SDP and
-- events are tried, all of them where audio was listened to.
CREATE TABLE stream_srtp (
	stream_id INTEGER NOT NULL REFERENCES streams (id),
	suite TEXT NOT NULL,            -- of the key that fits, else of the one agreed on
	key TEXT NOT NULL CHECK (key IN ('fits', 'older', 'other_tag', 'receiver', 'mismatch', 'unknown')),
		-- older: of an SDP that was replaced; other_tag: offered, but not what the answer took; receiver: the receiver's own
	authenticated INTEGER NOT NULL, -- packets
	failed INTEGER NOT NULL,        -- packets that no key opened
	roc INTEGER                     -- rollover counter of the newest one opened
) STRICT;

-- What RTCP said in all of a stream; streams without any have no row.
CREATE TABLE stream_rtcp (
	stream_id INTEGER NOT NULL REFERENCES streams (id),
	cname TEXT,                     -- of its sender
	sender_reports INTEGER NOT NULL,
	sender_packets INTEGER,         -- as its sender counted, in the last of them
	sender_octets INTEGER,
	receiver_reports INTEGER NOT NULL, -- about it
	far_fraction_max REAL,          -- greatest fraction lost between two of them
	far_lost INTEGER,               -- cumulative, in the last one
	far_jitter_max_ms REAL,
	rtt_mean_ms REAL,               -- from here to its receiver and back
	rtt_max_ms REAL,
	bye_us INTEGER,
	bye_reason TEXT
) STRICT;

CREATE TABLE dtmf (
	id INTEGER PRIMARY KEY,
	call_id INTEGER REFERENCES calls (id),
	stream_id INTEGER REFERENCES streams (id),
	time_us INTEGER NOT NULL,
	digit TEXT NOT NULL,            -- 'x' where runs.mask_dtmf
	duration_ms REAL,
	method TEXT NOT NULL CHECK (method IN ('rfc4733', 'inband', 'info', 'kpml')),
	direction TEXT,
	complete INTEGER NOT NULL,
	dialog_id INTEGER REFERENCES dialogs (id), -- on which leg
	press_id INTEGER,               -- the row that counts for this press, whichever methods and legs saw it; NULL: it counts for nothing
	start_lost INTEGER NOT NULL,    -- its first packets were not captured
	end_lost INTEGER NOT NULL,      -- nor its end packets
	packets INTEGER,                -- of telephone-events
	end_packets INTEGER,
	payload_type INTEGER,
	level_dbm0 REAL,                -- as the events say it; of the weaker tone as heard
	wall_ms REAL,                   -- that its packets took
	status INTEGER,                 -- final response to the INFO or NOTIFY
	lint TEXT,                      -- what is wrong with its sender, words: see the user guide
	capture_id INTEGER REFERENCES captures (id), -- of first_frame
	first_frame INTEGER,
	last_frame INTEGER
) STRICT;

-- What a party of a call pressed in the end, each press once.
CREATE TABLE call_digits (
	call_id INTEGER NOT NULL REFERENCES calls (id),
	party TEXT NOT NULL CHECK (party IN ('caller', 'callee')),
	digits TEXT NOT NULL,           -- 'xxxx' where runs.mask_dtmf
	presses INTEGER NOT NULL,
	methods TEXT NOT NULL,          -- that saw them: 'rfc4733 info'
	count_mismatch INTEGER NOT NULL, -- presses of which one method or leg saw more than another
	first_us INTEGER NOT NULL,
	last_us INTEGER NOT NULL
) STRICT;

-- What was heard in a stream: of runs with --audio only.
CREATE TABLE stream_audio (
	stream_id INTEGER NOT NULL REFERENCES streams (id),
	decoded_ms REAL NOT NULL,
	concealed_ms REAL NOT NULL,     -- in place of lost packets
	pause_ms REAL NOT NULL,         -- nothing was sent: discontinuous transmission, telephone-events
	decoded_packets INTEGER NOT NULL,
	undecoded_packets INTEGER NOT NULL,
	undecoded TEXT,                 -- why the first of these was not
	level_dbov REAL,                -- active speech level, ITU-T P.56 method B; NULL: nothing but zeros
	mean_dbov REAL,                 -- over all of the time
	activity REAL,                  -- part of the time that is active
	noise_dbov REAL,                -- median between the talkspurts
	peak_dbov REAL,
	clipped_ratio REAL,             -- of the samples: in runs at full scale
	silence_ms REAL NOT NULL,       -- below -60 dBov
	dead_air INTEGER NOT NULL,      -- stretches of two seconds and more of that
	dead_air_ms REAL NOT NULL,
	dead_air_longest_ms REAL NOT NULL,
	talk_ms REAL NOT NULL,          -- in talkspurts (ITU-T P.59)
	first_audio_us INTEGER,         -- the first talkspurt
	inband_unreliable INTEGER NOT NULL -- its codec distorts digits: believe no dtmf row of method inband
) STRICT;

-- Tones that were heard. dial ringback busy congestion call_waiting sit cng ced ans_reversals ansam ansam_reversals calling_tone
-- bell_answer milliwatt, and 'tone': any other that lasts for a second.
CREATE TABLE tones (
	stream_id INTEGER NOT NULL REFERENCES streams (id),
	call_id INTEGER REFERENCES calls (id),
	time_us INTEGER NOT NULL,
	duration_ms REAL NOT NULL,      -- to the end of the last burst
	tone TEXT NOT NULL,
	plan TEXT,                      -- whose: 'US' 'UK' 'US/UK' 'ETSI' 'DE' 'FR' 'JP'; NULL: the same everywhere
	hz REAL NOT NULL,               -- 0: of a digit that is masked
	other_hz REAL,                  -- of two; of 'sit' the first, hz the last of the three
	level_dbov REAL NOT NULL,
	bursts INTEGER NOT NULL
) STRICT;

-- Who spoke in a leg of a call: between its answer and its end, where these were seen.
CREATE TABLE call_audio (
	call_id INTEGER NOT NULL REFERENCES calls (id),
	dialog_id INTEGER REFERENCES dialogs (id),
	caller_ms REAL NOT NULL,        -- there was sound of the caller, silence too
	callee_ms REAL NOT NULL,
	caller_talk_ms REAL NOT NULL,
	callee_talk_ms REAL NOT NULL,
	double_talk_ms REAL NOT NULL,
	mutual_silence_ms REAL NOT NULL,
	mutual_silence_longest_ms REAL NOT NULL,
	caller_first_ms REAL,           -- answer to first talkspurt; 0: it began before
	callee_first_ms REAL,
	silent TEXT CHECK (silent IN ('caller', 'callee', 'both')) -- five seconds and more of sound, and not one talkspurt
) STRICT;

-- A call that was asked to go over from audio to T.38 (fax); the newest request of it.
CREATE TABLE t38 (
	call_id INTEGER NOT NULL REFERENCES calls (id),
	dialog_id INTEGER REFERENCES dialogs (id),
	asked_us INTEGER NOT NULL,      -- the re-INVITE with m=image
	asked_by TEXT NOT NULL,         -- address:port
	status INTEGER,                 -- of its answer; NULL: none came
	agreed INTEGER NOT NULL,        -- the answer takes the image
	datagrams INTEGER NOT NULL      -- UDPTL that came to either side since
) STRICT;

-- The rules as they were in force in this run.
CREATE TABLE rules (
	run_id INTEGER NOT NULL REFERENCES runs (id),
	rule TEXT NOT NULL,             -- 'D1'
	name TEXT NOT NULL,             -- 'auth-loop'
	severity TEXT NOT NULL,
	enabled INTEGER NOT NULL,
	section TEXT NOT NULL,          -- 'RFC 3261 22.2'
	meaning TEXT NOT NULL,          -- what it looks for
	disproof TEXT,                  -- what would show that it is wrong
	settings TEXT,                  -- JSON: its thresholds
	obstacle TEXT                   -- why these captures cannot show what it looks for; its findings are of low confidence then
) STRICT;

-- Findings of one cause are one row; finding_occurrences says where it happened.
CREATE TABLE findings (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES runs (id),
	rule TEXT NOT NULL,
	name TEXT NOT NULL,
	severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
	confidence TEXT NOT NULL CHECK (confidence IN ('high', 'medium', 'low')),
	call_id INTEGER REFERENCES calls (id), -- where all occurrences have the same
	dialog_id INTEGER REFERENCES dialogs (id),
	stream_id INTEGER REFERENCES streams (id),
	first_frame INTEGER,
	last_frame INTEGER,
	first_us INTEGER,
	last_us INTEGER,
	text TEXT NOT NULL,
	evidence TEXT,                  -- JSON, of the first occurrence
	suggestion TEXT,
	cause TEXT,                     -- what the occurrences share: '503 from 10.1.0.7'
	noun TEXT NOT NULL,             -- what they are: 'calls', 'registrations' ...
	occurrences INTEGER NOT NULL,
	calls INTEGER NOT NULL,         -- different ones
	downgraded TEXT,                -- why the confidence is less than the rule's own
	capture_id INTEGER REFERENCES captures (id), -- of first_frame
	last_capture_id INTEGER REFERENCES captures (id)
) STRICT;

CREATE TABLE finding_occurrences (
	finding_id INTEGER NOT NULL REFERENCES findings (id),
	call_id INTEGER REFERENCES calls (id),
	dialog_id INTEGER REFERENCES dialogs (id),
	stream_id INTEGER REFERENCES streams (id),
	registration_id INTEGER REFERENCES registrations (id),
	capture_id INTEGER REFERENCES captures (id),
	first_frame INTEGER,
	last_frame INTEGER,
	first_us INTEGER,
	last_us INTEGER,
	text TEXT NOT NULL,
	evidence TEXT                   -- JSON: the numbers that crossed the threshold, and frames
) STRICT;

CREATE TABLE kpi (
	run_id INTEGER NOT NULL REFERENCES runs (id),
	scope TEXT NOT NULL,
	name TEXT NOT NULL,
	value REAL,
	unit TEXT NOT NULL,
	numerator INTEGER,
	denominator INTEGER
) STRICT;

-- What the simulator alone knows (truth), beside what was measured of the same packets.

-- A step of a scenario, over all calls of it.
CREATE TABLE sim_steps (
	run_id INTEGER NOT NULL REFERENCES runs (id),
	scenario TEXT NOT NULL,
	step INTEGER NOT NULL,          -- from 0
	label TEXT,                     -- 'INVITE', '200', 'Pause [1000ms]'
	sent INTEGER, received INTEGER, -- messages, without those again
	retransmissions INTEGER,        -- of ours, and of theirs that came again
	timeouts INTEGER, unexpected INTEGER, failed INTEGER,
	line INTEGER                    -- of the scenario's file
) STRICT;

-- A call as the simulator played it.
CREATE TABLE sim_calls (
	run_id INTEGER NOT NULL REFERENCES runs (id),
	sip_call_id TEXT NOT NULL,
	scenario TEXT NOT NULL,
	role TEXT,                      -- 'caller', 'callee'
	started_us INTEGER, ended_us INTEGER,
	outcome TEXT,                   -- 'succeeded', 'failed'
	failed_step INTEGER,            -- sim_steps.step
	failure TEXT,                   -- 'unexpected-message', 'receive-timeout' ...: milliwatt sim's summary explains them
	packets_sent INTEGER,           -- messages and RTP that left
	packets_dropped INTEGER,        -- on purpose (--impair, --impair-media, lost=): they never left
	digits_sent TEXT,               -- '': none was pressed, and that is known; NULL is for what was not observed
	intended_us INTEGER,            -- when the pace wanted it to begin
	failure_text TEXT,
	messages_sent INTEGER, messages_dropped INTEGER,
	rtp_sent INTEGER,               -- that left: none of those dropped, both of duplicates
	rtp_dropped INTEGER,            -- by --impair-media
	rtp_unseen INTEGER,             -- of these: ahead of the first or behind the last that left, where no receiver can miss them
	rtp_duplicated INTEGER,
	rtp_received INTEGER            -- by sequence number counted once
) STRICT;

-- A second of a simulation.
CREATE TABLE sim_intervals (
	run_id INTEGER NOT NULL REFERENCES runs (id),
	start_us INTEGER NOT NULL,
	calls_started INTEGER, calls_ended INTEGER, calls_failed INTEGER,
	concurrent INTEGER,             -- at its end
	retransmissions INTEGER,
	rtt_p50_ms REAL, rtt_p99_ms REAL, -- first request to first answer, of this second
	rate REAL                       -- calls a second that the pace wanted
) STRICT;
