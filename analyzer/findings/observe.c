/* Who is told what. */
#include "analyzer/findings/attack.h"
#include "analyzer/findings/capture_faults.h"
#include "analyzer/findings/codec_faults.h"
#include "analyzer/findings/cut.h"
#include "analyzer/findings/dead_air.h"
#include "analyzer/findings/digit_faults.h"
#include "analyzer/findings/families.h"
#include "analyzer/findings/fax.h"
#include "analyzer/findings/media_path.h"
#include "analyzer/findings/overload.h"
#include "analyzer/findings/quality.h"
#include "analyzer/findings/registration_faults.h"
#include "analyzer/findings/signalling.h"
#include "analyzer/findings/srtp_faults.h"
#include "analyzer/findings/state.h"
#include "analyzer/findings/transport.h"

bool families_new(struct findings *f)
{
	f->media_path = media_path_new(f);
	f->dead_air = dead_air_new(f);
	f->fax = fax_faults_new(f);
	f->quality = quality_new(f);
	f->codec_faults = codec_faults_new(f);
	f->digit_faults = digit_faults_new(f);
	f->srtp_faults = srtp_faults_new(f);
	f->signalling = signalling_new(f);
	f->overload = overload_new(f);
	f->cut = cut_new(f);
	f->transport = transport_new(f);
	f->registration_faults = registration_faults_new(f);
	f->attack = attack_new(f);
	f->capture = capture_faults_new(f);
	return f->media_path && f->dead_air && f->fax && f->quality && f->codec_faults &&
	       f->digit_faults && f->srtp_faults && f->signalling && f->overload && f->cut &&
	       f->transport && f->registration_faults && f->attack && f->capture;
}

void families_free(struct findings *f)
{
	media_path_free(f->media_path);
	dead_air_free(f->dead_air);
	fax_faults_free(f->fax);
	quality_free(f->quality);
	codec_faults_free(f->codec_faults);
	digit_faults_free(f->digit_faults);
	srtp_faults_free(f->srtp_faults);
	overload_free(f->overload);
	signalling_free(f->signalling);
	cut_free(f->cut);
	transport_free(f->transport);
	registration_faults_free(f->registration_faults);
	attack_free(f->attack);
	capture_faults_free(f->capture);
}

bool families_finish(struct findings *f, const struct capture_view *view)
{
	return capture_faults_finish(f->capture, view) && media_path_finish(f->media_path) &&
	       quality_finish(f->quality) && signalling_finish(f->signalling) &&
	       cut_finish(f->cut) && transport_finish(f->transport) &&
	       registration_faults_finish(f->registration_faults) && attack_finish(f->attack);
}

bool findings_message(struct findings *f, const struct seen_message *m)
{
	return !f || (signalling_message(f->signalling, m) && overload_message(f->overload, m) &&
	              transport_message(f->transport, m) && fax_faults_message(f->fax, m) &&
	              registration_faults_message(f->registration_faults, m) &&
	              attack_message(f->attack, m) && capture_message(f->capture, m));
}

bool findings_leg(struct findings *f, const struct leg *leg)
{
	if (!f)
		return true;
	return capture_leg(f->capture, leg) && signalling_leg(f->signalling, leg) &&
	       fax_faults_leg(f->fax, leg) && cut_leg(f->cut, leg) &&
	       transport_leg(f->transport, leg) &&
	       registration_faults_leg(f->registration_faults, leg) && attack_leg(f->attack, leg);
}

bool findings_transaction(struct findings *f, const struct transaction *t)
{
	return !f ||
	       (signalling_transaction(f->signalling, t) && transport_transaction(f->transport, t));
}

bool findings_registration(struct findings *f, const struct record_registration *r)
{
	return !f || (signalling_registration(f->signalling, r) &&
	              registration_faults_registration(f->registration_faults, r) &&
	              attack_registration(f->attack, r));
}

bool findings_media(struct findings *f, const struct leg *leg)
{
	return !f || (media_path_media(f->media_path, leg) && quality_media(f->quality, leg) &&
	              codec_faults_media(f->codec_faults, leg) &&
	              srtp_faults_media(f->srtp_faults, leg) && attack_media(f->attack, leg));
}

bool findings_segment(struct findings *f, const struct seen_segment *s)
{
	return !f || transport_segment(f->transport, s);
}

bool findings_junk(struct findings *f, const struct seen_junk *j)
{
	return !f || transport_junk(f->transport, j);
}

void findings_datagram(struct findings *f, struct endpoint dst)
{
	if (f)
		fax_faults_datagram(f->fax, dst);
}

void findings_keepalive(struct findings *f, const struct seen_junk *k)
{
	if (f)
		transport_keepalive(f->transport, k);
}

enum loss_verdict findings_compare_loss(const struct findings *f, double far, double ours)
{
	return f ? quality_compare_loss(f->quality, far, ours) : LOSS_AGREES;
}

bool findings_unreachable(struct findings *f, const struct seen_unreachable *u)
{
	return !f || media_path_unreachable(f->media_path, u);
}

bool findings_stream(struct findings *f, const struct stream *st)
{
	if (!f)
		return true;
	media_path_stream(f->media_path);
	return capture_stream(f->capture, st) && dead_air_stream(f->dead_air, st) &&
	       quality_stream(f->quality, st) && transport_stream(f->transport, st);
}

bool findings_presses(struct findings *f, const struct seen_presses *s)
{
	return !f || digit_faults_presses(f->digit_faults, s);
}
