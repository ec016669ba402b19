/* alike SPEECH.wav HEARD.wav CHANNEL BEGIN-MS: how much what was heard is like what was said. Prints "CORRELATION LAG-MS LENGTH-MS", the
 * normalized correlation at the best lag (a codec's delay, up to 20 ms either way), the channel taken from BEGIN-MS on. */
#include "tests/helpers/pcm_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Of said[i] with heard[i + lag]. */
static double correlation(const struct pcm_file *said, const struct pcm_file *heard, long lag)
{
	double both = 0, a = 0, b = 0;

	for (size_t i = 0; i < said->count; i++) {
		long k = (long)i + lag;
		if (k < 0 || (size_t)k >= heard->count)
			continue;
		both += (double)said->samples[i] * heard->samples[k];
		a += (double)said->samples[i] * said->samples[i];
		b += (double)heard->samples[k] * heard->samples[k];
	}
	return a > 0 && b > 0 ? both / sqrt(a * b) : 0;
}

int main(int argc, char **argv)
{
	struct pcm_file said, heard;
	double best = -1;
	long best_lag = 0;

	if (argc != 5) {
		fprintf(stderr, "usage: alike SPEECH.wav HEARD.wav CHANNEL BEGIN-MS\n");
		return 2;
	}
	if (!pcm_file_read(&said, argv[1], 0) ||
	    !pcm_file_read(&heard, argv[2], (unsigned)atoi(argv[3])) ||
	    !pcm_file_resample(&said, heard.rate))
		return 1;
	long begin = (long)(atof(argv[4]) * heard.rate / 1e3);
	long reach = (long)heard.rate * 20 / 1000;
	for (long lag = -reach; lag <= reach; lag++) {
		double c = correlation(&said, &heard, begin + lag);
		if (c > best) {
			best = c;
			best_lag = lag;
		}
	}
	printf("%.4f %.2f %.3f\n", best, (double)best_lag * 1e3 / heard.rate,
	       (double)heard.count * 1e3 / heard.rate);
	pcm_file_release(&said);
	pcm_file_release(&heard);
	return 0;
}
